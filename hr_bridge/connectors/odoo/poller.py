"""News from Odoo: what changed since the last look, and once a day a look at all ids.

A look asks for everything written since the newest change that was taken, less an overlap: a long transaction there
commits with the time at which it began. What comes twice is the intake's to notice. Times are Odoo's own and are never
compared with our clock. No list is paged: what moves while one turns the pages would be missed. Once a day all ids are
compared, which finds what was deleted and whatever a look has missed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Final, NamedTuple

from core.errors import Unavailable
from hr_bridge.applications import Intake
from hr_bridge.connectors.base import HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.odoo.applicant import MODEL
from hr_bridge.connectors.odoo.applications import FILES, ApplicationReader
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.cursor import Cursor, Lease
from hr_bridge.connectors.odoo.mapping import Mapping
from hr_bridge.connectors.odoo.payload import aware, naive_utc

OVERLAP: Final = timedelta(minutes=10)
AT_ONCE: Final = 50
"""Applicants that one call reads; after them the cursor moves on."""
LOOKS_AT_A_VERSION: Final = 2
"""Two changes within one second look alike from here, so what changed is read at two looks."""
BEGINNING: Final = "1970-01-01 00:00:00"
FEWEST_SUSPECT: Final = 5
"""From so many on, when they are more than half of all, what vanished is not believed."""


class _Look(NamedTuple):
    """One applicant at one version: when it or a file of it was last written, and the newest of those files."""

    id: int
    stamp: str
    file: int


class Poller:
    """Looks at one Odoo for `intake`. Several may look at the same: the cursor's lease lets one at a time."""

    def __init__(self, client: OdooClient, mapping: Mapping, cursor: Cursor, intake: Intake) -> None:
        self._client = client
        self._mapping = mapping
        self._cursor = cursor
        self._intake = intake
        self._reader = ApplicationReader(client, mapping)
        self._looked: Counter[_Look] = Counter()

    async def poll_if_due(self) -> bool:
        """Look, if it is time or the webhook asked; True when it came to its end.

        Raises:
            HrmsUnavailable, DatabaseBusy: what was taken stays, the next look goes on from there.
            HrmsRejected: Odoo refuses, and a person has to look; the next look tries again.
        """
        lease = await asyncio.to_thread(self._cursor.claim)
        if lease is None:
            return False
        problem: str | None = None
        try:
            await self._look(lease)
        except (HrmsUnavailable, HrmsRejected) as error:
            problem = error.reason
            raise
        except Unavailable:
            raise
        except Exception as error:
            problem = f"An unforeseen fault ({type(error).__name__}) in looking at Odoo; the log of the worker has it."
            raise
        finally:
            await asyncio.to_thread(self._cursor.release, lease, problem)
        return True

    async def _look(self, lease: Lease) -> None:
        if lease.read_until is None:
            lease = await asyncio.to_thread(self._cursor.begin, lease, *await self._where_to_begin())
        await self._take_changes(lease)
        if lease.sweeps:
            vanished = await self._sweep(lease)
            await asyncio.to_thread(self._cursor.note_swept, lease, vanished)

    async def _where_to_begin(self) -> tuple[int, str]:
        """The id up to which applicants are none of our news, and the time from which changes are."""
        since = self._mapping.since
        before = [["create_date", "<", f"{since} 00:00:00"]] if since else []
        last = await self._client.search(MODEL, before, ["write_date"], order="id desc", limit=1)
        newest = await self._client.search(MODEL, [], ["write_date"], order="write_date desc", limit=1)
        from_ = f"{since} 00:00:00" if since else str(newest[0]["write_date"]) if newest else BEGINNING
        return (int(last[0]["id"]) if last else 0), from_

    async def _take_changes(self, lease: Lease) -> None:
        assert lease.read_until is not None
        since = _earlier(lease.read_until)
        # Files of an applicant do not change its own write_date.
        files = await self._client.search(
            FILES, [["res_model", "=", MODEL], ["write_date", ">=", since]], ["res_id", "write_date"], order="id asc"
        )
        rows = await self._client.search(MODEL, [["write_date", ">=", since]], ["write_date"])
        newest_file = {int(row["res_id"]): row["id"] for row in files}
        stamps: dict[int, str] = {}
        for one, stamp in [(r["res_id"], r["write_date"]) for r in files] + [(r["id"], r["write_date"]) for r in rows]:
            stamps[int(one)] = max(str(stamp), stamps.get(int(one), ""))
        looks = {one: _Look(one, stamp, newest_file.get(one, 0)) for one, stamp in stamps.items()}
        self._looked = Counter({look: times for look, times in self._looked.items() if looks.get(look.id) == look})
        news = [look for look in looks.values() if self._looked[look] < LOOKS_AT_A_VERSION]
        await self._take([one for one in await self._intake.to_read_again() if one not in looks], lease)
        news.sort(key=lambda look: (look.stamp, look.id))
        for start in range(0, len(news), AT_ONCE):
            chunk = news[start : start + AT_ONCE]
            await self._take([look.id for look in chunk], lease)
            self._looked.update(chunk)
            await asyncio.to_thread(self._cursor.advance, lease, chunk[-1].stamp)

    async def _take(self, ids: list[int], lease: Lease) -> None:
        for start in range(0, len(ids), AT_ONCE):
            for application in await self._reader.read(ids[start : start + AT_ONCE], lease.after_id):
                await asyncio.to_thread(self._cursor.advance, lease, None)  # reading a résumé may take a minute
                await self._intake.take(application, self._reader.fetch)

    async def _sweep(self, lease: Lease) -> int:
        """Compare all ids: what is gone, and what differs from the version that was taken. How many are in doubt: a
        right that was taken from our user looks like a deletion, and would call everybody off."""
        rows = await self._client.search(MODEL, [], ["write_date"], order="id asc")
        there = {int(row["id"]): str(row["write_date"]) for row in rows}
        known = await self._intake.known()
        gone = [one for one in known if one not in there]
        suspect = len(gone) >= FEWEST_SUSPECT and 2 * len(gone) > len(known) and len(gone) > lease.confirmed
        if not suspect:
            await self._intake.deleted(gone)
        missed = [
            one for one, stamp in there.items() if (known[one] != stamp if one in known else one > lease.after_id)
        ]
        await self._take(missed, lease)
        return len(gone) if suspect else 0


def _earlier(stamp: str) -> str:
    """The same time less the overlap, as Odoo writes it."""
    return naive_utc(aware(stamp) - OVERLAP)
