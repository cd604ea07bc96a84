"""How far reviewers who rate blind agree with the scorer, and how long a review takes. Pure, but for the reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, true
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.scope import seen_interviews
from core.tables import AuditEntry, Interview, Recording, Report, ReviewerRating

FEWEST: Final = 10
"""Ratings below which no figure is given: it would be chance."""
IDLE_AFTER: Final = timedelta(minutes=5)
"""A longer gap counts as this much: somebody has left the desk."""
LEVELS: Final = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Agreement:
    """`kappa` and `difference` (reviewer minus scorer, in levels) are None under FEWEST ratings."""

    name: str
    count: int
    kappa: float | None
    difference: float | None


@dataclass(frozen=True, slots=True)
class ReviewTimes:
    """How many reviews ended in a decision in a month, and their middle length in minutes."""

    month: str
    count: int
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Review:
    """One review that ended in a decision, and its length in minutes."""

    interview_id: str
    decided_at: datetime
    minutes: float


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the audit log about one interview, and when that person did the next thing, whatever it was."""

    at: datetime
    next_at: datetime | None


def weighted_kappa(pairs: Sequence[tuple[int, float]]) -> float | None:
    """Quadratic weighted kappa of (reviewer's level, scorer's level, rounded), levels 1 to 5.

    J. Cohen, "Weighted kappa", Psychological Bulletin 70 (1968). None where one side always says the same, both alike.
    """
    rounded = [(a, min(5, max(1, int(b + 0.5)))) for a, b in pairs]
    if not rounded:
        return None
    count = len(rounded)
    first = {level: sum(a == level for a, _ in rounded) for level in LEVELS}
    second = {level: sum(b == level for _, b in rounded) for level in LEVELS}
    observed = sum((a - b) ** 2 for a, b in rounded)
    by_chance = sum((i - j) ** 2 * first[i] * second[j] for i in LEVELS for j in LEVELS) / count
    return 1 - observed / by_chance if by_chance else None


def agreement(name: str, pairs: Sequence[tuple[int, float]]) -> Agreement:
    """The figures of one month or competency, where there are enough ratings."""
    if len(pairs) < FEWEST:
        return Agreement(name, len(pairs), None, None)
    return Agreement(name, len(pairs), weighted_kappa(pairs), fmean(a - b for a, b in pairs))


def review_time(acts: Iterable[Act], decided_at: datetime) -> timedelta:
    """The time that one person spent on one interview before they decided: from each of their acts on it to their next
    one, each gap at most IDLE_AFTER."""
    gaps = (min(act.next_at or decided_at, decided_at) - act.at for act in acts if act.at < decided_at)
    return sum((min(gap, IDLE_AFTER) for gap in gaps), timedelta())


def read_agreement(session: Session, by: Account) -> tuple[tuple[Agreement, ...], tuple[Agreement, ...]]:
    """Blind ratings by month, the newest first, and by competency."""
    months: dict[str, list[tuple[int, float]]] = defaultdict(list)
    competencies: dict[str, list[tuple[int, float]]] = defaultdict(list)
    rows = select(ReviewerRating).where(col(ReviewerRating.blind), col(ReviewerRating.machine_level).is_not(None))
    rows = rows.where(_is_seen(col(ReviewerRating.interview_id), by))
    for row in session.exec(rows):
        pair = (row.level, row.machine_level or 0.0)
        months[f"{row.given_at:%Y-%m}"].append(pair)
        competencies[row.competency].append(pair)
    return (
        tuple(agreement(month, months[month]) for month in sorted(months, reverse=True)),
        tuple(agreement(key, competencies[key]) for key in sorted(competencies)),
    )


def read_review_times(session: Session, by: Account) -> tuple[ReviewTimes, ...]:
    """By month, the newest first: the decisions of people who had opened the interview themselves."""
    seen = None if by.positions is None else set(session.exec(select(Interview.id).where(seen_interviews(by))))
    spent: dict[str, list[float]] = defaultdict(list)
    for review in read_reviews(session):
        if seen is None or review.interview_id in seen:
            spent[f"{review.decided_at:%Y-%m}"].append(review.minutes)
    return tuple(ReviewTimes(month, len(spent[month]), median(spent[month])) for month in sorted(spent, reverse=True))


def read_reviews(session: Session) -> Iterator[Review]:
    """Every decision of somebody who had opened the interview themselves, the oldest first."""
    owners = _owners(session)
    acts: dict[tuple[str, str], list[Act]] = defaultdict(list)
    last: dict[str, tuple[datetime, str]] = {}
    # Columns and not rows: the log is the longest table of all.
    people: Any = columns(
        col(AuditEntry.actor), col(AuditEntry.action), col(AuditEntry.subject), col(AuditEntry.at)
    ).where(col(AuditEntry.actor).startswith("user:"))
    for actor, action, subject, at in session.execute(people.order_by(col(AuditEntry.at), col(AuditEntry.id))):
        before = last.pop(actor, None)
        if before is not None:
            acts[actor, before[1]].append(Act(before[0], at))
        interview_id = owners.get(subject, subject)
        if action.startswith("decided:"):
            done = acts.pop((actor, interview_id), [])
            if done:
                yield Review(interview_id, at, review_time(done, at) / timedelta(minutes=1))
        else:
            last[actor] = (at, interview_id)


def _is_seen(interview_id: Any, by: Account) -> ColumnElement[bool]:
    if by.positions is None:
        return true()
    return cast("ColumnElement[bool]", interview_id.in_(select(Interview.id).where(seen_interviews(by))))


def _owners(session: Session) -> Mapping[str, str]:
    """Report or recording → its interview."""
    reports = session.exec(select(Report.id, Report.interview_id))
    recordings = session.exec(select(Recording.id, Recording.interview_id))
    return {subject: interview for rows in (reports, recordings) for subject, interview in rows}
