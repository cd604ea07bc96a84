"""An effect in Odoo's words: external ids, field values, and the note with the marker that proves it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

from hr_bridge.assessment import CandidateAssessment, SuggestedPay
from hr_bridge.connectors.base import Effect
from hr_bridge.connectors.odoo.mapping import FieldRule, Mapping, Pay

MODULE: Final = "mianshi"
"""Of our external ids over there."""
BY_MIANSHI: Final = {"zh": "面试系统建议", "en": "suggested by Mianshi"}
STARS: Final = ((90.0, "3"), (80.0, "2"), (60.0, "1"))
"""From which match on an applicant gets so many stars; under the lowest none is given."""
_MARKER: Final = re.compile(r"mianshi:(\w{1,64}):([0-9a-f]{16}):(?:(\d+)-(\d+)-(\d*)|none)")

_WORDS: Final = {
    "zh": {
        "result": "AI面试初评",
        "rescoring": "AI面试初评（重新评分）",
        "correction": "AI面试初评（人工更正）",
        "pay": "薪酬审批通过",
        "withdrawn": "候选人已退出面试",
        "decision": "面试结果决定",
        "match": "岗位匹配度",
        "level": "能力等级",
        "junior": "初级",
        "mid": "中级",
        "senior": "高级",
        "unscored": "未评分",
        "advance": "进入下一轮",
        "hold": "待定",
        "reject": "暂不匹配",
        "by": "决定人",
        "suggested_pay": "建议薪资",
        "people": "本评分由AI给出，供招聘负责人参考。",
        "people_corrected": "本评分由AI给出，已经人工更正，供招聘负责人参考。",
        "colon": "：",
        "event": "AI面试",
        "report": "面试报告",
    },
    "en": {
        "result": "AI interview, first rating",
        "rescoring": "AI interview, scored again",
        "correction": "AI interview, corrected by a person",
        "pay": "Pay approved",
        "withdrawn": "Candidate withdrew",
        "decision": "Decision after the interview",
        "match": "Job match",
        "level": "Level",
        "junior": "junior",
        "mid": "mid",
        "senior": "senior",
        "unscored": "not scored",
        "advance": "advances",
        "hold": "on hold",
        "reject": "not advanced",
        "by": "Decided by",
        "suggested_pay": "Suggested pay",
        "people": "These scores were given by AI for the people who decide.",
        "people_corrected": "These scores were given by AI and corrected by a person, for the people who decide.",
        "colon": ": ",
        "event": "AI interview",
        "report": "Interview report",
    },
}


@dataclass(frozen=True, slots=True)
class StageMove:
    """From one stage to another; `since` is Odoo's own time at which the applicant came to stand in the first."""

    from_stage: int
    to_stage: int
    since: str


@dataclass(frozen=True, slots=True)
class Marker:
    """What a note of ours says about itself."""

    effect_id: str
    digest: str
    move: StageMove | None

    def __str__(self) -> str:
        move = self.move
        end = f"{move.from_stage}-{move.to_stage}-{digits(move.since)}" if move else "none"
        return f"mianshi:{self.effect_id}:{self.digest}:{end}"


def read_marker(body: str) -> Marker | None:
    """The marker in a note's body; `since` comes back as digits alone. It is the last: what stands before it may quote a
    candidate who said something of the kind."""
    markers = list(_MARKER.finditer(body))
    if not markers:
        return None
    found = markers[-1]
    move = StageMove(int(found[3]), int(found[4]), found[5]) if found[3] else None
    return Marker(found[1], found[2], move)


def digits(moment: object) -> str:
    """A time of Odoo's with everything but its digits left out; empty where it has none."""
    return re.sub(r"\D", "", moment) if isinstance(moment, str) else ""


def content_digest(effect: Effect) -> str:
    """16 hex digits that another content under the same id would not have."""
    text = f"{effect.kind}\n{effect.version}\n{effect.assessment.to_json()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def applicant_key(assessment: CandidateAssessment) -> str:
    """One application is one person for one position; it starts with the candidate's id and a dot."""
    return f"{assessment.candidate.id}.{assessment.position_key}"


def external_id(kind: str, *ours: object) -> str:
    """Such as `mianshi.report_01J…_1`."""
    return f"{MODULE}.{kind}_" + "_".join(re.sub(r"\W", "-", str(part), flags=re.ASCII) for part in ours)


