"""All interviews as a recruiter sees them: searched, filtered, and the ones that wait for a person first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select as columns
from sqlmodel import Session, col

from bot.accounts import Account
from bot.console.letter_lines import is_no_show, read_reached
from bot.console.review_queue import unblinded
from bot.console.standings import NOTHING_YET, read_standings
from bot.identity import masked
from bot.scope import seen_interviews
from bot.services import Services
from bot.status import OPEN, Status
from core.clock import now
from core.tables import Candidate, Interview

PER_PAGE: Final = 50
SORTS: Final = ("urgency", "newest", "match")
TO_DECIDE: Final = "to_decide"
"""A filter beside the statuses: reported, and nobody has decided or it is on hold."""
_POINTS_IN_TIME: Final = ("invited_at", "expires_at", "consented_at", "finished_at", "withdrawn_at", "human_asked_at")


@dataclass(frozen=True, slots=True, repr=False)
class ListedInterview:
    """One row. `name` is None once the candidate was erased; `since` is the moment that the status began. `match` and
    `level` are None too where the reader still has to rate blind."""

    id: str
    candidate_id: str
    position_key: str
    position_title: Mapping[str, str]
    language: str
    status: Status
    since: datetime
    match: float | None
    level: str | None
    decision: str | None
    wants_person: bool
    delivery_parked: bool
    opened: bool
    """The candidate has opened the link."""
    bounced: bool
    """A letter could not be delivered."""
    no_show: bool
    """Nobody came, and what could be done without a person was done."""
    name: str | None = None
    contact: str = ""

    @property
    def to_decide(self) -> bool:
        return self.status in (Status.SCORED, Status.DELIVERED) and self.decision in (None, "hold")


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What the recruiter asked for; empty strings mean everything."""

    text: str = ""
    position: str = ""
    status: str = ""
    sort: str = "urgency"
    page: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class InterviewPage:
    """One page of the list. `counts` tells how many there are per filter before the status filter is applied."""

    rows: Sequence[ListedInterview]
    total: int
    page: int
    pages: int
    counts: Mapping[str, int]
    position_titles: Mapping[str, Mapping[str, str]]


