"""Stored interviews, scored again under the present scorer: what it was before and what it is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from core.database import Database
from core.errors import MianshiError, Refused
from core.tables import Candidate, Interview, Position, Report
from scoring.report import newest_report
from scoring.workflow import AssessmentSteps


class NothingToRescore(Refused):
    """No interview with a report answers to what was asked for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one report version says."""

    version: int
    match: float | None
    level: str | None
    model: str

    @classmethod
    def of(cls, report: Report) -> Outcome:
        return cls(report.version, report.match, report.level, report.model)

    def to_json(self) -> dict[str, Any]:
        return {"version": self.version, "match": self.match, "level": self.level, "model": self.model}


@dataclass(frozen=True, slots=True)
class Change:
    """One interview before and after. `after` is None where it could not be scored again, and `problem` says why."""

    interview_id: str
    before: Outcome
    after: Outcome | None
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.interview_id,
            "before": self.before.to_json(),
            "after": self.after.to_json() if self.after else None,
            "problem": self.problem,
        }


def reported_interviews(database: Database, position: str | None = None, interview: str | None = None) -> list[str]:
    """The interviews that have a report and whose candidate was not erased, oldest first.

    Raises NothingToRescore: with one sentence that says what was not found.
    """
    rows = (
        select(Interview.id)
        .join(Position, col(Interview.position_id) == col(Position.id))
        .join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
        .where(col(Interview.id).in_(select(Report.interview_id)), col(Candidate.wrapped_key).is_not(None))
        .order_by(col(Interview.id))
    )
    if position is not None:
        rows = rows.where(Position.key == position)
    if interview is not None:
        rows = rows.where(Interview.id == interview)
    with database.reading() as session:
        found = list(session.exec(rows))
    if not found:
        asked = f"interview {interview}" if interview else f"position {position}" if position else "this database"
        raise NothingToRescore(f"no interview with a report was found for {asked[:80]}")
    return found


def rescore(
    database: Database,
    steps: AssessmentSteps,
    interviews: list[str],
    progress: Callable[[], None] = lambda: None,
    weights: int | None = None,
) -> list[Change]:
    """Score each interview again, under its position's newest weights or those of the version `weights`; one that fails
    keeps its old report and does not stop the others."""
    changes = []
    for interview_id in interviews:
        with database.reading() as session:
            report = newest_report(session, interview_id)
        if report is not None:
            before = Outcome.of(report)
            try:
                changes.append(Change(interview_id, before, Outcome.of(steps.rescore(interview_id, weights))))
            except MianshiError as error:
                changes.append(Change(interview_id, before, None, str(error)))
        progress()
    return changes
