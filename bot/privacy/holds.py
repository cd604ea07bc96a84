"""Legal holds: while one stands, neither a request nor the policy deletes anything about those it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, text
from sqlmodel import Session, col, select

from bot.accounts import Account, record
from core.clock import now
from core.encryption import KeyRing
from core.errors import Refused
from core.tables import Candidate, ErasureRequest, Interview, LegalHold, Position, new_id

PURPOSE: Final = "legal hold"
SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 1000


class HoldUnusable(Refused):
    """A hold needs a reason of 5 to 1,000 characters, and a candidate or position that is there."""


class ErasureBegun(Refused):
    """The candidate is being erased: it is too late for a hold."""


class HoldUnknown(Refused):
    """There is no such hold, or it was released."""


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One hold as the privacy page shows it; `reason` is None where its candidate was erased since."""

    id: str
    candidate_id: str | None
    position_key: str | None
    reason: str | None
    placed_by: str
    placed_at: datetime
    released_by: str | None
    released_at: datetime | None


def place_hold(
    session: Session,
    keys: KeyRing,
    by: Account,
    reason: str,
    *,
    candidate_id: str | None = None,
    position_key: str | None = None,
) -> str:
    """Place a hold on one candidate or on everybody of one position; its id. Raises HoldUnusable."""
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or (candidate_id is None) == (position_key is None):
        raise HoldUnusable(str(HoldUnusable.__doc__))
    alone_with_holds(session)
    if candidate_id is not None:
        candidate = session.get(Candidate, candidate_id, with_for_update=True)
        if candidate is None or candidate.wrapped_key is None:
            raise HoldUnusable(str(HoldUnusable.__doc__))
        begun = select(ErasureRequest.started_at).where(ErasureRequest.candidate_id == candidate_id)
        if session.exec(begun).first() is not None:
            raise ErasureBegun(str(ErasureBegun.__doc__))
    elif session.exec(select(Position.id).where(Position.key == position_key).limit(1)).first() is None:
        raise HoldUnusable(str(HoldUnusable.__doc__))
    wrapped = keys.new_wrapped_key()
    hold = LegalHold(
        id=new_id(),
        candidate_id=candidate_id,
        position_key=position_key,
        wrapped_key=wrapped,
        reason_sealed=keys.unwrap(wrapped).seal(reason, PURPOSE),
        placed_by=by.name,
        placed_at=now(),
    )
    session.add(hold)
    record(session, by, "legal_hold_placed", candidate_id or f"position:{position_key}")
    return hold.id


def release_hold(session: Session, by: Account, hold_id: str) -> None:
    """Let a hold go; a request that it held back is carried out now. Raises HoldUnknown."""
    hold = session.get(LegalHold, hold_id, with_for_update=True)
    if hold is None or hold.released_at is not None:
        raise HoldUnknown(str(HoldUnknown.__doc__))
    hold.released_at, hold.released_by = now(), by.name
    record(session, by, "legal_hold_released", hold.candidate_id or f"position:{hold.position_key}")


def is_held(session: Session, candidate_id: str) -> bool:
    """True while a hold covers the candidate, or a position that they are or were interviewed for."""
    positions = (
        select(Position.key)
        .join(Interview, col(Interview.position_id) == Position.id)
        .where(Interview.candidate_id == candidate_id)
    )
    standing = select(LegalHold.id).where(
        col(LegalHold.released_at).is_(None),
        or_(col(LegalHold.candidate_id) == candidate_id, col(LegalHold.position_key).in_(positions)),
    )
    return session.exec(standing.limit(1)).first() is not None


def held_back(session: Session) -> Sequence[ErasureRequest]:
    """Open requests that a hold keeps from being carried out."""
    rows = select(ErasureRequest).where(col(ErasureRequest.held_at).is_not(None))
    return session.exec(rows.where(col(ErasureRequest.finished_at).is_(None))).all()


def read_holds(session: Session, keys: KeyRing) -> list[HoldLine]:
    """Every hold, those that stand first, then the newest."""
    rows = session.exec(select(LegalHold).order_by(col(LegalHold.placed_at).desc())).all()
    return [
        HoldLine(
            row.id,
            row.candidate_id,
            row.position_key,
            keys.unwrap(row.wrapped_key).open(row.reason_sealed, PURPOSE) if row.wrapped_key is not None else None,
            row.placed_by,
            row.placed_at,
            row.released_by,
            row.released_at,
        )
        for row in sorted(rows, key=lambda one: one.released_at is not None)
    ]


def alone_with_holds(session: Session) -> None:
    """Until the transaction ends nobody else places a hold or begins an erasure: of the two that meet one is first."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(7165)"))  # SQLite has one writer at a time anyway