def list_interviews(services: Services, wanted: ListFilter, by: Account) -> InterviewPage:
    """The interviews that match `wanted` and that `by` sees. Names are sealed, so they are searched after opening, in memory."""
    with services.database.reading() as session:
        everything = _all_rows(session, by)
        titles = {row.position_key: row.position_title for row in everything}
        found = [row for row in everything if wanted.position in ("", row.position_key)]
        if wanted.text.strip():
            people = _people(services, session)
            found = [row for row in found if _matches(row, wanted.text, people)]
        counts = Counter(str(row.status) for row in found)
        counts[TO_DECIDE] = sum(row.to_decide for row in found)
        counts[""] = len(found)
        if wanted.status:
            found = [
                row for row in found if row.status == wanted.status or (wanted.status == TO_DECIDE and row.to_decide)
            ]
        found.sort(key=_urgency)
        if wanted.sort == "newest":
            found.sort(key=lambda row: row.id, reverse=True)
        elif wanted.sort == "match":
            found.sort(key=lambda row: -1.0 if row.match is None else row.match, reverse=True)
        pages = max(1, -(-len(found) // PER_PAGE))
        page = min(max(1, wanted.page), pages)
        shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
        people = _people(services, session, {row.candidate_id for row in shown})
    return InterviewPage([_named(row, people) for row in shown], len(found), page, pages, counts, titles)


def _all_rows(session: Session, by: Account) -> list[ListedInterview]:
    """Columns and not rows, and no name opened: a position may have thousands of candidates, and a page shows fifty."""
    standings, moment, reached = read_standings(session), now(), read_reached(session)
    blind = {id_ for id_, (_, profile) in standings.positions.items() if profile.get("review", {}).get("blind_review")}
    open_to = unblinded(session, by) if blind else frozenset()
    read = ("id", "candidate_id", "position_id", "language", *_POINTS_IN_TIME)
    course: Iterable[Any] = session.execute(
        columns(*(col(getattr(Interview, name)) for name in read)).where(seen_interviews(by))
    )
    rows = []
    for interview in course:
        is_blind = interview.position_id in blind and interview.id not in open_to
        outcome = NOTHING_YET if is_blind else standings.outcomes.get(interview.id, NOTHING_YET)
        decision = standings.decisions.get(interview.id)
        position_key, profile = standings.positions[interview.position_id]
        status = standings.status(interview, moment)
        rows.append(
            ListedInterview(
                id=interview.id,
                candidate_id=interview.candidate_id,
                position_key=position_key,
                position_title=profile["title"],
                language=interview.language,
                status=status,
                since=_since(interview, status),
                match=outcome.match,
                level=outcome.level,
                decision=decision,
                wants_person=interview.human_asked_at is not None and decision is None,
                delivery_parked=interview.id in standings.parked,
                opened=interview.id in reached.opened,
                bounced=status in OPEN and interview.id in reached.bounced,
                no_show=is_no_show(interview, reached, moment),
            )
        )
    return rows


def _people(
    services: Services, session: Session, candidate_ids: Collection[str] | None = None
) -> Mapping[str, tuple[str, str]]:
    """Candidate id → (name, phone or else e-mail), opened, of these or of all; the erased are left out."""
    sealed: Any = (
        columns(col(Candidate.id), col(Candidate.wrapped_key), col(Candidate.name_sealed))
        .add_columns(col(Candidate.phone_sealed), col(Candidate.email_sealed))
        .where(col(Candidate.wrapped_key).is_not(None))
    )
    if candidate_ids is not None:
        sealed = sealed.where(col(Candidate.id).in_(candidate_ids))
    people = {}
    for candidate_id, wrapped_key, name, phone, email in session.execute(sealed):
        key, contact = services.keys.unwrap(wrapped_key), phone or email
        people[candidate_id] = key.open(name), key.open(contact) if contact else ""
    return people


def _named(row: ListedInterview, people: Mapping[str, tuple[str, str]]) -> ListedInterview:
    if row.candidate_id not in people:
        return row
    name, contact = people[row.candidate_id]
    return replace(row, name=name, contact=masked(contact) if contact else "")


def _since(interview: Interview, status: Status) -> datetime:
    if status is Status.WITHDRAWN and interview.withdrawn_at is not None:
        return interview.withdrawn_at
    if status is Status.EXPIRED:
        return interview.expires_at
    if status is Status.IN_PROGRESS and interview.consented_at is not None:
        return interview.consented_at
    return interview.finished_at or interview.invited_at


def _matches(row: ListedInterview, wanted: str, people: Mapping[str, tuple[str, str]]) -> bool:
    """Whether name, position or at least four digits of the phone are what is searched for."""
    text = wanted.casefold().strip()
    name, contact = people.get(row.candidate_id, ("", ""))
    digits = text.replace(" ", "").replace("-", "").lstrip("+")
    return (
        text in name.casefold()
        or any(text in title.casefold() for title in row.position_title.values())
        or (len(digits) >= 4 and digits.isdigit() and "@" not in contact and digits in contact)
    )


def _urgency(row: ListedInterview) -> tuple[int, float]:
    """Who wants a person, then what waits for a decision, then what goes on; within each the longest wait first."""
    if row.wants_person and row.status in OPEN:
        return 0, row.since.timestamp()
    if row.to_decide:
        return 1 if row.decision is None else 2, row.since.timestamp()
    if row.bounced:
        return 2, row.since.timestamp()
    order = (Status.IN_PROGRESS, Status.COMPLETED, Status.INVITED, Status.EXPIRED, Status.WITHDRAWN)
    if row.status in order:
        return 3 + order.index(row.status), row.since.timestamp()
    return 3 + len(order), -row.since.timestamp()
