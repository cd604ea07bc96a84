"""The audit log as a chain of hashes: nobody changes or takes out an entry unnoticed.

Entries are written inside the transactions of those who act, many at once. Were each linked there, all of them would
queue for the end of the chain; so the worker links what is new every few seconds, in one short transaction of its own.
Until then, at most that long, an entry is in the log and not yet in the chain. Whoever owns the database and the program
can make a whole new chain; a hash that was noted elsewhere (`mianshi audit verify` prints it) shows that too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any, Final

from sqlmodel import Session, col, func, select

from core.database import Database
from core.tables import AuditEntry, AuditHead

AT_ONCE: Final = 2_000
"""Entries linked in one transaction."""
READ_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Verification:
    """`entries` in the chain were followed from the first; `head` is the hash of the last. Where it is broken: the place
    of the first broken entry, its id where there still is one, and what is wrong in one sentence."""

    ok: bool
    entries: int
    waiting: int
    """Entries that are not linked yet."""
    head: str
    broken_at: int | None = None
    broken_entry: str | None = None
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def link_new_entries(database: Database) -> int:
    """Link what is not in the chain yet; how many."""
    linked = 0
    while (batch := _link_batch(database)) > 0:
        linked += batch
    return linked


def verify_chain(database: Database, noted: str | None = None) -> Verification:
    """Follow the chain from its first entry on. `noted` is the head of an earlier verification: it must be part of it."""
    place, before, seen = 0, "", noted is None
    while rows := _chunk(database, place):
        for entry in rows:
            place += 1
            if entry.place != place:
                return _broken(database, place, before, None, f"entry {place} is missing from the chain")
            expected = _hash(before, entry)
            if entry.chain_hash != expected:
                return _broken(database, place, before, entry.id, f"entry {place} is not as it was when it was linked")
            before = expected
            seen = seen or expected == noted
    with database.reading() as session:
        head = session.get(AuditHead, 1)
        # What was linked while we read is not followed any more; what the head knows and we did not see was cut off.
        if head is not None and head.place > place and _chunk(database, place) == []:
            problem = f"the chain ends at entry {place}, and had {head.place}"
            return _broken(database, place + 1, before, None, problem)
        known = head.place if head is not None else 0
        if known < place:
            return _broken(database, known + 1, before, None, f"entry {known + 1} was put behind the end of the chain")
        if head is not None and head.place == place and head.chain_hash != before:
            return _broken(database, place, before, None, f"entry {place}, the last, is not the one that was linked")
        before_first = session.exec(select(AuditEntry.id).where(col(AuditEntry.place) < 1)).first()
        if before_first is not None:
            return _broken(database, 1, before, before_first, "there is an entry before entry 1 of the chain")
    if not seen:
        return _broken(database, place, before, None, "the noted hash is not part of this chain: it was made anew")
    return Verification(True, place, _waiting(database), before)


def chain_has_gaps(session: Session) -> bool:
    """A quick look, for a page: whether entries are missing. Only `verify_chain` tells that none was changed."""
    count, last = session.exec(
        select(func.count(), func.max(AuditEntry.place)).where(col(AuditEntry.place).is_not(None))
    ).one()
    head = session.get(AuditHead, 1)
    return (last or 0) != count or (head.place if head is not None else 0) != count


def _link_batch(database: Database) -> int:
    with database.reading() as session:
        if session.exec(select(AuditEntry.id).where(col(AuditEntry.place).is_(None)).limit(1)).first() is None:
            return 0
    with database.unit_of_work() as session:
        # Held by whoever links, so that two workers lengthen the chain one after the other.
        head = session.exec(select(AuditHead).where(AuditHead.id == 1).with_for_update()).first()
        if head is None:
            head = AuditHead()
            session.add(head)
        rows = session.exec(
            select(AuditEntry)
            .where(col(AuditEntry.place).is_(None))
            .order_by(col(AuditEntry.at), col(AuditEntry.id))
            .limit(AT_ONCE)
            .execution_options(populate_existing=True)
        ).all()
        for entry in rows:
            entry.place = head.place + 1
            entry.chain_hash = _hash(head.chain_hash, entry)
            head.place, head.chain_hash = entry.place, entry.chain_hash
        return len(rows)


def _hash(before: str, entry: AuditEntry) -> str:
    """SHA-256 of the hash before and all that the entry says, as JSON without spaces; migration 0015 does the same."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [before, entry.place, entry.id, entry.actor, entry.action, entry.subject, at]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _chunk(database: Database, after: int) -> Sequence[AuditEntry]:
    with database.reading() as session:
        return session.exec(
            select(AuditEntry).where(col(AuditEntry.place) > after).order_by(col(AuditEntry.place)).limit(READ_AT_ONCE)
        ).all()


def _waiting(database: Database) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(AuditEntry).where(col(AuditEntry.place).is_(None))).one()


def _broken(database: Database, place: int, head: str, entry: str | None, problem: str) -> Verification:
    return Verification(False, place - 1, _waiting(database), head, place, entry, problem)
