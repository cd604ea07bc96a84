"""Results of the pages of figures are kept for the same data, and never shown of data that were deleted since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlmodel import Session, col, select

from bot.console.figures_state import figures_state
from bot.demo_outcomes import NEW_YORK, make_outcomes
from bot.demographics import keep_answers
from bot.privacy.carrying_out import carry_out_due
from bot.privacy.erasure import ask_for_erasure
from core.clock import now
from core.tables import (
    AuditEntry,
    Candidate,
    Decision,
    Device,
    Employee,
    EmployeeExit,
    Hire,
    Interview,
    InterviewRating,
    Position,
)
from hr_bridge.imports.importer import import_file
from hr_bridge.imports.set_up import open_keepers
from tests.bot.console.house import House
from tests.bot.console.many_interviews import add_interviews


def state_of(house: House) -> object:
    with house.services.database.reading() as session:
        return figures_state(session)


def written(change: Callable[[House, Session, Interview], None]) -> Callable[[House, Interview], None]:
    def act(house: House, interview: Interview) -> None:
        with house.services.database.unit_of_work() as session:
            change(house, session, session.get_one(Interview, interview.id))

    return act


def consent(_house: House, _session: Session, interview: Interview) -> None:
    interview.consented_at = now()


def finish(_house: House, _session: Session, interview: Interview) -> None:
    interview.finished_at = now()


def open_link(_house: House, session: Session, interview: Interview) -> None:
    session.add(Device(interview_id=interview.id, secret_hash="x", created_at=now()))


def decide(_house: House, session: Session, interview: Interview) -> None:
    told: dict[str, Any] = {"by": "a", "reason_sealed": "", "version": 2, "decided_at": now()}
    session.add(Decision(interview_id=interview.id, value="reject", **told))


def rate(_house: House, session: Session, interview: Interview) -> None:
    session.add(InterviewRating(interview_id=interview.id, stars=4, given_at=now()))


def new_version(_house: House, session: Session, interview: Interview) -> None:
    old = session.get_one(Position, interview.position_id)
    session.add(Position(key=old.key, version=9, profile=old.profile | {"pass_line": 60}, created_at=now()))


def import_exits(house: House, _interview: Interview) -> None:
    exits = "员工编号,离职日期,离职原因\nE1,2026-01-05,主动离职\n".encode()
    keepers = open_keepers(house.services.database, house.services.keys)
    import_file(exits, "离职.csv", keepers, kind="exits", preset=None, dry_run=False)


def correct_exits(house: House, _interview: Interview) -> None:
    """The same line with another reason: no row more, one changed."""
    for reason in ("主动离职", "辞退"):
        exits = f"员工编号,离职日期,离职原因\nE1,2026-01-05,{reason}\n".encode()
        keepers = open_keepers(house.services.database, house.services.keys)
        import_file(exits, "离职.csv", keepers, kind="exits", preset=None, dry_run=False)
        if reason == "主动离职":
            house.app.state.between = state_of(house)
    assert house.app.state.between != state_of(house)


def erase(house: House, interview: Interview) -> None:
    with house.services.database.unit_of_work() as session:
        ask_for_erasure(session, interview.candidate_id, "candidate")
    carry_out_due(house.services)


def erase_employee(_house: House, session: Session, _interview: Interview) -> None:
    session.exec(select(Employee)).one().wrapped_key = None


def answer(house: House, interview: Interview) -> None:
    keep_answers(house.services, interview.id, {"sex": "female"})


@pytest.mark.parametrize(
    "change",
    [
        *(written(each) for each in (consent, finish, open_link, decide, rate, new_version, erase_employee)),
        import_exits,
        correct_exits,
        erase,
        answer,
    ],
)
async def test_whatever_the_figures_are_made_of_changes_the_state(
    house: House, change: Callable[[House, Interview], None]
) -> None:
    at = now() - timedelta(hours=5)
    with house.services.database.unit_of_work() as session:
        position = session.exec(select(Position).where(Position.key == "sales")).one()
        position.profile = position.profile | {"policy": "us-ny"}
        session.add(Employee(external_id="E0", wrapped_key=house.services.keys.new_wrapped_key(), created_at=at))
        untouched, interview = add_interviews(house.services, session, 2, at, 1, 1, 1)
    before = state_of(house)
    assert state_of(house) == before
    change(house, untouched if change is answer else interview)
    assert state_of(house) != before


async def test_an_erased_hire_is_gone_from_the_figures_at_once_and_the_rest_is_worked_out_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_outcomes(house.services)
    made: list[int] = []
    from bot.console import insight_pages

    study = insight_pages._study
    monkeypatch.setattr(insight_pages, "_study", lambda services: made.append(1) or study(services))
    async with house.signed_in("admin") as browser:
        first = (await browser.get("/console/insights?family=sales")).text
        assert (await browser.get("/console/insights?family=sales")).text == first
        await browser.get("/console/insights?family=technical")
        assert len(made) == 1
        with house.services.database.reading() as session:
            hired = session.exec(
                select(Interview)
                .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
                .join(Hire, col(Hire.candidate_external_id) == col(Candidate.external_id))
                .join(Position, col(Position.id) == col(Interview.position_id))
                .where(Position.key == NEW_YORK)
            ).first()
        assert hired is not None
        count = _hires(first)
        erase(house, hired)
        assert _hires((await browser.get("/console/insights?family=sales")).text) == count - 1
        assert len(made) == 2


async def test_whoever_may_see_less_from_now_on_sees_less_from_the_same_result(house: House) -> None:
    make_outcomes(house.services)
    async with house.signed_in("recruiter") as browser:
        assert "family=technical" in (await browser.get("/console/insights")).text
        assert "软件工程师" in (await browser.get("/console/board")).text
        house.limit("recruiter", "sales")
        assert "family=technical" not in (await browser.get("/console/insights")).text
        assert "软件工程师" not in (await browser.get("/console/board")).text


async def test_what_takes_longer_says_so_and_shows_the_result_by_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.services.database.unit_of_work() as session:
        add_interviews(house.services, session, 20, now() - timedelta(days=3), 12)
    go = Event()
    from bot.console import board_pages

    read = board_pages.read_board
    monkeypatch.setattr(board_pages, "read_board", lambda *told: go.wait(20) and read(*told))
    house.services.computed.wait_s = 0.01
    async with house.signed_in("recruiter") as browser:
        waiting = await browser.get("/console/board")
        assert waiting.status_code == 200
        assert '<meta http-equiv="refresh" content="2">' in waiting.text
        assert "正在重新计算，已经用了0秒" in waiting.text
        assert "<progress" in waiting.text
        with house.services.database.reading() as session:
            assert session.exec(select(AuditEntry).where(AuditEntry.action == "board_read")).all() == []
        go.set()
        house.services.computed.wait_s = 60
        shown = await browser.get("/console/board")
    assert "共邀请20人，12人开始了面试" in shown.text
    assert "http-equiv" not in shown.text


async def test_exits_are_read_anew_though_nothing_else_changed(house: House) -> None:
    assert state_of(house) == state_of(house)
    with house.services.database.unit_of_work() as session:
        session.add(Employee(external_id="E9", wrapped_key=house.services.keys.new_wrapped_key(), created_at=now()))
        session.flush()
        employee = session.exec(select(Employee)).one()
        told: dict[str, Any] = {"sealed": "", "source": "f", "imported_at": now()}
        session.add(EmployeeExit(employee_id=employee.id, left_on=now().date(), **told))
        session.flush()
        before = figures_state(session)
        session.exec(select(EmployeeExit)).one().imported_at = now()
        session.flush()
        assert figures_state(session) != before


def _hires(page: str) -> int:
    import re

    found = re.search(r"其中 (\d+) 人已入职", page)
    assert found
    return int(found[1])
