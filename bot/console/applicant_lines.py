"""Who applied in the HR system, as the console lists them: what became of each, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import true
from sqlmodel import Session, col, func, select

from bot.accounts import Account
from bot.outreach.applicant_invitation import CONNECTOR, NO_OBSTACLE, Told
from bot.services import Services
from core.content import Language
from core.errors import CandidateErased
from core.tables import Applicant, Interview, PollCursor, Position

PER_PAGE: Final = 50
UNTAKEN: Final = ("job_unmapped", "never", "position_unknown")
"""Problems of a job and not of a person; those applicants are counted and not listed."""


@dataclass(frozen=True, slots=True, repr=False)
class ApplicantLine:
    """One applicant; `name` is None where nothing about the person is kept (any more)."""

    id: str
    remote_id: str
    name: str | None
    position_title: str
    arrived_at: datetime
    standing: str
    problem: str | None
    resume: str
    """`read`, `none`, or why it could not be read."""
    interview_id: str | None

    @property
    def can_be_invited(self) -> bool:
        waits = self.interview_id is None and self.standing == "open" and self.name is not None
        return waits and self.problem in NO_OBSTACLE


@dataclass(frozen=True, slots=True)
class Untaken:
    """Applicants for a job that nobody is interviewed for here."""

    job_id: str | None
    job_title: str | None
    problem: str
    count: int


@dataclass(frozen=True, slots=True)
class ApplicantList:
    """One page of them, those who wait for a person first; `problem` is why the last look did not come through."""

    lines: Sequence[ApplicantLine]
    untaken: Sequence[Untaken]
    total: int
    waiting: int
    page: int
    vanished: int
    """Applicants that were suddenly not to be seen, and of whom a person has to say whether they are deleted."""
    looked_at: datetime | None
    problem: str | None

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


def list_applicants(services: Services, language: Language, page: int, by: Account) -> ApplicantList:
    """The applicants of one page that `by` sees, pages counted from 1. Those for jobs that are no position of ours are
    told to the unlimited alone."""
    in_scope = true() if by.positions is None else col(Applicant.position_key).in_(by.positions)
    ours = (
        in_scope,
        Applicant.connector == CONNECTOR,
        col(Applicant.problem).is_(None) | col(Applicant.problem).not_in(UNTAKEN),
    )
    waits = col(Applicant.interview_id).is_(None) & (Applicant.standing == "open")
    described = col(Applicant.interview_id).is_not(None) | col(Applicant.told_sealed).is_not(None)
    kept = (*ours, described | (Applicant.problem == "fault"))
    with services.database.reading() as session:
        total = session.exec(select(func.count()).select_from(Applicant).where(*kept)).one()
        waiting = session.exec(select(func.count()).select_from(Applicant).where(*kept, waits)).one()
        page = min(page, max(1, -(-total // PER_PAGE)))
        rows = session.exec(
            select(Applicant)
            .where(*kept)
            .order_by(waits.desc(), col(Applicant.id).desc())
            .offset((page - 1) * PER_PAGE)
            .limit(PER_PAGE)
        ).all()
        titles = {
            row.key: row.profile["title"][language] for row in session.exec(select(Position).order_by(Position.id))
        }
        cursor = session.get(PollCursor, CONNECTOR)
        return ApplicantList(
            [_line(services, session, row, titles) for row in rows],
            _untaken(session) if by.positions is None else [],
            total,
            waiting,
            page,
            cursor.vanished if cursor and by.positions is None else 0,
            cursor.polled_at if cursor else None,
            cursor.problem if cursor else None,
        )


def _line(services: Services, session: Session, row: Applicant, titles: dict[str, str]) -> ApplicantLine:
    name = None
    try:
        if row.told_sealed is not None:
            if row.interview_id is not None:
                key = services.key_of(session, session.get_one(Interview, row.interview_id))
            else:
                key = services.keys.unwrap(row.wrapped_key)
            name = Told.open(row.told_sealed, key).name
    except CandidateErased:
        name = None
    return ApplicantLine(
        id=row.id,
        remote_id=row.remote_id,
        name=name,
        position_title=titles.get(row.position_key or "", row.position_key or row.job_title or "–"),
        arrived_at=row.arrived_at,
        standing=row.standing,
        problem=row.problem,
        resume=row.resume_problem or ("read" if row.resume_mark else "none"),
        interview_id=row.interview_id,
    )


def _untaken(session: Session) -> list[Untaken]:
    rows = session.exec(
        select(Applicant.job_id, func.max(Applicant.job_title), Applicant.problem, func.count())
        .where(Applicant.connector == CONNECTOR, Applicant.standing == "open", col(Applicant.problem).in_(UNTAKEN))
        .group_by(col(Applicant.job_id), col(Applicant.problem))
        .order_by(func.count().desc())
    )
    return [Untaken(job_id, title, problem or "", count) for job_id, title, problem, count in rows]
