"""How far Odoo has been read, kept in our database; whoever holds the lease looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError

from core.clock import now
from core.database import Database
from core.tables import PollCursor, new_id
from hr_bridge.connectors.base import HrmsUnavailable

EVERY: Final = timedelta(minutes=1)
AT_MOST_EVERY: Final = timedelta(seconds=2)
"""However often the webhook calls."""
SWEEP_EVERY: Final = timedelta(days=1)
LEASE: Final = timedelta(minutes=5)
"""Longer than one chunk takes; each one renews it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to look, and from where."""

    holder: str
    after_id: int
    read_until: str | None
    sweeps: bool
    """The daily sweep is due."""
    confirmed: int
    """So many vanished applicants a person says are deleted."""


class Cursor:
    """The row of one connector. Every method is a transaction of its own and blocks."""

    def __init__(self, database: Database, connector: str) -> None:
        self._database = database
        self._connector = connector

    def wake(self) -> None:
        """Let the next look come at once; woken several times it is woken once."""
        with self._database.reading() as session:
            row = session.get(PollCursor, self._connector)
        if row is not None and row.woken:
            return
        self._ensure()
        with self._database.unit_of_work() as session:
            session.get_one(PollCursor, self._connector, with_for_update=True).woken = True

    def claim(self) -> Lease | None:
        """The lease, where a look is due and nobody else is at it."""
        with self._database.reading() as session:
            row = session.get(PollCursor, self._connector)
        if row is None:
            self._ensure()
        elif not _may_look(row):
            return None
        with self._database.unit_of_work() as session:
            row = session.get_one(PollCursor, self._connector, with_for_update=True)
            if not _may_look(row):
                return None
            row.polled_at, row.woken = now(), False
            row.leased_by, row.leased_until = new_id(), now() + LEASE
            return Lease(
                row.leased_by, row.after_id, row.read_until, _is_past(row.swept_at, SWEEP_EVERY), row.confirmed
            )

    def begin(self, lease: Lease, after_id: int, read_until: str) -> Lease:
        """Say from where the first look reads. There is nothing to sweep yet."""
        with self._database.unit_of_work() as session:
            row = session.get_one(PollCursor, self._connector, with_for_update=True)
            _check(row, lease)
            row.after_id, row.read_until, row.swept_at = after_id, read_until, now()
        return replace(lease, after_id=after_id, read_until=read_until, sweeps=False)

    def advance(self, lease: Lease, read_until: str | None) -> None:
        """Everything up to this change was taken. HrmsUnavailable when another worker has taken over."""
        with self._database.unit_of_work() as session:
            row = session.get_one(PollCursor, self._connector, with_for_update=True)
            _check(row, lease)
            row.leased_until = now() + LEASE
            if read_until is not None:
                row.read_until = max(row.read_until or "", read_until)

    def note_swept(self, lease: Lease, vanished: int) -> None:
        """All ids were compared; `vanished` are in doubt, and nothing was done about them."""
        with self._database.unit_of_work() as session:
            row = session.get_one(PollCursor, self._connector, with_for_update=True)
            _check(row, lease)
            row.swept_at, row.vanished, row.confirmed = now(), vanished, 0

    def confirm_vanished(self) -> int:
        """A person says that those in doubt are really deleted: the next look sweeps and believes it. How many."""
        self._ensure()
        with self._database.unit_of_work() as session:
            row = session.get_one(PollCursor, self._connector, with_for_update=True)
            row.confirmed, row.swept_at, row.woken = row.vanished, None, True
            return row.confirmed

    def release(self, lease: Lease, problem: str | None) -> None:
        """Give the lease back, with the sentence that says why the look did not come through."""
        with self._database.unit_of_work() as session:
            row = session.get_one(PollCursor, self._connector, with_for_update=True)
            if row.leased_by == lease.holder:
                row.leased_by = row.leased_until = None
                row.problem = problem

    def problem(self) -> str | None:
        """Why the last look did not come through."""
        with self._database.reading() as session:
            row = session.get(PollCursor, self._connector)
            return row.problem if row else None

    def _ensure(self) -> None:
        try:
            with self._database.unit_of_work() as session:
                if session.get(PollCursor, self._connector) is None:
                    session.add(PollCursor(connector=self._connector))
        except IntegrityError:
            return  # another process was faster


def _may_look(row: PollCursor) -> bool:
    held = row.leased_until is not None and not _is_past(row.leased_until - LEASE, LEASE)
    return not held and _is_past(row.polled_at, AT_MOST_EVERY if row.woken else EVERY)


def _is_past(then: datetime | None, after: timedelta) -> bool:
    """True also where our clock was set back: a time in the future holds up nothing."""
    return then is None or not timedelta() <= now() - then < after


def _check(row: PollCursor, lease: Lease) -> None:
    if row.leased_by != lease.holder:
        raise HrmsUnavailable("Another worker has taken over looking at Odoo.")
