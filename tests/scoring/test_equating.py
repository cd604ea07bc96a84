from __future__ import annotations

import json

import numpy as np
import pytest
from sqlmodel import Session, select

from bot.services import Services
from core.clock import now
from core.tables import Candidate, Interview, Position, Question, Score, new_id
from scoring.equating import FEWEST, compare_forms, equate
from tests.bot.console.house import House
from tests.builders import invited_interview


def drawn(count: int, mean: float, sd: float, seed: int) -> list[float]:
    return list(np.clip(np.random.default_rng(seed).normal(mean, sd, count), 1, 5))


def test_under_thirty_candidates_a_form_nothing_is_said() -> None:
    assert equate(drawn(FEWEST - 1, 3, 0.6, 0), drawn(400, 3, 0.6, 1)) is None
    assert equate([], []) is None


def test_a_form_whose_levels_are_all_alike_is_not_equated() -> None:
    assert equate([3.0] * 40, drawn(40, 3, 0.5, 0)) is None


def test_the_mean_and_the_line_put_form_b_on_the_scale_of_form_a() -> None:
    a = [2.0, 3.0, 4.0] * 10
    b = [1.5, 2.0, 2.5] * 10
    found = equate(a, b)
    assert found is not None
    assert found.shift == pytest.approx(1.0)
    assert (found.slope, found.intercept) == (pytest.approx(2.0), pytest.approx(-1.0))


def test_the_interval_covers_the_true_shift_about_nineteen_times_in_twenty() -> None:
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        found = equate(list(rng.normal(3.2, 0.7, 40)), list(rng.normal(3.0, 0.7, 40)))
        assert found is not None
        covered += found.shift_interval[0] <= 0.2 <= found.shift_interval[1]
    assert 0.92 <= covered / 300 <= 0.98


def keep_levels(services: Services, form: str | None, levels: list[float], version: int = 1) -> None:
    """Interviews of one sales candidate each, with one scored question of resilience."""
    first = invited_interview(services)
    with services.database.unit_of_work() as session:
        model = session.get_one(Interview, first)
        candidate = session.get_one(Candidate, model.candidate_id)
        for level in levels:
            interview = Interview(
                candidate_id=candidate.id,
                position_id=model.position_id,
                language="zh",
                invited_at=now(),
                expires_at=now(),
                form=form,
            )
            session.add(interview)
            session.flush()
            source = "resilience_s4" if form == "b" else "resilience_s1"
            question = Question(
                interview_id=interview.id, stage="structured", position=0, source=source, competency="resilience"
            )
            session.add(question)
            session.flush()
            _score(session, question, level, version)


def _score(session: Session, question: Question, level: float | None, version: int) -> None:
    session.add(
        Score(
            interview_id=question.interview_id,
            question_id=question.id,
            version=version,
            competency="resilience",
            level=level,
            score=None,
            confidence=0.8,
            star={"situation": 1, "action": 1, "result": 1},
            relevance=2,
            model=f"m{version}",
            evidence_sealed=new_id(),
            scored_at=now(),
        )
    )


async def test_stored_levels_of_candidates_who_got_the_forms_in_turn_are_compared(house: House) -> None:
    keep_levels(house.services, "a", drawn(35, 3.4, 0.5, 1))
    keep_levels(house.services, "b", drawn(31, 2.8, 0.5, 2))
    keep_levels(house.services, None, drawn(50, 1.5, 0.2, 3))
    with house.services.database.reading() as session:
        [compared] = compare_forms(session, "resilience")
        assert compare_forms(session, "safety") == []
    assert (compared.position, compared.language, compared.n) == ("sales", "zh", {"a": 35, "b": 31})
    assert compared.equating is not None
    low, high = compared.equating.shift_interval
    assert 0 < low < compared.equating.shift < high
    assert json.loads(json.dumps(compared.to_json()))["refused"] is None


async def test_too_few_are_refused_with_their_number_and_the_newest_scoring_counts(house: House) -> None:
    keep_levels(house.services, "a", [3.0, 3.5])
    with house.services.database.unit_of_work() as session:
        for question in session.exec(select(Question)).all():
            _score(session, question, 4.0, 2)
    with house.services.database.reading() as session:
        [compared] = compare_forms(session, "resilience")
        assert session.exec(select(Position)).first() is not None
    assert compared.model == "m2"
    assert compared.equating is None
    assert compared.refused == "each form needs 30 scored candidates, there are 2 and 0"


async def test_whom_the_newest_scoring_left_unscored_is_not_counted_with_an_older_level(house: House) -> None:
    keep_levels(house.services, "a", [3.0, 3.5])
    with house.services.database.unit_of_work() as session:
        for question in session.exec(select(Question)).all():
            _score(session, question, None, 2)
    with house.services.database.reading() as session:
        assert compare_forms(session, "resilience") == []
