from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from hr_bridge.assessment import AssessmentInvalid, CandidateAssessment, SuggestedPay
from hr_bridge.salary import salary_command
from tests.hr_bridge.assessments import DECISION, QUOTE, build_assessment


def test_an_assessment_survives_the_journey_through_json() -> None:
    for assessment in (build_assessment(), build_assessment(decision=DECISION, match=None, level=None, salary=None)):
        assert CandidateAssessment.from_json(assessment.to_json()) == assessment
        assert CandidateAssessment.from_json(assessment.to_json().encode()) == assessment


def test_equal_assessments_give_equal_text() -> None:
    assert build_assessment().to_json() == build_assessment().to_json()


def test_quotes_stay_verbatim() -> None:
    assert QUOTE in build_assessment().to_json()


def test_the_salary_is_the_json_of_the_salary_command_with_its_terms() -> None:
    answer = salary_command(family="sales", grade="mid", band="10-13", match=85, level="mid")
    salary = build_assessment(salary=answer).salary
    assert isinstance(salary, SuggestedPay)
    terms = {"currency": "CNY", "period": "month", "package": None, "awaiting_approval": False, "approved_by": None}
    assert salary.model_dump(mode="json") == answer | terms


@pytest.mark.parametrize(
    "wrong",
    [
        {"match": 101.0},
        {"match": float("nan")},
        {"level": "expert"},
        {"version": 0},
        {"language": "fr"},
        {"finished_at": datetime(2026, 11, 23)},  # noqa: DTZ001
        {"interview_id": ""},
    ],
)
def test_a_field_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        build_assessment(**wrong)


def test_bytes_that_are_no_assessment_are_refused_without_repeating_them() -> None:
    text = build_assessment(summary="一句秘密").to_json().replace('"match":85.0', '"match":"一句秘密"')
    with pytest.raises(AssessmentInvalid, match="match") as caught:
        CandidateAssessment.from_json(text)
    assert "秘密" not in str(caught.value)
    with pytest.raises(AssessmentInvalid, match="JSON"):
        CandidateAssessment.from_json("{")


def test_an_assessment_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        build_assessment().match = 100.0  # type: ignore[misc]
