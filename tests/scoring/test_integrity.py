from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import Session, select

from bot.services import Services
from core.clock import now
from core.tables import Answer, Candidate, InboxMessage, IntegritySignal, Interview, Question, Report, Score, TypedInput
from scoring.integrity import Signal, find_signals, keep_signals
from scoring.report import assessment_of
from scoring.rubric import question as library_question
from scoring.workflow import AssessmentSteps
from tests.bot.console.house import House
from tests.builders import ANSWERS, Said, finished_interview
from tests.fakes.fixed_scorer import FixedScorer

LONG = ANSWERS["zh"]["customer_communication_s2"]
OWN = dict(ANSWERS["zh"])
OTHERS_WORDS = {
    **{key: Said("这道题我想说的是另外一回事，和别人说的都不一样。", (), 2.0) for key in OWN},
    "customer_communication_s2": replace(LONG, answer="嗯，" + LONG.answer.replace("，", " ")),
}


def notice(services: Services, interview_id: str) -> list[Signal]:
    with services.database.reading() as session:
        return find_signals(session, services.keys, session.get_one(Interview, interview_id))


def question_of(session: Session, interview_id: str, source: str) -> Question:
    rows = select(Question).where(Question.interview_id == interview_id, Question.source == source)
    return session.exec(rows).one()


def type_in(services: Services, interview_id: str, source: str, pasted: int, milliseconds: int) -> None:
    """As if the page had sent every text of that answer with these counts."""
    with services.database.unit_of_work() as session:
        question = question_of(session, interview_id, source)
        for number, answer in enumerate(session.exec(select(Answer).where(Answer.question_id == question.id))):
            session.add(
                InboxMessage(
                    turn_id=answer.turn_id,
                    interview_id=interview_id,
                    client_id=f"{source}{number}",
                    kind="text",
                    received_at=now(),
                )
            )
            session.flush()
            session.add(
                TypedInput(
                    turn_id=answer.turn_id, interview_id=interview_id, pasted_chars=pasted, typing_ms=milliseconds
                )
            )


async def test_an_answer_that_another_candidate_gave_is_noticed_with_its_share(house: House) -> None:
    first = finished_interview(house.services, name="李雷")
    second = finished_interview(house.services, name="韩梅梅", answers=OTHERS_WORDS)
    [signal] = notice(house.services, second)
    assert signal.kind == "similar_answer"
    assert signal.other_interview_id == first
    assert signal.value > 0.8
    with house.services.database.reading() as session:
        assert signal.question_id == question_of(session, second, "customer_communication_s2").id
        assert signal.other_question_id == question_of(session, first, "customer_communication_s2").id


async def test_different_answers_and_the_same_persons_own_are_not_noticed(house: House) -> None:
    first = finished_interview(house.services)
    again = finished_interview(house.services)
    with house.services.database.unit_of_work() as session:
        session.get_one(Interview, again).candidate_id = session.get_one(Interview, first).candidate_id
    with house.services.database.reading() as session:
        assert session.get_one(Interview, again).candidate_id == session.get_one(Interview, first).candidate_id
    unlike = {key: Said("这道题我想说的是另外一回事，和别人说的都不一样。", (), 2.0) for key in OWN}
    assert notice(house.services, finished_interview(house.services, answers=unlike)) == []


async def test_an_answer_to_the_other_form_of_the_question_is_noticed(house: House) -> None:
    """The first candidate was asked form b, the second form a, whose answer repeats a question of form b."""
    asked = {"resilience_s4": Said("这道题我想说的是另外一回事，和别人说的都不一样。", (), 2.0)}
    first = finished_interview(house.services, answers=asked, form="b")
    other_form = library_question("resilience_s4").text.zh
    answers = {"resilience_s1": Said(f"{other_form}那就是考证，我复习了一年没过，后来又考了一次。", (), 2.0)}
    second = finished_interview(house.services, answers=answers)
    [signal] = notice(house.services, second)
    assert (signal.kind, signal.other_interview_id) == ("parallel_form", first)
    assert signal.value > 0.8
    with house.services.database.reading() as session:
        assert signal.other_question_id == question_of(session, first, "resilience_s4").id