def field_value(rule: FieldRule, assessment: CandidateAssessment, pay: Pay) -> Any:
    """What a rule gives for an assessment; None where there is nothing to say."""
    value = _source(rule, assessment, pay)
    if value is None:
        return None
    if rule.transform == "one_decimal":
        return round(float(value), 1)
    if rule.transform == "thousands":
        return round(float(value) * 1000, 2)
    if rule.transform == "stars":
        return next((stars for least, stars in STARS if float(value) >= least), None)
    if rule.transform == "pay_terms":
        return pay_terms(value, pay, assessment.language)
    return value


def _source(rule: FieldRule, assessment: CandidateAssessment, pay: Pay) -> Any:
    if rule.source.startswith("candidate."):
        return getattr(assessment.candidate, rule.source.removeprefix("candidate."))
    if rule.source.startswith("salary"):
        salary = _salary(assessment, pay)
        return salary.point if salary and rule.source == "salary.point" else salary
    return getattr(assessment, rule.source)


def _salary(assessment: CandidateAssessment, pay: Pay) -> SuggestedPay | None:
    """The suggestion, unless it is in another currency than this Odoo's figures, which carry none themselves."""
    salary = assessment.salary
    return salary if salary is not None and salary.currency == pay.currency else None


def pay_terms(salary: SuggestedPay, pay: Pay, language: str) -> str:
    """What the bare number in Odoo means: currency, gross base, period, and the range."""
    low, high = (f"{end * 1000:,.0f}" for end in salary.recommended)
    if language == "zh":
        return f"{pay.currency}，税前月薪；建议范围 {low}–{high}（{BY_MIANSHI['zh']}）"
    return f"{pay.currency}, gross base a month; range {low}–{high} ({BY_MIANSHI['en']})"


def note_html(effect: Effect, mapping: Mapping, marker: Marker) -> str:
    """The note on the applicant: what was found or decided, in the language of the interview."""
    assessment = effect.assessment
    words = _WORDS[assessment.language]
    lines = [f"<b>{words[effect.kind]}</b> · {escape(assessment.position_title)}"]
    if effect.kind == "decision" and assessment.decision is not None:
        decision = assessment.decision
        reason = f"{words['colon']}{escape(decision.reason)}" if decision.reason else ""
        lines.append(f"<b>{words[decision.value]}</b>{reason}")
        lines.append(f"{words['by']}{words['colon']}{escape(decision.by)} · {naive_utc(decision.decided_at)} UTC")
    elif effect.kind == "withdrawn" and assessment.withdrawn_at is not None:
        lines.append(f"{naive_utc(assessment.withdrawn_at)} UTC")
    else:
        people = words["people_corrected" if effect.kind == "correction" else "people"]
        lines += [*_figures(assessment, mapping), escape(assessment.summary), f"<i>{people}</i>"]
    body = "".join(f"<p>{line.strip().replace(chr(10), '<br/>')}</p>" for line in lines if line)
    return f"{body}<p><small>{marker}</small></p>"


def _figures(assessment: CandidateAssessment, mapping: Mapping) -> list[str]:
    words = _WORDS[assessment.language]
    colon = words["colon"]
    match = words["unscored"] if assessment.match is None else f"{assessment.match:.0f} / 100"
    level = words[assessment.level] if assessment.level else words["unscored"]
    lines = [f"{words['match']}{colon}<b>{match}</b> · {words['level']}{colon}<b>{level}</b>"]
    scores = [
        f"{escape(one.title)} {one.score:.0f}"
        if one.score is not None
        else f"{escape(one.title)} {words['unscored']}"
        + (f" ({escape(one.unscored_reason)})" if one.unscored_reason else "")
        for one in assessment.competencies
    ]
    lines.append(" · ".join(scores))
    if mapping.pay.enabled and (salary := _salary(assessment, mapping.pay)) is not None:
        pay = f"{salary.point * 1000:,.0f} · {pay_terms(salary, mapping.pay, assessment.language)}"
        reasons = "".join(f"\n{escape(reason)}" for reason in salary.reasons)
        lines.append(f"{words['suggested_pay']}{colon}{pay}{reasons}")
    return lines


def event_name(assessment: CandidateAssessment) -> str:
    words = _WORDS[assessment.language]
    return f"{words['event']}{words['colon']}{assessment.position_title}"


def report_name(effect: Effect) -> str:
    words = _WORDS[effect.assessment.language]
    return f"{words['report']} {effect.assessment.interview_id} v{effect.assessment.version}.pdf"


def naive_utc(moment: datetime) -> str:
    """As Odoo writes times: UTC without saying so, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def aware(moment: str) -> datetime:
    """A time of Odoo's."""
    return datetime.strptime(moment[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
