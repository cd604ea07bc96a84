"""The app's heartbeat, and what it is for: time in which we were down is not the candidate's."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlmodel import col, select

from core.clock import now
from core.database import Database
from core.errors import Unavailable
from core.tables import Heartbeat, Interview

BEAT_S = 5


def has_beaten(database: Database, process: str, since: datetime) -> bool:
    """True when the process has been alive after `since`."""
    with database.reading() as session:
        last = session.get(Heartbeat, process)
        return last is not None and last.beat_at > since


class Pulse:
    """Beats for one process."""

    def __init__(self, database: Database, process: str) -> None:
        self._database = database
        self._process = process

    def forgive_downtime(self) -> None:
        """At start: every running clock is moved on by as long as this process was away."""
        with self._database.unit_of_work() as session:
            last = session.get(Heartbeat, self._process)
            if last is None:
                return
            running = select(Interview).where(col(Interview.clock_started_at).is_not(None)).with_for_update()
            for interview in session.exec(running):
                assert interview.clock_started_at is not None
                away_since = max(last.beat_at, interview.clock_started_at)
                interview.clock_started_at += max(now() - away_since, timedelta(0))
            last.beat_at = now()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._beat)
            except Unavailable:
                pass  # a missed beat forgives a little more time, which harms nobody
            await asyncio.sleep(BEAT_S)

    def _beat(self) -> None:
        with self._database.unit_of_work() as session:
            session.merge(Heartbeat(process=self._process, beat_at=now()))
