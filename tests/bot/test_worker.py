from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from bot.worker import fire_due_timers
from core import clock
from core.clock import now
from core.tables import InboxMessage, Interview, Timer
from tests.bot.gateway.chat_door import invite, open_door


def test_a_timer_fires_once_when_it_is_due(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        session.add(Timer(kind="time_up", subject=interview_id, due_at=now() + timedelta(minutes=5)))
    fire_due_timers(door.database)
    assert signals(door.database) == []
    with clock.hands_restored():
        clock.turn_forward(timedelta(minutes=6))
        fire_due_timers(door.database)
        fire_due_timers(door.database)
    assert signals(door.database) == ["time_up"]


def test_a_finished_interview_is_not_disturbed(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        session.get_one(Interview, interview_id).finished_at = now()
        session.add(Timer(kind="time_up", subject=interview_id, due_at=now() - timedelta(minutes=5)))
    fire_due_timers(door.database)
    assert signals(door.database) == []


def signals(database: object) -> list[str | None]:
    with database.reading() as session:  # type: ignore[attr-defined]
        return list(session.exec(select(InboxMessage.payload).where(InboxMessage.kind == "signal")))
