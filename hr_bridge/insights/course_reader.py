"""How far everybody came, read from the tables in a few queries of few columns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from core.encryption import KeyRing
from core.tables import (
    Applicant,
    Candidate,
    Decision,
    Device,
    Interview,
    InterviewRating,
    Letter,
    Position,
    Report,
    TelegramChat,
)
from core.tables.candidate import PSEUDONYM
from hr_bridge.channel_names import one_name
from hr_bridge.employment import NINETY_DAYS, find_hired, stay
from hr_bridge.employment_reader import exits_known_until, read_exits, read_hire_lines
from hr_bridge.insights.course import Course, RatedWhen


@dataclass(frozen=True, slots=True)
class Period:
    """Whose courses are read: invited from `since` on and before `until`, for these positions."""

    since: datetime
    until: datetime
    positions: Collection[str] | None = None
    """Keys; None means all."""


@dataclass(frozen=True, slots=True)
class _Held:
    """An interview that a hire may go back to."""

    id: str
    invited_on: date
    finished_on: date | None


def read_courses(
    session: Session, keys: KeyRing, period: Period, today: date, review_minutes: Mapping[str, float] | None = None
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
    ratings = _told(
        session, invited, col(InterviewRating.interview_id), col(InterviewRating.stars), col(InterviewRating.given_at)
    )
    hires = _hires(session, keys, today)
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
        stars, rated_at = ratings.get(interview_id, (None, None))
        started = consented is not None
        found.append(
            Course(
                id=interview_id,
                position=position.key,
                version=position.version,
                channel=one_name(origin),
                invited_at=at,
                opened=started or interview_id in opened,
                record_only=interview_id.startswith(PSEUDONYM),
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
                stars=stars,
                rated_when=_rated_when(rated_at, decision, decided_at),
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


def _hires(session: Session, keys: KeyRing, today: date) -> Mapping[str, tuple[datetime, bool | None]]:
    """Interview id → when the person was hired, and whether they stayed."""
    lines = read_hire_lines(session)
    people, _ = find_hired(lines, _interviews_of(session, {line.candidate for line in lines}))
    employees = {employee for person in people for employee in person.employees}
    exits, told_until = read_exits(session, keys, employees), exits_known_until(session)
    known_until = None if told_until is None else min(today, told_until)
    found: dict[str, tuple[datetime, bool | None]] = {}
    for person in people:
        left = [one for employee in person.employees for one in exits.get(employee, ())]
        known = stay(person.starts, left, known_until, NINETY_DAYS)[0] if person.hire.employee else None
        found[person.interview.id] = _start_of(person.hired_on), None if known is None else known > 0
    return found


def _interviews_of(session: Session, candidates: Collection[str]) -> Mapping[str, list[_Held]]:
    if not candidates:
        return {}
    rows: Any = (
        columns(col(Interview.id), col(Interview.invited_at), col(Interview.finished_at))
        .add_columns(func.coalesce(col(Candidate.external_id), col(Candidate.id)))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .order_by(col(Interview.invited_at), col(Interview.id))
    )
    found: dict[str, list[_Held]] = defaultdict(list)
    for interview_id, invited, finished, name in session.execute(rows):
        if name in candidates:
            found[name].append(_Held(interview_id, invited.date(), finished.date() if finished else None))
    return found


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _wanted(key: str, period: Period) -> bool:
    return period.positions is None or key in period.positions


def _listed(session: Session, interview_id: Any, *where: Any) -> list[str]:
    rows: Any = columns(interview_id).join(Interview, col(Interview.id) == interview_id).where(*where)
    return list(session.execute(rows).scalars())


def _ids(session: Session, interview_id: Any, *where: Any) -> set[str]:
    return set(_listed(session, interview_id, *where))


def _rated_when(rated_at: datetime | None, decision: str | None, decided_at: datetime | None) -> RatedWhen | None:
    if rated_at is None:
        return None
    if decided_at is None or rated_at < decided_at:
        return "rated_waiting"
    return "rated_passed" if decision == "advance" else "rated_other"


def _told(session: Session, where: Any, interview_id: Any, *values: Any) -> Mapping[str, tuple[Any, ...]]:
    rows: Any = columns(interview_id, *values).join(Interview, col(Interview.id) == interview_id).where(*where)
    return {owner: tuple(told) for owner, *told in session.execute(rows)}


def _newest(session: Session, where: Any, table: Any, *values: Any) -> Mapping[str, tuple[Any, ...]]:
    rows: Any = (
        columns(col(table.interview_id), *values)
        .join(Interview, col(Interview.id) == col(table.interview_id))
        .where(*where)
        .order_by(col(table.version))
    )
    return {interview_id: tuple(rest) for interview_id, *rest in session.execute(rows)}
