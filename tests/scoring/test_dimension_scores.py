from __future__ import annotations

from core.clock import now
from core.tables import Score
from scoring.dimension_scores import dimension_results
from scoring.rubric import load_competency

CUSTOMERS = load_competency("customer_communication")


def score(level: float | None, *dimensions: str, looked: bool = True) -> Score:
    return Score(
        interview_id="i",
        question_id="q",
        version=1,
        competency=CUSTOMERS.key,
        level=level,
        score=None,
        confidence=0.8,
        star={"situation": 1, "action": 1, "result": 1},
        relevance=2,
        model="m",
        evidence_sealed="",
        dimensions=[{"key": key, "start": 0, "end": 4} for key in dimensions] if looked else None,
        scored_at=now(),
    )


def test_a_dimension_has_the_mean_level_of_the_answers_that_show_it() -> None:
    results = dimension_results(
        CUSTOMERS, [score(4.0, "needs_discovery", "needs_discovery"), score(2.0, "needs_discovery", "clarity")]
    )
    assert {r["key"]: r["level"] for r in results} == {"clarity": 2.0, "engagement": None, "needs_discovery": 3.0}
    assert {r["key"]: r["score"] for r in results} == {"clarity": 50.0, "engagement": None, "needs_discovery": 80.0}


def test_what_nobody_shows_is_unscored_and_no_zero() -> None:
    assert {r["score"] for r in dimension_results(CUSTOMERS, [score(3.0)])} == {None}
    assert {r["score"] for r in dimension_results(CUSTOMERS, [])} == {None}


def test_an_unscored_answer_has_no_say() -> None:
    results = dimension_results(CUSTOMERS, [score(None, "clarity"), score(3.0, "clarity")])
    assert results[0] == {"key": "clarity", "level": 3.0, "score": 80.0}


def test_scores_of_a_scorer_that_did_not_look_have_no_dimensions() -> None:
    assert dimension_results(CUSTOMERS, [score(3.0, looked=False)]) == []
