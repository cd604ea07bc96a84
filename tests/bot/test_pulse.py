from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from bot import pulse
from bot.pulse import Pulse, has_beaten, process_name
from core.clock import now
from core.errors import Rejected
from core.settings import Settings
from core.tables import Heartbeat, Interview
from dialogue.interview_clock import time_left_s
from tests.bot.gateway.chat_door import Door, invite, open_door


def left_after_an_absence(tmp_path: Path, clock_started_s: float, last_beat_s: float) -> int:
    """Time left of 1200 s after the app comes back; both arguments are seconds ago."""
    door: Door = open_door(tmp_path)
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        interview.time_budget_s = 1200
        interview.clock_started_at = now() - timedelta(seconds=clock_started_s)
        session.add(Heartbeat(process="app-1", beat_at=now() - timedelta(seconds=last_beat_s)))
    Pulse(door.database, "app-1").forgive_downtime()
    with door.database.reading() as session:
        return time_left_s(session.get_one(Interview, interview_id))


def test_our_downtime_is_not_the_candidates(tmp_path: Path) -> None:
    assert 1139 <= left_after_an_absence(tmp_path, clock_started_s=360, last_beat_s=300) <= 1140


def test_only_time_in_which_the_clock_ran_is_given_back(tmp_path: Path) -> None:
    assert left_after_an_absence(tmp_path, clock_started_s=60, last_beat_s=600) == 1200


async def test_a_missed_beat_does_not_stop_the_heart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pulse, "BEAT_S", 0.01)
    database, began = open_door(tmp_path).database, now()
    beating = Pulse(database, "worker-1")
    beat, faults = beating._beat, [DBAPIError("INSERT 我叫李雷", {}, ValueError()), OSError("no such device")]

    def stumble() -> None:
        if faults:
            raise faults.pop()
        beat()

    monkeypatch.setattr(beating, "_beat", stumble)
    task = asyncio.create_task(beating.run())
    async with asyncio.timeout(10):
        while not has_beaten(database, "worker-1", began):
            await asyncio.sleep(0.02)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert "a heartbeat was missed: DBAPIError" in caplog.text
    assert "李雷" not in caplog.text


def test_on_a_database_server_a_process_needs_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXECUTOR_ID", raising=False)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///var/mianshi.sqlite")
    assert process_name(Settings(), "app-1") == "app-1"
    monkeypatch.setenv("DATABASE_URL", "postgresql://mianshi@db.internal/mianshi")
    with pytest.raises(Rejected, match="EXECUTOR_ID is not set"):
        process_name(Settings(), "app-1")
    monkeypatch.setenv("EXECUTOR_ID", "app-2")
    assert process_name(Settings(), "app-1") == "app-2"
