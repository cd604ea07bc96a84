"""Where a candidate stands, what comes next, and by when: derived, as their own page tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from bot.outreach.letters import plan_of
from bot.outreach.reminder import may_reopen
from bot.status import Status, status_of
from core.clock import now
from core.tables import Decision, Feedback, Interview, Position, Schedule
from scoring.report import newest_decision

Shown = Literal["invited", "in_progress", "completed", "withdrawn", "expired"]
Next = Literal["take", "slot", "go_on", "wait", "overdue", "advanced", "not_matched", "left", "reopen", "ask"]


@dataclass(frozen=True, slots=True)
class Standing:
    """`shown` is one of five words; `next` names what comes next, `by` when, where there is such a moment."""

    shown: Shown
    next: Next
    by: datetime | None = None

    @property
    def is_open(self) -> bool:
        """The interview can be taken or gone on with."""
        return self.shown in ("invited", "in_progress")


def standing_of(session: Session, interview: Interview) -> Standing:
    """What anybody with the link may know, but for an outcome that has been told."""
    status = status_of(interview, report_exists=False, delivered=False, now=now())
    if status is Status.INVITED:
        schedule = session.get(Schedule, interview.id)
        starts_at = schedule.starts_at if schedule is not None else None
        if starts_at is not None and starts_at > now():
            return Standing("invited", "slot", starts_at)
        return Standing("invited", "take", interview.expires_at)
    if status is Status.IN_PROGRESS:
        return Standing("in_progress", "go_on", interview.expires_at)
    if status is Status.WITHDRAWN:
        return Standing("withdrawn", "left")
    if status is Status.EXPIRED:
        return Standing("expired", "reopen" if may_reopen(session, interview) else "ask", interview.expires_at)
    return _after_the_end(session, interview)


def _after_the_end(session: Session, interview: Interview) -> Standing:
    told = told_outcome(session, interview.id)
    if told is not None:
        return Standing("completed", "advanced" if told == "advance" else "not_matched")
    assert interview.finished_at is not None
    plan = plan_of(session.get_one(Position, interview.position_id))
    by = interview.finished_at + timedelta(days=plan.answer_days)
    return Standing("completed", "wait" if by > now() else "overdue", by)


def told_outcome(session: Session, interview_id: str) -> str | None:
    """`advance` or `reject` where the candidate was told so and the decision still says the same."""
    decision = newest_decision(session, interview_id)
    if decision is None:
        return None
    told = (
        select(Decision.value)
        .join(Feedback, col(Feedback.decision_id) == col(Decision.id))
        .where(Decision.interview_id == interview_id, col(Feedback.released_at).is_not(None))
    )
    return decision.value if decision.value in set(session.exec(told)) else None
