"""Employees with a past, as rows that imports would have left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from core.clock import now
from core.encryption import KeyRing
from core.tables import (
    Candidate,
    CompetencyRating,
    Employee,
    EmployeeExit,
    Hire,
    Interview,
    PerformanceRating,
    Position,
    Report,
    new_id,
)
from hr_bridge.imports.employee_keepers import PURPOSE


def keep_hire(
    session: Session,
    keys: KeyRing,
    position: Position,
    scores: Mapping[str, float | None],
    *,
    appraisals: Mapping[str, float] | None = None,
    started_on: date | None = None,
    left: tuple[date, str | None] | None = None,
    package: Mapping[str, object] | None = None,
) -> str:
    """Somebody who was interviewed and hired; the employee's id."""
    wrapped = keys.new_wrapped_key()
    name = new_id()
    candidate = Candidate(
        wrapped_key=wrapped, name_sealed=keys.unwrap(wrapped).seal("王小明"), external_id=name, created_at=now()
    )
    session.add(candidate)
    session.flush()
    started_on = started_on or now().date() - timedelta(days=500)
    interviewed = datetime.combine(started_on - timedelta(days=20), time(), UTC)
    interview = Interview(
        candidate_id=candidate.id,
        position_id=position.id,
        language="zh",
        invited_at=interviewed,
        expires_at=interviewed + timedelta(days=7),
        finished_at=interviewed,
    )
    session.add(interview)
    session.flush()
    keep_report(session, interview, scores)
    employee = keep_employee(session, keys, appraisals, left)
    key = keys.unwrap(session.get_one(Employee, employee).wrapped_key)
    told = {"base": None, "currency": None, "period": None, "months": None, "bonus_share": None} | dict(package or {})
    session.add(
        Hire(
            candidate_external_id=name,
            employee_id=employee,
            started_on=started_on,
            sealed=key.seal(json.dumps(told), PURPOSE),
            source="hires.csv",
            imported_at=now(),
        )
    )
    session.flush()
    return employee


def keep_report(session: Session, interview: Interview, scores: Mapping[str, float | None], version: int = 1) -> None:
    session.add(
        Report(
            interview_id=interview.id,
            version=version,
            position_id=interview.position_id,
            match=None,
            core_match=None,
            level=None,
            competencies=[{"key": key, "score": score} for key, score in scores.items()],
            model="tests",
            reported_at=now(),
        )
    )


def keep_employee(
    session: Session,
    keys: KeyRing,
    appraisals: Mapping[str, float] | None = None,
    left: tuple[date, str | None] | None = None,
) -> str:
    employee = Employee(external_id=new_id(), wrapped_key=keys.new_wrapped_key(), created_at=now())
    session.add(employee)
    session.flush()
    key = keys.unwrap(employee.wrapped_key)
    for period, position in (appraisals or {}).items():
        told = json.dumps({"rating": "?", "scale": "1-5", "position": position})
        session.add(
            PerformanceRating(
                employee_id=employee.id,
                period=period,
                sealed=key.seal(told, PURPOSE),
                source="performance.csv",
                imported_at=now(),
            )
        )
    if left is not None:
        session.add(
            EmployeeExit(
                employee_id=employee.id,
                left_on=left[0],
                sealed=key.seal(json.dumps({"reason": left[1]}), PURPOSE),
                source="exits.csv",
                imported_at=now(),
            )
        )
    session.flush()
    return employee.id


def keep_rating(
    session: Session, keys: KeyRing, employee: str, competency: str, position: float, family: str | None, period: str
) -> None:
    key = keys.unwrap(session.get_one(Employee, employee).wrapped_key)
    session.add(
        CompetencyRating(
            employee_id=employee,
            period=period,
            competency=competency,
            family=family,
            sealed=key.seal(json.dumps({"rating": "?", "scale": "1-5", "position": position}), PURPOSE),
            source="ratings.csv",
            imported_at=now(),
        )
    )
