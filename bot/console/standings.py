"""How all interviews stand, read in a few queries of few columns, for lists of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.status import Status, status_of
from core.tables import Decision, Delivery, Interview, Position, Report


@dataclass(frozen=True, slots=True)
class Outcome:
    """The newest report's match and level."""

    match: float | None
    level: str | None


NOTHING_YET: Final = Outcome(None, None)


@dataclass(frozen=True, slots=True)
class Standings:
    """By interview id, or for the positions by theirs."""

    outcomes: Mapping[str, Outcome]
    decisions: Mapping[str, str]
    delivered: frozenset[str]
    parked: frozenset[str]
    positions: Mapping[str, tuple[str, Mapping[str, Any]]]
    """Position id → (key, profile)."""

    def status(self, interview: Interview, now: datetime) -> Status:
        return status_of(interview, interview.id in self.outcomes, interview.id in self.delivered, now)


def read_standings(session: Session) -> Standings:
    # Oldest first, so that in these dictionaries the newest row of an interview is the one that stays.
    reports = session.exec(select(Report.interview_id, Report.match, Report.level).order_by(col(Report.version)))
    decisions = session.exec(select(Decision.interview_id, Decision.value).order_by(col(Decision.version)))
    sent: set[str] = set()
    underway: set[str] = set()
    parked: set[str] = set()
    for interview_id, kind, state in session.exec(select(Delivery.interview_id, Delivery.kind, Delivery.state)):
        if state == "parked":
            parked.add(interview_id)
        if kind == "result":
            (sent if state == "sent" else underway).add(interview_id)
    return Standings(
        outcomes={interview_id: Outcome(match, level) for interview_id, match, level in reports},
        decisions=dict(decisions.all()),
        delivered=frozenset(sent - underway),  # as hr_bridge.delivery.is_delivered, for all at once
        parked=frozenset(parked),
        positions={row.id: (row.key, row.profile) for row in session.exec(select(Position))},
    )
