"""Who has waited unopened for five days: expired, or below the line. It is a list for people, never a rejection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from bot.services import Services
from core.clock import now
from core.content import Language
from core.tables import AuditEntry, Candidate, Decision, Interview, Position, Report

UNOPENED_FOR: Final = timedelta(days=5)
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, repr=False)
class Unopened:
    """One interview that no person has opened."""

    id: str
    name: str
    position_title: str
    why: Literal["expired", "below_line"]
    since: datetime


def read_unopened(services: Services, language: Language) -> Sequence[Unopened]:
    """The longest forgotten first, at most MOST_SHOWN."""
    before = now() - UNOPENED_FOR
    with services.database.reading() as session:
        found = [*_expired(session, before), *_below_line(session, before)]
    found.sort(key=lambda each: each[3])
    return [
        Unopened(
            id=interview.id,
            name=services.keys.unwrap(candidate.wrapped_key).open(candidate.name_sealed),
            position_title=position.profile["title"][language],
            why="expired" if interview.finished_at is None else "below_line",
            since=since,
        )
        for interview, candidate, position, since in found[:MOST_SHOWN]
    ]


_Found = tuple[Interview, Candidate, Position, datetime]


def _expired(session: Session, before: datetime) -> list[_Found]:
    rows = (
        select(Interview, Candidate, Position)
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .join(Position, col(Position.id) == col(Interview.position_id))
        .where(
            col(Interview.finished_at).is_(None),
            Interview.expires_at <= before,
            col(Interview.withdrawn_at).is_(None),
            col(Candidate.wrapped_key).is_not(None),
            ~_opened(),
        )
    )
    return [
        (interview, candidate, position, interview.expires_at) for interview, candidate, position in session.exec(rows)
    ]


def _below_line(session: Session, before: datetime) -> list[_Found]:
    later = aliased(Report)
    rows = (
        select(Interview, Candidate, Position, Report)
        .join(Report, col(Report.interview_id) == col(Interview.id))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .join(Position, col(Position.id) == col(Report.position_id))
        .where(
            ~exists().where(col(later.interview_id) == Report.interview_id, col(later.version) > Report.version),
            Report.reported_at <= before,
            col(Interview.id).not_in(select(Decision.interview_id)),
            col(Interview.withdrawn_at).is_(None),
            col(Candidate.wrapped_key).is_not(None),
            ~_opened(),
        )
    )
    return [
        (interview, candidate, position, report.reported_at)
        for interview, candidate, position, report in session.exec(rows)
        if report.match is None or report.match < float(position.profile["pass_line"])
    ]


def _opened() -> ColumnElement[bool]:
    return exists().where(
        col(AuditEntry.subject) == Interview.id,
        col(AuditEntry.action) == "report_read",
        col(AuditEntry.actor).startswith("user:"),
    )
