"""Courses from a real SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.services import Services
from core.tables import Decision, Device, Employee, EmployeeExit, Hire, InterviewRating, Letter
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.insights.course_reader import Period, read_courses
from tests.bot.console.house import furnished
from tests.bot.console.many_interviews import add_interviews

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ALL = Period(AT - timedelta(days=30), AT + timedelta(days=30))


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:  # type: ignore[misc]
    with furnished(tmp_path, monkeypatch) as services:
        yield services


def test_each_stage_is_read_from_what_happened(services: Services) -> None:
    with services.database.unit_of_work() as session:
        people = add_interviews(services, session, 4, AT, 3, 2, 1, " 内推 ")
        session.add(Device(interview_id=people[3].id, secret_hash="x", created_at=AT))
        session.add(InterviewRating(interview_id=people[0].id, stars=4, given_at=AT))
        for number, state in enumerate(("sent", "dropped")):
            session.add(
                Letter(
                    candidate_id=people[0].candidate_id, interview_id=people[0].id, kind="invitation", channel="sms",
                    version=number, state=state, due_at=AT, planned_at=AT,
                )
            )  # fmt: skip
    with services.database.reading() as session:
        found = read_courses(session, services.keys, ALL, date(2026, 12, 1), {people[0].id: 3.5})
    first, second, third, fourth = found
    assert (first.passed, first.reached_line, first.scored, first.stars) == (True, True, 85.0, 4)
    assert (first.texts_sent, first.review_minutes, first.channel) == (1, 3.5, "内推")
    assert (second.finished, second.passed, second.reached_line) == (True, False, False)
    assert (third.started, third.finished, third.reached_line) == (True, False, None)
    assert (fourth.opened, fourth.started) == (True, False)


def test_the_period_and_the_positions_bound_what_is_read(services: Services) -> None:
    with services.database.unit_of_work() as session:
        add_interviews(services, session, 1, AT)
        add_interviews(services, session, 1, AT + timedelta(days=1), position="software_engineer")
    with services.database.reading() as session:
        day = Period(AT, AT + timedelta(days=1))
        assert [one.position for one in read_courses(session, services.keys, day, AT.date())] == ["sales"]
        one = Period(AT, AT + timedelta(days=9), ("software_engineer",))
        assert [one.position for one in read_courses(session, services.keys, one, AT.date())] == ["software_engineer"]
        assert read_courses(session, services.keys, Period(AT, AT + timedelta(days=9), ()), AT.date()) == []


def test_a_stay_is_told_by_the_file_of_exits_and_silence_counts_only_up_to_its_day(services: Services) -> None:
    started = date(2026, 4, 1)
    with services.database.unit_of_work() as session:
        people = add_interviews(services, session, 3, AT, 3, 3, 3, external="A")
        wrapped = services.keys.new_wrapped_key()
        employees = [Employee(external_id=str(n), wrapped_key=wrapped, created_at=AT) for n in range(3)]
        reason = services.keys.unwrap(wrapped).seal('{"reason": "voluntary"}', PURPOSE)
        session.add_all(employees)
        session.flush()
        for number in (0, 1):
            session.add(
                Hire(
                    candidate_external_id=("A-0", people[1].candidate_id)[number], employee_id=employees[number].id, started_on=started,
                    sealed="", source="f", imported_at=AT,
                )
            )  # fmt: skip
    with services.database.reading() as session:
        before = {one.id: one for one in read_courses(session, services.keys, ALL, date(2026, 12, 1))}
    assert [before[one.id].hired for one in people] == [True, True, False]
    assert before[people[0].id].stayed is None, "nobody has told yet who left"
    with services.database.unit_of_work() as session:
        session.add(
            EmployeeExit(
                employee_id=employees[1].id, left_on=date(2026, 5, 5), sealed=reason, source="f",
                imported_at=datetime(2026, 7, 15, tzinfo=UTC),
            )
        )  # fmt: skip
    with services.database.reading() as session:
        after = {one.id: one for one in read_courses(session, services.keys, ALL, date(2026, 12, 1))}
        too_early = {one.id: one for one in read_courses(session, services.keys, ALL, date(2026, 6, 1))}
    assert (after[people[0].id].stayed, after[people[1].id].stayed) == (True, False)
    assert (too_early[people[0].id].stayed, too_early[people[1].id].stayed) == (None, None), "neither side yet"
    assert after[people[0].id].hired_at == datetime(2026, 4, 1, tzinfo=UTC)


def test_a_rating_belongs_to_where_the_candidate_stood_when_it_was_given(services: Services) -> None:
    later, earlier = AT + timedelta(days=2), AT + timedelta(days=1)
    given = [("advance", later), ("reject", later), ("advance", earlier), (None, later)]
    with services.database.unit_of_work() as session:
        people = add_interviews(services, session, 4, AT, 4, 4)
        for person, (decision, rated_at) in zip(people, given, strict=True):
            session.add(InterviewRating(interview_id=person.id, stars=4, given_at=rated_at))
            if decision is not None:
                session.add(
                    Decision(
                        interview_id=person.id, value=decision, by="user:1", reason_sealed="", version=9,
                        decided_at=AT + timedelta(hours=36),
                    )
                )  # fmt: skip
    with services.database.reading() as session:
        found = {one.id: one.rated_when for one in read_courses(session, services.keys, ALL, date(2026, 12, 1))}
    assert [found[person.id] for person in people] == ["rated_passed", "rated_other", "rated_waiting", "rated_waiting"]
