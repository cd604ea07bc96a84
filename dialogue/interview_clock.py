"""The candidate's time, from the server's clock. It runs while a timed question waits for them and stands still while
it is our turn: after they have sent something, while we are down, and during a pause."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from core.clock import now
from core.tables import Interview, Question

TIMED_STAGES = ("opening", "structured", "situational", "resume")
EXTENSION_S = 300


def time_left_s(interview: Interview, at: datetime | None = None) -> int:
    """Whole seconds left of the budget, never below 0."""
    return max(0, round(interview.time_budget_s - _used_s(interview, at or now())))


def _used_s(interview: Interview, at: datetime) -> float:
    if interview.clock_started_at is None:
        return interview.time_used_s
    # A clock set back must not give or take time, so a negative span counts as none.
    return interview.time_used_s + max(0.0, (at - interview.clock_started_at).total_seconds())


def stop_clock(interview: Interview, at: datetime) -> None:
    """Charge the running span, if any, and stand still."""
    interview.time_used_s = _used_s(interview, at)
    interview.clock_started_at = None


def run_clock(session: Session, interview: Interview) -> None:
    """Let the time run when a timed question is open and nothing speaks against it; else leave it standing."""
    if interview.paused_at or interview.finished_at or interview.withdrawn_at:
        return
    open_timed = select(Question.id).where(
        Question.interview_id == interview.id,
        col(Question.stage).in_(TIMED_STAGES),
        col(Question.asked_at).is_not(None),
        col(Question.closed_at).is_(None),
    )
    if interview.clock_started_at is None and session.exec(open_timed.limit(1)).first() is not None:
        interview.clock_started_at = now()
