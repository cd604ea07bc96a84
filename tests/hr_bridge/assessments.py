"""A finished assessment to deliver in tests, with any field changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hr_bridge.assessment import (
    AssessedCompetency,
    AssessedPerson,
    CandidateAssessment,
    HumanDecision,
    SuggestedPay,
)
from hr_bridge.salary import salary_command

NAME, PHONE, EMAIL = "欧阳晓梅", "+8613812341234", "xiaomei@example.test"
QUOTE = "我当场打电话给仓库，先给客户补发了二十箱"
DECISION = HumanDecision(
    value="advance", by="recruiter-1", reason="复核录音后同意", decided_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
)


def build_assessment(candidate_id: str = "cand-1", **changes: Any) -> CandidateAssessment:
    """Return a scored sales interview of `candidate_id`, with `changes` applied."""
    pay = salary_command(family="sales", grade="mid", band="10-13", match=85, level="mid", policy="cn")
    fields: dict[str, Any] = {
        "interview_id": f"int-{candidate_id}",
        "candidate": AssessedPerson(id=candidate_id, external_id="HR-77", name=NAME, phone=PHONE, email=EMAIL),
        "position_key": "sales",
        "position_title": "销售代表",
        "language": "zh",
        "match": 85.0,
        "level": "mid",
        "competencies": (
            AssessedCompetency(
                key="customer_communication", title="客户沟通", score=86, level=3.5, confidence=0.82, evidence=(QUOTE,)
            ),
            AssessedCompetency(
                key="resilience",
                title="抗压能力",
                score=None,
                level=None,
                unscored_reason="因网络中断，第3题表达未计分",
            ),
        ),
        "salary": SuggestedPay.model_validate(pay),
        "summary": "遇到缺货能先安抚客户，再落实补货。",
        "finished_at": datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        "version": 1,
    }
    return CandidateAssessment(**(fields | changes))
