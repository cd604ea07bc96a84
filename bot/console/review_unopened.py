"""Who has waited unopened for five days: expired, or below the line. It is a list for people, never a rejection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from bot.accounts import Account
from bot.scope import seen_interviews
from bot.services import Services
from core.clock import now
from core.content import Language
from core.tables import AuditEntry, Candidate, Decision, Interview, Position, Report

UNOPENED_FOR: Final = timedelta(days=5)
MOST_SHOWN: Final = 200
Why = Literal["expired", "below_line"]


@dataclass(frozen=True, slots=True, repr=False)
class Unopened:
    """One interview that no person has opened."""

    id: str
    name: str
    position_title: str
    why: Why
    since: datetime


def read_unopened(services: Services, language: Language, by: Account) -> Sequence[Unopened]:
    """Those that `by` sees, the longest forgotten first, at most MOST_SHOWN."""
    before = now() - UNOPENED_FOR
    with services.database.reading() as session:
        positions = {position.id: position.profile for position in session.exec(select(Position))}
        found = [*_expired(session, before, by), *_below_line(session, before, positions, by)]
        found.sort(key=lambda each: each.since)
        shown = found[:MOST_SHOWN]
        people = (
            select(Interview.id, Candidate)
            .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
            .where(col(Interview.id).in_([each.id for each in shown]))
        )
        candidates = dict(session.exec(people).all())
    return [
        Unopened(
            id=each.id,
            name=services.keys.unwrap(candidates[each.id].wrapped_key).open(candidates[each.id].name_sealed),
            position_title=positions[each.position_id]["title"][language],
            why=each.why,
            since=each.since,
        )
        for each in shown
    ]


@dataclass(frozen=True, slots=True)
class _Found:
    id: str
    position_id: str
    why: Why
    since: datetime


def _expired(session: Session, before: datetime, by: Account) -> list[_Found]:
    rows: Any = (
        columns(col(Interview.id), col(Interview.position_id), col(Interview.expires_at))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(
            col(Interview.finished_at).is_(None),
            col(Interview.expires_at) <= before,
            col(Interview.withdrawn_at).is_(None),
            col(Candidate.wrapped_key).is_not(None),
            col(Interview.id).not_in(_opened()),
            seen_interviews(by),
        )
    )
    return [_Found(id_, position, "expired", since) for id_, position, since in session.execute(rows)]


def _below_line(
    session: Session, before: datetime, positions: Mapping[str, Mapping[str, Any]], by: Account
) -> list[_Found]:
    later = aliased(Report)
    rows: Any = (
        columns(col(Interview.id), col(Report.position_id), col(Report.match), col(Report.reported_at))
        .join(Report, col(Report.interview_id) == col(Interview.id))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(
            ~exists().where(col(later.interview_id) == Report.interview_id, col(later.version) > Report.version),
            col(Report.reported_at) <= before,
            col(Interview.id).not_in(select(Decision.interview_id)),
            col(Interview.withdrawn_at).is_(None),
            col(Candidate.wrapped_key).is_not(None),
            col(Interview.id).not_in(_opened()),
            seen_interviews(by),
        )
    )
    return [
        _Found(id_, position, "below_line", since)
        for id_, position, match, since in session.execute(rows)
        if match is None or match < float(positions[position]["pass_line"])
    ]


def _opened() -> Any:
    """A subquery: what people have read. It is found once; asked for anew for each interview, five thousand of them took
    half a minute."""
    return select(AuditEntry.subject).where(
        AuditEntry.action == "report_read", col(AuditEntry.actor).startswith("user:")
    )
