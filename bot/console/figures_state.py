"""What the pages of figures depend on, in a few counts: as long as it is the same, so are they."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any, Final

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from bot.demographics import how_many_answered
from core.clock import now
from core.tables import (
    Applicant,
    Candidate,
    CompetencyRating,
    Decision,
    Device,
    Employee,
    EmployeeExit,
    EmployeePay,
    ErasedSubject,
    Hire,
    Interview,
    InterviewRating,
    Letter,
    PerformanceRating,
    Position,
    Report,
    TelegramChat,
)

_LATEST: Final[Mapping[Any, tuple[Any, ...]]] = {
    Interview: (Interview.invited_at, Interview.finished_at),
    Report: (Report.reported_at,),
    Decision: (Decision.decided_at,),
    Applicant: (Applicant.changed_at,),
    Hire: (Hire.imported_at,),
    PerformanceRating: (PerformanceRating.imported_at,),
    CompetencyRating: (CompetencyRating.imported_at,),
    EmployeeExit: (EmployeeExit.imported_at,),
    EmployeePay: (EmployeePay.imported_at,),
}
"""Rows are added, or changed with a new point in time."""
_COUNTED: Final[Mapping[Any, tuple[Any, ...]]] = {
    Interview: (Interview.consented_at, Interview.finished_at, Interview.origin),
    Candidate: (Candidate.wrapped_key, Candidate.external_id),
    Employee: (Employee.wrapped_key,),
    Applicant: (Applicant.hired_on, Applicant.interview_id),
    Letter: (Letter.sent_at,),
    TelegramChat: (TelegramChat.bound_at,),
    Device: (),
    InterviewRating: (),
    ErasedSubject: (),
    **{table: () for table in _LATEST if table not in (Interview, Applicant)},
}
"""Rows, and those in which a column is not empty. Whoever is erased loses a key, and is an ErasedSubject more."""


def figures_state(session: Session) -> Hashable:
    """Differs whenever something was added, imported, decided, deleted or erased, and with the day."""
    found: list[Hashable] = [now().astimezone().date(), how_many_answered(session)]
    for table, filled in _COUNTED.items():
        figures: list[Any] = [func.count(), *(func.count(col(each)) for each in filled)]
        figures += [func.max(col(each)) for each in _LATEST.get(table, ())]
        found.append(tuple(session.execute(columns(*figures).select_from(table)).one()))
    for row in session.exec(select(Position).order_by(col(Position.id))):
        found.append((row.id, json.dumps(row.profile, sort_keys=True)))
    return tuple(found)
