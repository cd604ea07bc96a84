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
    return max(0, round(interview.time_budget_s - time_used_s(interview, at)))


def time_used_s(interview: Interview, at: datetime | None = None) -> float:
    """Seconds of the candidate's own time until now."""
    if interview.clock_started_at is None:
        return interview.time_used_s
    # A clock set back must not give or take time, so a negative span counts as none.
    return interview.time_used_s + max(0.0, ((at or now()) - interview.clock_started_at).total_seconds())


def stop_clock(interview: Interview, at: datetime) -> None:
    """Charge the running span, if any, and stand still."""
    interview.time_used_s = time_used_s(interview, at)
    interview.clock_started_at = None


def give_back(session: Session, interview: Interview, question: Question, seconds: float) -> None:
    """Give back `seconds` spent on a question in vain, at most what ran since it was asked and since time was last
    given back."""
    at, was_running = now(), interview.clock_started_at is not None
    stop_clock(interview, at)
    ran = interview.time_used_s - question.time_used_before_s
    interview.time_used_s -= max(0.0, min(seconds, ran))
    if was_running:
        interview.clock_started_at = at
    asked = select(Question).where(Question.interview_id == interview.id, col(Question.asked_at).is_not(None))
    for one in session.exec(asked):
        one.time_used_before_s = interview.time_used_s


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
