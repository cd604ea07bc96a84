"""Our own half of the HR page: what had to reach the records, when and how often it was tried, how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from bot.accounts import Account
from bot.scope import seen_interviews
from bot.services import Services
from core.content import Language
from core.errors import CandidateErased
from core.tables import Candidate, Delivery, Interview, Position
from hr_bridge.delivery import REPLAYABLE

NEWEST_SHOWN = 500


@dataclass(frozen=True, slots=True, repr=False)
class DeliveryLine:
    """One delivery with whom and what it is about; `name` is None once the candidate was erased."""

    id: str
    interview_id: str
    candidate_id: str
    name: str | None
    position_title: str
    connector: str
    kind: str
    version: int
    state: str
    attempts: int
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    sent_at: datetime | None
    problem: str | None

    @property
    def can_go_again(self) -> bool:
        """True where a person may have it sent once more: it is parked, or its receiver may have lost it."""
        return self.state == "parked" or (self.state == "sent" and self.connector in REPLAYABLE)


def delivery_lines(
    services: Services, language: Language, by: Account, candidate_id: str | None = None
) -> Sequence[DeliveryLine]:
    """The newest deliveries that `by` sees, of one candidate if given; those that did not arrive yet come first."""
    rows = (
        select(Delivery, Interview, Candidate, Position)
        .join(Interview, col(Delivery.interview_id) == col(Interview.id))
        .join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
        .join(Position, col(Interview.position_id) == col(Position.id))
        .where(seen_interviews(by))
        .order_by(col(Delivery.state) == "sent", col(Delivery.id).desc())
        .limit(NEWEST_SHOWN)
    )
    if candidate_id is not None:
        rows = rows.where(Candidate.id == candidate_id)
    with services.database.reading() as session:
        return [
            DeliveryLine(
                id=delivery.id,
                interview_id=interview.id,
                candidate_id=candidate.id,
                name=_name(services, candidate),
                position_title=position.profile["title"][language],
                connector=delivery.connector,
                kind=delivery.kind,
                version=delivery.version,
                state=delivery.state,
                attempts=delivery.attempts,
                last_attempt_at=delivery.last_attempt_at,
                next_attempt_at=delivery.next_attempt_at,
                sent_at=delivery.sent_at,
                problem=delivery.problem,
            )
            for delivery, interview, candidate, position in session.exec(rows)
        ]


def _name(services: Services, candidate: Candidate) -> str | None:
    try:
        return services.keys.unwrap(candidate.wrapped_key).open(candidate.name_sealed)
    except CandidateErased:
        return None
