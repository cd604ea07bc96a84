from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.pulse import Pulse
from core.clock import now
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
