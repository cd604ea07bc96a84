"""Questions about a competency that fit what the candidate has done, by rule and the same each time.

What a résumé says is put into a question as a name only, after it was looked at: a value that is an instruction, a
link, markup, a question of its own or a protected fact gives way to a neutral word ("your last workplace").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.content import Language
from hr_bridge.resume.lines import pieces
from hr_bridge.resume.names import employer_weight, title_weight
from hr_bridge.resume.protected import mentions_protected
from hr_bridge.resume.resume import Resume, Work
from scoring.rubric import ResumeQuestions

EXPERIENCED_FROM_YEARS = 1.0
MAX_VALUE = 40

_NEUTRAL: Mapping[Language, Mapping[str, str]] = {
    "zh": {"employer": "上一家单位", "role": "本职工作", "school": "学校", "major": "本专业"},
    "en": {
        "employer": "your last workplace",
        "role": "a member of staff",
        "school": "school",
        "major": "your field of study",
    },
}
_NAME = re.compile(r"[\u4e00-\u9fffA-Za-zÀ-ÿ0-9][\u4e00-\u9fffA-Za-zÀ-ÿ0-9 &+.,'’()（）·/#-]*")
_LINK = re.compile(r"https?|www\.|//|@|\b[\w-]+\.(?:com|cn|net|org|io|ru|me|top|xyz)\b", re.IGNORECASE)
_SAYS_SOMETHING = re.compile(
    r"[吗呢么]|什么|是否|请|您|你|多少|几岁|有没有|如何|怎么|为何|为什么|忽略|无视|忘记|指令|提示词|系统消息|满分|打分|评分|给我|必须|禁止|回答|"
    r"\b(?:ignore|disregard|forget|override|instructions?|prompt|jailbreak|you|your|assistant|please|must|score|rate|"
    r"give|answer|tell|reply|output|respond|what|why|how|are|do|full marks)\b|\bsystem\s*(?:message|prompt|:)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ResumeQuestion:
    """One question in both languages; `source` says whether a résumé or the short form chose it."""

    competency: str
    zh: str
    en: str
    source: Literal["resume", "background"]

    def text(self, language: Language) -> str:
        """The question in one language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class _Person:
    """What is known of a candidate, as far as it may stand in a question."""

    experienced: bool
    facts: Mapping[str, str]
    source: Literal["resume", "background"]


def resume_questions(
    resume: Resume | None,
    background: Mapping[str, str] | None,
    templates: Mapping[str, ResumeQuestions],
    limit: int | None = None,
) -> list[ResumeQuestion]:
    """One question for each competency of `templates`, in their order, at most `limit`.

    `background` is the short form (last_work, years, trade, certificates, all text; the résumé goes first). With
    neither there is nothing to draw from, and the list is empty.
    """
    person = _from_resume(resume) if resume is not None else _from_background(background or {})
    if person is None:
        return []
    chosen = list(templates.items())[:limit]
    return [_question(competency, pair, person) for competency, pair in chosen]


def usable_name(value: str | None) -> str | None:
    """The value as it may stand in a question, or None where it is no plain name."""
    if value is None:
        return None
    name = value.strip()
    if not 2 <= len(name) <= MAX_VALUE or _NAME.fullmatch(name) is None:
        return None
    if _LINK.search(name) or _SAYS_SOMETHING.search(name) or mentions_protected(name):
        return None
    return name


def _question(competency: str, templates: ResumeQuestions, person: _Person) -> ResumeQuestion:
    template = templates.experienced if person.experienced else templates.newcomer
    zh, en = (template.fill(language, {**_NEUTRAL[language], **person.facts}) for language in ("zh", "en"))
    return ResumeQuestion(competency, zh or "", en or "", person.source)


def _from_resume(resume: Resume) -> _Person:
    jobs = [job for job in resume.work if not job.internship]
    years = resume.years_of_experience
    experienced = bool(jobs) if years is None else years > EXPERIENCED_FROM_YEARS
    job = max(jobs, key=_recency, default=None)
    school = max(resume.education, key=lambda one: (one.end or "", one.start or ""), default=None)
    facts = {
        "employer": job.employer if job else None,
        "role": job.title if job else None,
        "school": school.school if school else None,
        "major": school.major if school else None,
    }
    return _Person(experienced, _usable(facts), "resume")


def _from_background(background: Mapping[str, str]) -> _Person | None:
    if not any(value.strip() for value in background.values()):
        return None
    years = re.search(r"\d+(?:\.\d+)?", background.get("years", ""))
    parts = pieces(background.get("last_work", ""))
    facts = {
        "employer": next((part for part in parts if employer_weight(part) == 2 and not title_weight(part)), None),
        "role": next((part for part in parts if title_weight(part) and employer_weight(part) < 2), None),
        "major": background.get("trade"),
    }
    experienced = years is not None and float(years.group()) > EXPERIENCED_FROM_YEARS
    return _Person(experienced, _usable(facts), "background")


def _usable(facts: Mapping[str, str | None]) -> dict[str, str]:
    return {slot: name for slot, value in facts.items() if (name := usable_name(value)) is not None}


def _recency(job: Work) -> tuple[str, str]:
    going_on = job.start is not None and job.end is None
    return ("9999" if going_on else job.end or "", job.start or "")
