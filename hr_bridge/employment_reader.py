"""Records of being hired and of leaving, read for `employment.py`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from core.encryption import KeyRing
from core.tables import Applicant, Candidate, Employee, EmployeeExit, Hire, Interview
from hr_bridge.employment import Exit, HireLine
from hr_bridge.imports.employee_keepers import PURPOSE


def read_hire_lines(session: Session) -> list[HireLine]:
    """Everything that files and applications tell; whoever was erased as an employee is left out. A candidate goes by
    the HR system's id, by ours where it gave none, whichever of them a file named."""
    in_files = columns(
        func.coalesce(col(Candidate.external_id), col(Hire.candidate_external_id)),
        col(Hire.employee_id),
        col(Hire.started_on),
        col(Hire.sealed),
    ).join(Employee, col(Employee.id) == col(Hire.employee_id))
    in_files = in_files.join(Candidate, col(Candidate.id) == col(Hire.candidate_external_id), isouter=True)
    found = [HireLine(*row) for row in session.execute(in_files.where(col(Employee.wrapped_key).is_not(None)))]
    over_there = (
        columns(func.coalesce(col(Candidate.external_id), col(Candidate.id)), col(Applicant.hired_on))
        .join(Interview, col(Interview.id) == col(Applicant.interview_id))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .where(col(Applicant.hired_on).is_not(None))
    )
    return found + [HireLine(name, None, day) for name, day in session.execute(over_there) if day is not None]


def read_exits(session: Session, keys: KeyRing, employees: Collection[str]) -> Mapping[str, list[Exit]]:
    """By employee, when and why they left."""
    found: dict[str, list[Exit]] = defaultdict(list)
    rows = columns(
        col(EmployeeExit.employee_id), col(EmployeeExit.left_on), col(EmployeeExit.sealed), col(Employee.wrapped_key)
    ).join(Employee, col(Employee.id) == col(EmployeeExit.employee_id))
    wanted = frozenset(employees)
    for employee, on, sealed, wrapped in session.execute(rows):
        if employee in wanted and wrapped is not None:
            found[employee].append((on, json.loads(keys.unwrap(wrapped).open(sealed, PURPOSE))["reason"]))
    return found


def exits_known_until(session: Session) -> date | None:
    """The day on which the HR system last told who left. Silence about somebody says that they stayed only up to it."""
    told_at = session.execute(columns(func.max(col(EmployeeExit.imported_at)))).scalar()
    return told_at.date() if told_at else None
