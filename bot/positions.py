"""Positions as rows: a changed profile is a new version, and an interview keeps the version it began with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session, col, select

from core.clock import now
from core.content import read_content
from core.database import Database
from core.errors import Refused
from core.tables import Position
from hr_bridge.position import PositionInvalid, PositionProfile, load_positions
from scoring.forms import check_forms
from scoring.rubric import load_competency


class PositionUnknown(Refused):
    """There is no position with this key."""


def seed(database: Database) -> int:
    """Bring the positions of `hr_bridge/positions/*.yml` in; return how many versions were new."""
    with database.unit_of_work() as session:
        return sum(_add_if_new(session, profile) for profile in load_positions())


def add_position(database: Database, file: Path) -> Position:
    """Take a position in from YAML, as a new version where its key is known; the version that now counts.

    Raises PositionInvalid (one sentence with the first fault), RubricMissing (a question that no library holds) or
    FormsNotParallel (two questions that may not replace each other).
    """
    profile = read_content(file, PositionProfile, PositionInvalid)
    check_forms(profile)
    for competency in profile.weights:
        load_competency(competency)
    with database.unit_of_work() as session:
        _add_if_new(session, profile)
        session.flush()
        return newest_position(session, profile.key)


def _add_if_new(session: Session, profile: PositionProfile) -> bool:
    content = profile.model_dump(mode="json")
    newest = _newest(session, profile.key)
    if newest is not None and newest.profile == content:
        return False
    version = 1 if newest is None else newest.version + 1
    session.add(Position(key=profile.key, version=version, profile=content, created_at=now()))
    return True


def newest_position(session: Session, key: str) -> Position:
    """The version that new interviews get. Raises PositionUnknown."""
    position = _newest(session, key)
    if position is None:
        raise PositionUnknown("there is no position with this key")
    return position


def is_closed(session: Session, key: str) -> bool:
    """Whether nobody is looked for any more for this position."""
    return bool(newest_position(session, key).profile.get("closed", False))


def newest_positions(session: Session) -> Sequence[Position]:
    """The newest version of every position, by key."""
    rows = session.exec(select(Position).order_by(col(Position.key), col(Position.version)))
    return list({row.key: row for row in rows}.values())


def _newest(session: Session, key: str) -> Position | None:
    return session.exec(select(Position).where(Position.key == key).order_by(col(Position.version).desc())).first()
