"""Which positions an account sees, and therewith which candidates.

An account that is limited was given positions, branches or both; it sees the positions that either gives it. A position
belongs to the branch of its newest version, and all its versions go with it. What somebody does not see is, for them,
not there: 404 and never 403, or the refusal would tell that there is something.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, false, true
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from bot.accounts import Account
from core.tables import Candidate, Interview, Position


def sees(by: Account, position_key: str | None) -> bool:
    """Whether the position is one that this account sees; what belongs to no position is seen by the unlimited."""
    return by.positions is None or position_key in by.positions


def seen_positions(by: Account) -> ColumnElement[bool]:
    """Condition on Position."""
    return true() if by.positions is None else col(Position.key).in_(by.positions)


def seen_interviews(by: Account) -> ColumnElement[bool]:
    """Condition on Interview; `true` for the unlimited, so that their queries cost what they cost without it."""
    return interviews_of(by.positions)


def seen_candidates(by: Account) -> ColumnElement[bool]:
    """Condition on Candidate: they have, or had, an interview for a position that is seen."""
    if by.positions is None:
        return true()
    return col(Candidate.id).in_(select(Interview.candidate_id).where(seen_interviews(by)))


def interviews_of(keys: Collection[str] | None) -> ColumnElement[bool]:
    """Condition on Interview by the keys of positions; None is no limit."""
    if keys is None:
        return true()
    if not keys:
        return false()
    return col(Interview.position_id).in_(columns(col(Position.id)).where(col(Position.key).in_(keys)))


def sees_interview(session: Session, by: Account, interview_id: str) -> bool:
    """Whether there is such an interview and this account sees it."""
    found = select(Interview.id).where(Interview.id == interview_id, seen_interviews(by))
    return session.exec(found).first() is not None


def sees_candidate(session: Session, by: Account, candidate_id: str) -> bool:
    """The same for a candidate."""
    found = select(Candidate.id).where(Candidate.id == candidate_id, seen_candidates(by))
    return session.exec(found).first() is not None