async def test_a_question_that_was_asked_of_both_is_no_other_form(house: House) -> None:
    finished_interview(house.services)
    asked_later = library_question("resilience_t1").text.zh
    answers = {"resilience_s1": Said(f"{asked_later}这题我后面再答，先说考证的事，复习了一年没过。", (), 2.0)}
    second = finished_interview(house.services, answers=answers)
    assert notice(house.services, second) == []


@pytest.mark.parametrize(
    ("pasted", "milliseconds", "kind"),
    [(60, 3_000, "pasted"), (0, 2_000, "fast_typing"), (0, 60_000, None), (0, 0, None), (10, 60_000, None)],
)
async def test_pasting_and_impossible_speed_are_noticed(
    house: House, pasted: int, milliseconds: int, kind: str | None
) -> None:
    interview_id = finished_interview(house.services)
    type_in(house.services, interview_id, "resilience_s1", pasted, milliseconds)
    assert [signal.kind for signal in notice(house.services, interview_id)] == ([kind] if kind else [])


async def test_an_erased_candidate_holds_up_nobody(house: House) -> None:
    first = finished_interview(house.services)
    second = finished_interview(house.services, answers=OTHERS_WORDS)
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, first).candidate_id).wrapped_key = None
    assert notice(house.services, second) == []


async def test_no_signal_changes_any_number_or_reaches_the_hr_system(house: House) -> None:
    """The same interview is assessed with every signal and with none."""
    services = house.services
    outcomes = []
    for with_signals in (False, True):
        interview_id = finished_interview(services, name="李雷")
        if with_signals:
            type_in(services, interview_id, "resilience_s1", 60, 3_000)
            type_in(services, interview_id, "results_s1", 0, 500)
        steps = AssessmentSteps(services.database, services.keys, FixedScorer(), ("records",))
        steps.score_answers(interview_id)
        steps.report_and_hand_over(interview_id)
        with services.database.reading() as session:
            kinds = {row.kind for row in session.exec(select(IntegritySignal)) if row.interview_id == interview_id}
            assert kinds == ({"similar_answer", "pasted", "fast_typing"} if with_signals else set())
            report = session.exec(select(Report).where(Report.interview_id == interview_id)).one()
            scores = session.exec(select(Score).where(Score.interview_id == interview_id)).all()
            told = assessment_of(session, services.keys, session.get_one(Interview, interview_id), 1)
            outcomes.append(
                (
                    report.model_dump(exclude={"id", "interview_id", "reported_at"}),
                    [(s.competency, s.level, s.score, s.confidence, s.star, s.relevance) for s in scores],
                    told.model_dump(exclude={"interview_id", "candidate", "finished_at"}),
                )
            )
    assert outcomes[0] == outcomes[1]


async def test_a_signal_is_kept_once_and_holds_no_words(house: House) -> None:
    finished_interview(house.services)
    second = finished_interview(house.services, answers=OTHERS_WORDS)
    for _ in range(2):
        with house.services.database.unit_of_work() as session:
            keep_signals(
                session, second, find_signals(session, house.services.keys, session.get_one(Interview, second))
            )
    with house.services.database.reading() as session:
        [row] = session.exec(select(IntegritySignal)).all()
    assert "注塑" not in row.model_dump_json()


async def test_the_reviewer_reads_a_neutral_note_on_both_pages(house: House) -> None:
    services = house.services
    first = finished_interview(services, name="李雷")
    second = finished_interview(services, name="韩梅梅", answers=OTHERS_WORDS)
    steps = AssessmentSteps(services.database, services.keys, FixedScorer(), ())
    for interview_id in (first, second):
        steps.score_answers(interview_id)
        if interview_id == second:
            steps.report_and_hand_over(interview_id)
    async with house.signed_in("recruiter") as browser:
        later = (await browser.get(f"/console/interviews/{second}")).text
        earlier = (await browser.get(f"/console/interviews/{first}")).text
    assert "与另一位候选人的回答高度相似（" in later
    assert f"/console/interviews/{first}" in later
    assert "不影响任何评分" in later
    assert "后来有另一位候选人的回答与此高度相似" in earlier
