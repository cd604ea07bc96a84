"""Automatic advance: who may, who never does, and that a person's decision is never overtaken."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.console.decisions import decide
from bot.console.policy_advance import advance_due, may_advance
from bot.console.review_doubts import Result
from bot.console.review_unopened import read_unopened
from core.clock import hands_restored, now, turn_forward
from core.tables import AuditEntry, Decision, Delivery, IntegritySignal, Interview, Position, Question, Report
from tests.bot.console.house import House
from tests.bot.console.test_ratings import correct
from tests.bot.console.test_review_doubts import FINE, NOW, case
from tests.bot.console.test_review_pages import set_review, text_of
from tests.builders import ANSWERS, BUILDER, Said, invited_interview, scored_interview

WEAK = {**ANSWERS["zh"], "resilience_s1": Said("被拒绝就算了。", ("被拒绝就算了。",), 1.4)}


def decisions(house: House) -> list[tuple[str, str]]:
    with house.services.database.reading() as session:
        return [(row.value, row.by) for row in session.exec(select(Decision).order_by(Decision.id))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"match": 80.0, "results": (FINE[0],)}, True),
        ({"match": 79.9}, False),
        ({"match": None}, False),
        ({"results": (*FINE, Result("learning", 60.0, 0.8))}, False),
        ({"environment": True}, False),
        ({"signals": True}, False),
        ({"apart": ("results",)}, False),
        ({"asks_person": True}, False),
        ({"held": True}, False),
    ],
)
def test_a_doubt_that_needs_a_person_stops_it_and_being_near_the_line_does_not(
    changes: dict[str, object], may: bool
) -> None:
    assert may_advance(case("x", **changes), NOW) is may


async def test_over_the_line_advances_once_with_reason_report_log_and_delivery(house: House) -> None:
    set_review(house, automatic_advance=True)
    interview_id = scored_interview(house.services)
    assert (advance_due(house.services), advance_due(house.services)) == (1, 0)
    with house.services.database.reading() as session:
        decision = session.exec(select(Decision)).one()
        report = session.exec(select(Report)).one()
        assert (decision.value, decision.by, decision.report_id) == ("advance", "policy", report.id)
        key = house.services.key_of(session, session.get_one(Interview, interview_id))
        assert key.open(decision.reason_sealed) == "岗位匹配度 86.1，达到及格线 80，按岗位设置自动进入下一轮。"
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "decided:advance")).one()
        assert (entry.actor, entry.subject) == ("policy", interview_id)
        assert session.exec(select(Delivery).where(Delivery.kind == "decision")).one()
    async with house.signed_in("recruiter") as browser:
        assert "岗位规则（自动）" in text_of(await browser.get(f"/console/interviews/{interview_id}"))


async def test_below_the_line_nothing_is_decided_whatever_the_policy_says(house: House) -> None:
    set_review(house, automatic_advance=True)
    scored_interview(house.services, answers=WEAK)
    assert advance_due(house.services) == 0
    assert decisions(house) == []


async def test_where_the_position_does_not_ask_for_it_a_person_decides(house: House) -> None:
    scored_interview(house.services)
    assert advance_due(house.services) == 0


@pytest.mark.parametrize("profile", [{"closed": True}, {"review": {}}])
async def test_a_position_closed_or_turned_off_since_leaves_it_to_a_person(
    house: House, profile: dict[str, object]
) -> None:
    set_review(house, automatic_advance=True)
    scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        old = session.exec(select(Position).where(Position.key == "sales")).one()
        session.add(Position(key="sales", version=2, profile={**old.profile, **profile}, created_at=now()))
    assert advance_due(house.services) == 0


async def test_who_was_told_that_a_person_decides_waits_for_a_person(house: House) -> None:
    scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        old = session.exec(select(Position).where(Position.key == "sales")).one()
        rules = {**old.profile, "review": {"automatic_advance": True}}
        session.add(Position(key="sales", version=2, profile=rules, created_at=now()))
    assert advance_due(house.services) == 0


async def test_a_signal_about_an_answer_leaves_it_to_a_person(house: House) -> None:
    set_review(house, automatic_advance=True)
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        question = session.exec(select(Question).where(Question.source == "results_s1")).one()
        session.add(
            IntegritySignal(
                interview_id=interview_id, question_id=question.id, kind="pasted", value=0.9, noticed_at=now()
            )
        )
    assert advance_due(house.services) == 0


async def test_what_a_person_has_decided_stays(house: House) -> None:
    set_review(house, automatic_advance=True)
    decide(house.services, scored_interview(house.services), "hold", "等名额", BUILDER)
    assert advance_due(house.services) == 0
    assert decisions(house) == [("hold", "tests")]


async def test_what_a_reviewer_has_corrected_over_the_line_is_theirs_to_decide(house: House) -> None:
    set_review(house, automatic_advance=True)
    interview_id = scored_interview(house.services, answers=WEAK)
    async with house.signed_in("recruiter") as browser:
        assert (await correct(browser, interview_id, level="5")).status_code == 303
    with house.services.database.reading() as session:
        assert max(session.exec(select(Report.match)), key=lambda match: match or 0.0) > 80  # type: ignore[operator]
    assert advance_due(house.services) == 0


async def test_after_five_days_the_unopened_are_listed_and_the_opened_are_not(house: House) -> None:
    low = scored_interview(house.services, name="周启明", answers=WEAK)
    opened = scored_interview(house.services, name="吴桐", answers=WEAK)
    scored_interview(house.services, name="林晓芸")
    expired = invited_interview(house.services, name="韩梅梅")
    with hands_restored():
        async with house.signed_in("recruiter") as browser:
            await browser.get(f"/console/review/{opened}")
        turn_forward(timedelta(days=4))
        assert read_unopened(house.services, "zh", BUILDER) == []
        turn_forward(timedelta(days=2))
        assert [row.id for row in read_unopened(house.services, "zh", BUILDER)] == [low]
        turn_forward(timedelta(days=7))
        assert [(row.id, row.why) for row in read_unopened(house.services, "zh", BUILDER)] == [
            (low, "below_line"),
            (expired, "expired"),
        ]
        async with house.signed_in("recruiter") as browser:
            assert "周启明" in text_of(await browser.get("/console/review/unopened"))
    assert decisions(house) == []


def test_a_long_log_does_not_slow_down_who_was_never_opened(house: House) -> None:
    """A look through the log for each interview took half a minute for five thousand."""
    with house.services.database.unit_of_work() as session:
        first = session.get_one(Interview, invited_interview(house.services))
        gone = first.model_dump(exclude={"id", "expires_at"})
        long_ago = now() - timedelta(days=9)
        for _ in range(600):
            session.add(Interview(**gone, expires_at=long_ago))
        for number in range(15_000):
            session.add(AuditEntry(actor="user:x", action="report_read", subject=f"{number}", at=long_ago))
    started = time.process_time()
    assert len(read_unopened(house.services, "zh", BUILDER)) == 200
    assert time.process_time() - started < 0.5
