"""One effect as one row of a CSV file: the columns that docs/files.md describes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from hr_bridge.assessment import AssessedCompetency
from hr_bridge.connectors.base import Effect
from hr_bridge.csv_text import csv_line, phone_as_text

COLUMNS: Final = (
    "effect_id 编号",
    "kind 类型",
    "version 版次",
    "external_id 外部编号",
    "candidate_id 候选人编号",
    "interview_id 面试编号",
    "name 姓名",
    "phone 手机",
    "email 邮箱",
    "position 岗位代码",
    "position_title 岗位",
    "match 岗位匹配度",
    "level 能力等级",
    "grade 职级",
    "regrade 建议职级",
    "pay_low 建议薪资下限",
    "pay_high 建议薪资上限",
    "pay_point 建议薪资",
    "pay_currency 币种",
    "pay_period 周期",
    "competencies 各项能力",
    "summary 综述",
    "decision 决定",
    "decided_by 决定人",
    "decision_reason 决定理由",
    "decided_at 决定时间",
    "assessment_version 评估版次",
    "finished_at 面试结束时间",
    "fingerprint 校验码",
    "received_at 写入时间",
)

_KINDS: Final = MappingProxyType(
    {
        "result": "结果",
        "decision": "决定",
        "correction": "更正",
        "rescoring": "重新评分",
        "hired": "录用",
        "pay": "薪酬审批",
        "withdrawn": "候选人退出",
    }
)
_GRADES: Final = MappingProxyType({"junior": "初级", "mid": "中级", "senior": "高级"})
_DECISIONS: Final = MappingProxyType({"advance": "进入下一轮", "hold": "暂缓", "reject": "暂不匹配"})


def row_of(effect: Effect, received_at: datetime) -> bytes:
    """The effect as one CSV line under COLUMNS; equal effects received at one moment give equal bytes."""
    assessment, person = effect.assessment, effect.assessment.candidate
    return csv_line(
        [
            effect.id,
            _both(effect.kind, _KINDS),
            str(effect.version),
            person.external_id or "",
            person.id,
            assessment.interview_id,
            person.name,
            phone_as_text(person.phone),
            person.email or "",
            assessment.position_key,
            assessment.position_title,
            _number(assessment.match),
            _both(assessment.level, _GRADES),
            *_pay(effect),
            "；".join(map(_competency, assessment.competencies)),
            assessment.summary,
            *_decision(effect),
            str(assessment.version),
            moment(assessment.finished_at),
            fingerprint(effect),
            moment(received_at),
        ]
    )


def fingerprint(effect: Effect) -> str:
    """SHA-256 over everything the effect says, cut to 32 digits: what has no column of its own counts too."""
    content = f"{effect.kind}\n{effect.version}\n{effect.assessment.to_json()}"
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def moment(at: datetime) -> str:
    """A point in time in UTC, to the microsecond where it has any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _pay(effect: Effect) -> list[str]:
    pay = effect.assessment.salary
    if pay is None:
        return [""] * 7
    amounts = [_number(thousands * 1000) for thousands in (*pay.recommended, pay.point)]
    return [_both(pay.grade, _GRADES), _both(pay.regrade, _GRADES), *amounts, pay.currency, "month 月"]


def _decision(effect: Effect) -> list[str]:
    decision = effect.assessment.decision
    if decision is None:
        return [""] * 4
    return [_both(decision.value, _DECISIONS), decision.by, decision.reason, moment(decision.decided_at)]


def _competency(one: AssessedCompetency) -> str:
    return f"{one.title} {'–' if one.score is None else _number(one.score)}"


def _both(word: str | None, words: Mapping[str, str]) -> str:
    """The word for programs, then the one for people."""
    return "" if word is None else f"{word} {words[word]}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
