"""Positions as rows: a changed profile is a new version, and an interview keeps the version it began with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from core.clock import now
from core.database import Database
from core.errors import Refused
from core.tables import Position
from hr_bridge.position import load_positions


class PositionUnknown(Refused):
    """There is no position with this key."""


def seed(database: Database) -> int:
    """Bring the positions of `hr_bridge/positions/*.yml` in; return how many versions were new."""
    added = 0
    with database.unit_of_work() as session:
        for profile in load_positions():
            content = profile.model_dump(mode="json")
            newest = _newest(session, profile.key)
            if newest is None or newest.profile != content:
                version = 1 if newest is None else newest.version + 1
                session.add(Position(key=profile.key, version=version, profile=content, created_at=now()))
                added += 1
    return added


def newest_position(session: Session, key: str) -> Position:
    """The version that new interviews get. Raises PositionUnknown."""
    position = _newest(session, key)
    if position is None:
        raise PositionUnknown("there is no position with this key")
    return position


def newest_positions(session: Session) -> Sequence[Position]:
    """The newest version of every position, by key."""
    rows = session.exec(select(Position).order_by(col(Position.key), col(Position.version)))
    return list({row.key: row for row in rows}.values())


def _newest(session: Session, key: str) -> Position | None:
    return session.exec(select(Position).where(Position.key == key).order_by(col(Position.version).desc())).first()
