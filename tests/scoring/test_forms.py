from __future__ import annotations

from collections import Counter

import pytest
from sqlmodel import Session, col, select

from bot.services import Services
from core.clock import now
from core.tables import Interview, Question
from dialogue.interview_plan import add_to_plan, plan_interview, profile_of
from hr_bridge.position import Form, load_positions
from scoring.forms import KindMissing, check_forms, exposure_of, least_exposed_form
from scoring.rubric import load_competency
from tests.bot.console.house import House
from tests.builders import invited_interview


def lay_plan(services: Services, position: str = "sales") -> tuple[str, Form]:
    """One more candidate's plan, in the form that is due; the interview's id."""
    interview_id = invited_interview(services, position=position)
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        profile = profile_of(session, interview)
        form = least_exposed_form(session, profile)
        add_to_plan(session, interview, plan_interview(profile, [], form))
    return interview_id, form


def sources(session: Session, interview_id: str) -> list[str]:
    rows = select(Question).where(Question.interview_id == interview_id, col(Question.competency).is_not(None))
    return [row.source for row in session.exec(rows.order_by(col(Question.position)))]


async def test_forms_take_turns_and_everybody_of_a_form_gets_the_same_questions(house: House) -> None:
    plans = [lay_plan(house.services) for _ in range(6)]
    assert [form for _, form in plans] == ["a", "b", "a", "b", "a", "b"]
    with house.services.database.reading() as session:
        asked = Counter((form, tuple(sources(session, interview_id))) for interview_id, form in plans)
    assert sorted(asked.values()) == [3, 3]


async def test_a_form_that_was_laid_down_more_often_waits_until_the_other_has_caught_up(house: House) -> None:
    for _ in range(3):
        with house.services.database.unit_of_work() as session:
            interview = session.get_one(Interview, invited_interview(house.services))
            add_to_plan(session, interview, plan_interview(profile_of(session, interview), [], "a"))
    assert [lay_plan(house.services)[1] for _ in range(4)] == ["b", "b", "b", "a"]


async def test_one_positions_plans_do_not_turn_another_positions_forms(house: House) -> None:
    lay_plan(house.services, "sales")
    assert [lay_plan(house.services, "production_supervisor")[1] for _ in range(2)] == ["a", "b"]


async def test_exposure_counts_plans_and_what_was_asked(house: House) -> None:
    first, _ = lay_plan(house.services)
    lay_plan(house.services)
    with house.services.database.unit_of_work() as session:
        rows = select(Question).where(Question.interview_id == first, Question.source == "resilience_s1")
        session.exec(rows).one().asked_at = now()
    with house.services.database.reading() as session:
        counted = {each.question: each for each in exposure_of(session, load_competency("resilience"))}
    assert len(counted) == 8
    assert (counted["resilience_s1"].planned, counted["resilience_s1"].asked) == (1, 1)
    assert (counted["resilience_s4"].planned, counted["resilience_s4"].asked) == (1, 0)
    assert (counted["resilience_s2"].planned, counted["resilience_s2"].asked) == (0, 0)
    assert (counted["resilience_s4"].form, counted["resilience_s4"].kind) == ("b", "structured")


async def test_the_demo_positions_ask_in_forms_that_the_library_holds_for_parallel(house: House) -> None:
    for position in ("sales", "software_engineer", "production_supervisor"):
        interview_id = invited_interview(house.services, position=position)
        with house.services.database.reading() as session:
            check_forms(profile_of(session, session.get_one(Interview, interview_id)))


def test_a_position_needs_structured_and_situational_questions_or_its_interview_would_stop_between_them() -> None:
    (sales,) = [position for position in load_positions() if position.key == "sales"]
    structured_alone = [
        competency.model_copy(update={"questions": competency.questions[:1], "parallel_questions": ()})
        for competency in sales.competencies
    ]
    with pytest.raises(KindMissing, match="no situational question"):
        check_forms(sales.model_copy(update={"competencies": tuple(structured_alone)}))
