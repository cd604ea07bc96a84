"""How far everybody came, read from the tables in a few queries of few columns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from core.tables import (
    Applicant,
    Candidate,
    Decision,
    Device,
    EmployeeExit,
    Hire,
    Interview,
    InterviewRating,
    Letter,
    Position,
    Report,
    TelegramChat,
)
from hr_bridge.insights.course import STAY, Course


@dataclass(frozen=True, slots=True)
class Period:
    """Whose courses are read: invited from `since` on and before `until`, for these positions."""

    since: datetime
    until: datetime
    positions: Collection[str] | None = None
    """Keys; None means all."""


def read_courses(
    session: Session, period: Period, today: date, review_minutes: Mapping[str, float] | None = None
) -> Sequence[Course]:
    """Everybody invited in the period, by time of invitation; `review_minutes` by interview id."""
    invited = period.since <= col(Interview.invited_at), col(Interview.invited_at) < period.until
    versions = {row.id: row for row in session.exec(select(Position))}
    minutes = review_minutes or {}
    opened = _ids(session, col(Device.interview_id), *invited)
    opened |= _ids(session, col(TelegramChat.interview_id), *invited, col(TelegramChat.bound_at).is_not(None))
    texts = Counter(
        _listed(session, col(Letter.interview_id), *invited, Letter.channel == "sms", Letter.state == "sent")
    )
    reports = _newest(session, invited, Report, col(Report.match), col(Report.position_id))
    decisions = _newest(session, invited, Decision, col(Decision.value), col(Decision.decided_at))
    stars = _pairs(session, invited, col(InterviewRating.interview_id), col(InterviewRating.stars))
    hires = _hires(session, today)
    lines = {row.id: float(row.profile["pass_line"]) for row in versions.values()}
    rows: Any = (
        columns(col(Interview.id), col(Interview.position_id), col(Interview.origin), col(Interview.invited_at))
        .add_columns(col(Interview.consented_at), col(Interview.finished_at))
        .where(*invited)
        .order_by(col(Interview.invited_at), col(Interview.id))
    )
    found = []
    for interview_id, position_id, origin, at, consented, finished in session.execute(rows):
        position = versions[position_id]
        if not _wanted(position.key, period):
            continue
        match, judged_by = reports.get(interview_id, (None, None))
        decision, decided_at = decisions.get(interview_id, (None, None))
        hired_at, stayed = hires.get(interview_id, (None, None))
        started = consented is not None
        found.append(
            Course(
                id=interview_id,
                position=position.key,
                version=position.version,
                channel=(origin or "").strip() or None,
                invited_at=at,
                opened=started or interview_id in opened,
                started=started,
                finished=finished is not None,
                scored=match,
                reached_line=None if match is None or judged_by is None else match >= lines[judged_by],
                decided_at=decided_at,
                passed=decision == "advance",
                hired_at=hired_at,
                stayed=stayed,
                review_minutes=minutes.get(interview_id),
                texts_sent=texts[interview_id],
                stars=stars.get(interview_id),
            )
        )
    return found


def read_never_invited(session: Session, period: Period) -> Mapping[str, int]:
    """By key of the position: how many applied in the HR system in the period and have no interview here."""
    rows: Any = (
        columns(col(Applicant.position_key), func.count())
        .where(
            period.since <= col(Applicant.arrived_at),
            col(Applicant.arrived_at) < period.until,
            col(Applicant.interview_id).is_(None),
            col(Applicant.position_key).is_not(None),
        )
        .group_by(col(Applicant.position_key))
    )
    return {key: count for key, count in session.execute(rows) if _wanted(key, period)}


def _hires(session: Session, today: date) -> Mapping[str, tuple[datetime, bool | None]]:
    """Interview id → when the person was hired, and whether they stayed."""
    found: dict[str, tuple[datetime, bool | None]] = {}
    over_there: Any = columns(col(Applicant.interview_id), col(Applicant.hired_on)).where(
        col(Applicant.interview_id).is_not(None), col(Applicant.hired_on).is_not(None)
    )
    for interview_id, hired_on in session.execute(over_there):
        found[interview_id] = (_start_of(hired_on), None)
    exits: dict[str, list[date]] = defaultdict(list)
    for employee_id, left_on in session.execute(columns(col(EmployeeExit.employee_id), col(EmployeeExit.left_on))):
        exits[employee_id].append(left_on)
    # Silence about somebody tells that they stayed only up to the day of the last file that told who left.
    told_until: datetime | None = session.execute(columns(func.max(col(EmployeeExit.imported_at)))).scalar()
    in_files: Any = (
        columns(col(Interview.id), col(Interview.invited_at), col(Hire.candidate_external_id))
        .add_columns(col(Hire.employee_id), col(Hire.started_on))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .join(
            Hire,
            or_(
                col(Hire.candidate_external_id) == col(Candidate.external_id),
                col(Hire.candidate_external_id) == col(Candidate.id),
            ),
        )
        .order_by(col(Interview.invited_at))
    )
    newest: dict[tuple[str, str], tuple[str, date]] = {}
    for interview_id, at, external_id, employee_id, started_on in session.execute(in_files):
        if at.date() <= started_on:  # of several interviews of one person the last before the first day counts
            newest[external_id, employee_id] = (interview_id, started_on)
    for (_, employee_id), (interview_id, started_on) in newest.items():
        hired_at = found[interview_id][0] if interview_id in found else _start_of(started_on)
        found[interview_id] = (hired_at, _stayed(started_on, exits[employee_id], today, told_until))
    return found


def _stayed(started_on: date, left: Collection[date], today: date, told_until: datetime | None) -> bool | None:
    until = started_on + STAY
    if any(started_on <= day < until for day in left):
        return False
    if told_until is None or min(today, told_until.date()) < until:
        return None
    return True


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _wanted(key: str, period: Period) -> bool:
    return period.positions is None or key in period.positions


def _listed(session: Session, interview_id: Any, *where: Any) -> list[str]:
    rows: Any = columns(interview_id).join(Interview, col(Interview.id) == interview_id).where(*where)
    return list(session.execute(rows).scalars())


def _ids(session: Session, interview_id: Any, *where: Any) -> set[str]:
    return set(_listed(session, interview_id, *where))


def _pairs(session: Session, where: Any, interview_id: Any, value: Any) -> Mapping[str, Any]:
    rows: Any = columns(interview_id, value).join(Interview, col(Interview.id) == interview_id).where(*where)
    return {owner: one for owner, one in session.execute(rows)}


def _newest(session: Session, where: Any, table: Any, *values: Any) -> Mapping[str, tuple[Any, ...]]:
    rows: Any = (
        columns(col(table.interview_id), *values)
        .join(Interview, col(Interview.id) == col(table.interview_id))
        .where(*where)
        .order_by(col(table.version))
    )
    return {interview_id: tuple(rest) for interview_id, *rest in session.execute(rows)}
