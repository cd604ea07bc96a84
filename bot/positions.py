"""Positions as rows: a changed profile is a new version, and an interview keeps the version it began with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from bot.accounts import Account, record
from core.clock import now
from core.content import Phrase, read_content
from core.database import Database
from core.errors import Refused
from core.tables import AuditEntry, Position
from hr_bridge.position import PositionInvalid, PositionProfile, check_position, load_positions
from scoring.forms import check_forms
from scoring.rubric import load_competency

ADOPTED: Final = "weights_adopted"
"""In the audit trail, beside the id of the new version."""


POLICY_CHANGED: Final = "policy_changed"
"""The same, where a person gave the position another policy."""


class PolicyAlike(Refused):
    """The position has this policy already."""


class PositionChanged(Refused):
    """There is a newer version than the one that the person had before them."""


class WeightsAlike(Refused):
    """The position has these weights already."""


class PositionUnknown(Refused):
    """There is no position with this key."""


def seed(database: Database) -> int:
    """Bring the positions of `hr_bridge/positions/*.yml` in; return how many versions were new. Where a person has
    adopted weights or changed the policy since, theirs stay."""
    with database.unit_of_work() as session:
        by_people = col(AuditEntry.action).in_((ADOPTED, POLICY_CHANGED))
        adopted = set(session.exec(select(AuditEntry.subject).where(by_people)))
        return sum(
            add_if_new(session, profile)
            for profile in load_positions()
            if (newest := _newest(session, profile.key)) is None or newest.id not in adopted
        )


def add_position(database: Database, file: Path) -> Position:
    """Take a position in from YAML, as a new version where its key is known; the version that now counts.

    Raises PositionInvalid (one sentence with the first fault), RubricMissing (a question that no library holds) or
    FormsNotParallel (two questions that may not replace each other).
    """
    profile = read_content(file, PositionProfile, PositionInvalid)
    check_usable(profile)
    with database.unit_of_work() as session:
        add_if_new(session, profile)
        session.flush()
        return newest_position(session, profile.key)


def check_usable(profile: PositionProfile) -> None:
    """See that an interview can be made of it. Raises RubricMissing or FormsNotParallel."""
    check_forms(profile)
    for competency in profile.weights:
        load_competency(competency)


def adopt_weights(
    session: Session, base: Position, weights: Mapping[str, float], reasons: Mapping[str, Phrase], by: Account
) -> Position:
    """Make a version of `base` with these weights and the reason of each, inside the caller's transaction.

    Raises PositionInvalid, PositionChanged (somebody made a newer version meanwhile) or WeightsAlike.
    """
    newest = newest_position(session, base.key)
    if newest.id != base.id:
        raise PositionChanged("somebody made a newer version of the position meanwhile")
    profile = PositionProfile.model_validate(base.profile)
    if weights == profile.weights:
        raise WeightsAlike("the position has these weights already")
    changed = profile.model_dump(mode="json")
    for competency in changed["competencies"]:
        competency["weight"] = weights[competency["key"]]
        competency["why"] = reasons[competency["key"]].model_dump()
    content = check_position(changed).model_dump(mode="json")
    position = Position(key=base.key, version=base.version + 1, profile=content, created_at=now())
    session.add(position)
    record(session, by, ADOPTED, position.id)
    return position


def change_policy(session: Session, base: Position, policy: str, by: Account) -> Position:
    """Make a version of `base` under another policy, inside the caller's transaction. Whoever was invited keeps theirs.

    Raises PositionInvalid, PositionChanged (somebody made a newer version meanwhile) or PolicyAlike.
    """
    if newest_position(session, base.key).id != base.id:
        raise PositionChanged("somebody made a newer version of the position meanwhile")
    if base.profile["policy"] == policy:
        raise PolicyAlike("the position has this policy already")
    content = check_position(base.profile | {"policy": policy}).model_dump(mode="json")
    position = Position(key=base.key, version=base.version + 1, profile=content, created_at=now())
    session.add(position)
    record(session, by, POLICY_CHANGED, position.id)
    return position


def add_if_new(session: Session, profile: PositionProfile) -> bool:
    """Add a version where the newest one says something else; whether it did."""
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


def is_closed(position: Position) -> bool:
    """Whether nobody is looked for any more for this position; its newest version tells."""
    return bool(position.profile.get("closed", False))


def newest_positions(session: Session) -> Sequence[Position]:
    """The newest version of every position, by key."""
    rows = session.exec(select(Position).order_by(col(Position.key), col(Position.version)))
    return list({row.key: row for row in rows}.values())


def _newest(session: Session, key: str) -> Position | None:
    return session.exec(select(Position).where(Position.key == key).order_by(col(Position.version).desc())).first()
