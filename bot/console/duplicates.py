"""Two candidates who may be one person: what a person says of them, which can be taken back.

Nothing is merged into one row: each keeps the key, the external id and the consent of its own. A pair that is one person
shows each other's interviews.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from sqlmodel import Session, col, or_, select

from bot.accounts import Account, record
from bot.scope import seen_candidates, seen_interviews
from bot.services import Services
from bot.status import Status, status_of
from core.clock import now
from core.errors import CandidateErased, Refused
from core.tables import Candidate, Interview, Position, PossibleDuplicate, Report
from hr_bridge.delivery import is_delivered

Verdict = Literal["same", "different"]
VERDICTS: Final[tuple[Verdict, ...]] = ("same", "different")
SHOWN: Final = 50
"""Pairs on the page: those that wait, the earliest first; then those that were settled, the latest first."""


class PairUnknown(Refused):
    """There is no such pair."""


class PairSettled(Refused):
    """Somebody else has said something of this pair meanwhile."""


@dataclass(frozen=True, slots=True)
class HeldInterview:
    """One interview of a person, as far as a list needs it."""

    id: str
    position_title: dict[str, str]
    status: Status
    invited_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Somebody:
    """One of a pair."""

    name: str
    contacts: tuple[str, ...]
    external_id: str | None
    origin: str | None
    interviews: tuple[HeldInterview, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """`alike_in` holds `phone`, `email` or both."""

    row: PossibleDuplicate
    alike_in: tuple[str, ...]
    first: Somebody
    second: Somebody


def read_pairs(services: Services, *, settled: bool, by: Account) -> list[Pair]:
    """Pairs that wait for a word, or those that have one; `by` sees both of each. A pair of whom one was erased is no pair any more."""
    pairs = []
    with services.database.reading() as session:
        wanted = select(PossibleDuplicate).where(
            col(PossibleDuplicate.settled_at).is_not(None) if settled else col(PossibleDuplicate.settled_at).is_(None)
        )
        if by.positions is not None:
            seen = select(Candidate.id).where(seen_candidates(by))
            wanted = wanted.where(col(PossibleDuplicate.first_id).in_(seen), col(PossibleDuplicate.second_id).in_(seen))
        order = col(PossibleDuplicate.settled_at).desc() if settled else col(PossibleDuplicate.found_at)
        for row in session.exec(wanted.order_by(order).limit(SHOWN)):
            try:
                first, second = (_somebody(services, session, one, by) for one in (row.first_id, row.second_id))
            except CandidateErased:
                continue
            pairs.append(Pair(row, tuple(row.alike_in.split(",")), first, second))
    return pairs


def settle(services: Services, pair_id: str, verdict: Verdict | None, by: Account) -> None:
    """Say whether the two are one person; None takes back what was said. Raises PairUnknown, or PairSettled when
    somebody was faster with another word."""
    with services.database.unit_of_work() as session:
        row = session.get(PossibleDuplicate, pair_id, with_for_update=True)
        if row is None:
            raise PairUnknown("there is no such pair")
        if row.verdict == verdict:
            return
        if row.verdict is not None and verdict is not None:
            raise PairSettled("somebody has settled this pair")
        row.verdict = verdict
        row.settled_at = now() if verdict else None
        row.settled_by = by.name if verdict else None
        record(session, by, f"duplicate:{verdict or 'reopened'}", pair_id)


def interviews_elsewhere(session: Session, candidate_id: str, by: Account) -> tuple[HeldInterview, ...]:
    """Interviews that the same person holds under other candidates, as people have said."""
    known, found = {candidate_id}, [candidate_id]
    while found:
        one = found.pop()
        pairs = select(PossibleDuplicate.first_id, PossibleDuplicate.second_id).where(
            or_(PossibleDuplicate.first_id == one, PossibleDuplicate.second_id == one),
            PossibleDuplicate.verdict == "same",
        )
        others = {other for pair in session.exec(pairs) for other in pair}
        found += others - known
        known |= others
    return tuple(each for other in sorted(known - {candidate_id}) for each in _interviews(session, other, by))


def _somebody(services: Services, session: Session, candidate_id: str, by: Account) -> Somebody:
    candidate = session.get_one(Candidate, candidate_id)
    key = services.keys.unwrap(candidate.wrapped_key)
    sealed = (candidate.phone_sealed, candidate.email_sealed)
    origins = session.exec(select(Interview.origin).where(Interview.candidate_id == candidate_id)).all()
    return Somebody(
        name=key.open(candidate.name_sealed),
        contacts=tuple(key.open(each) for each in sealed if each),
        external_id=candidate.external_id,
        origin=next((origin for origin in origins if origin), None),
        interviews=_interviews(session, candidate_id, by),
    )


def _interviews(session: Session, candidate_id: str, by: Account) -> tuple[HeldInterview, ...]:
    held = session.exec(
        select(Interview, Position)
        .join(Position, col(Interview.position_id) == col(Position.id))
        .where(Interview.candidate_id == candidate_id, seen_interviews(by))
        .order_by(col(Interview.invited_at))
    )
    return tuple(
        HeldInterview(
            id=interview.id,
            position_title=cast("dict[str, str]", position.profile["title"]),
            status=status_of(interview, _has_report(session, interview.id), is_delivered(session, interview.id), now()),
            invited_at=interview.invited_at,
        )
        for interview, position in held.all()
    )


def _has_report(session: Session, interview_id: str) -> bool:
    return session.exec(select(Report.id).where(Report.interview_id == interview_id)).first() is not None
