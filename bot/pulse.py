"""The name and the heartbeat of a process, and what they are for: time in which we were down is not the candidate's."""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import datetime, timedelta

from sqlmodel import col, select

from core.clock import now
from core.database import Database, is_file
from core.errors import Rejected
from core.settings import Settings
from core.tables import Heartbeat, Interview

BEAT_S = 5

log = logging.getLogger("mianshi.pulse")


def process_name(settings: Settings, alone: str) -> str:
    """This process's stable id, from EXECUTOR_ID; `alone` where a database file keeps others away.

    Raises Rejected on a database server without EXECUTOR_ID: two machines under one name would free each other's claims.
    """
    name = os.environ.get("EXECUTOR_ID", "")
    if not name and not is_file(settings.database.url):
        raise Rejected(
            "EXECUTOR_ID is not set: on a database server every process needs a name of its own that stays the same "
            f"over restarts, for instance EXECUTOR_ID={alone} (docs/deploy.md)"
        )
    return name or alone


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
            running = select(Interview).where(col(Interview.clock_started_at).is_not(None)).order_by(col(Interview.id))
            for interview in session.exec(running.with_for_update()):
                assert interview.clock_started_at is not None
                away_since = max(last.beat_at, interview.clock_started_at)
                interview.clock_started_at += max(now() - away_since, timedelta(0))
            last.beat_at = now()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._beat)
            except Exception as error:
                # A missed beat forgives a little more time, which harms nobody.
                log.warning("a heartbeat was missed: %s", type(error).__name__)
            await asyncio.sleep(BEAT_S)

    def _beat(self) -> None:
        with self._database.unit_of_work() as session:
            session.merge(Heartbeat(process=self._process, beat_at=now()))
