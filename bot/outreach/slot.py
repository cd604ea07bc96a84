"""A time that was agreed on for an interview. Without one the window is open, and most interviews need no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.accounts import Account, record
from bot.outreach.letters import addressee, next_version, plan_letter, plan_of, plan_reminders, schedule_of
from bot.services import Services
from core.clock import now
from core.errors import InterviewOver, Refused
from core.tables import Interview, Letter, Position

GRACE: Final = timedelta(hours=2)
"""How long after the slot's beginning the link still leads in."""
FARTHEST: Final = timedelta(days=180)


class SlotUnusable(Refused):
    """A slot lies in the future, and within half a year."""


class SlotUnreadable(Refused):
    """The time cannot be read, or the clocks skip it on that day."""


def book_slot(services: Services, interview_id: str, wall: str, by: Account) -> Letter | None:
    """Set or move the slot to `wall` (2026-12-01T10:00) by the candidate's clock, and tell them; the letter, or None
    where no road reaches them. Raises SlotUnreadable, SlotUnusable, InterviewOver, CandidateErased."""
    with services.database.unit_of_work() as session:
        interview = _open(session, interview_id)
        to = addressee(services, session, interview)
        starts_at = on_the_wall(wall, to.zone)
        if not now() < starts_at < now() + FARTHEST:
            raise SlotUnusable("a slot lies in the future, and within half a year")
        schedule = schedule_of(session, interview_id)
        schedule.starts_at = starts_at
        schedule.sequence += 1
        interview.expires_at = starts_at + GRACE
        session.flush()
        return _tell(services, session, interview, "slot", by, "slot_booked")


def drop_slot(services: Services, interview_id: str, by: Account) -> Letter | None:
    """Take the slot back: the window is open again, for its usual length at least. Raises InterviewOver, and SlotUnusable
    where there is none."""
    with services.database.unit_of_work() as session:
        interview = _open(session, interview_id)
        schedule = schedule_of(session, interview_id)
        if schedule.starts_at is None:
            raise SlotUnusable("there is no slot to take back")
        schedule.starts_at = None
        schedule.sequence += 1
        plan = plan_of(session.get_one(Position, interview.position_id))
        interview.expires_at = max(interview.expires_at, now() + timedelta(days=plan.window_days))
        session.flush()
        return _tell(services, session, interview, "slot_off", by, "slot_dropped")


def on_the_wall(wall: str, zone: ZoneInfo) -> datetime:
    """The point in time that 2026-12-01T10:00 is there. Raises SlotUnreadable, also for an hour that the clocks skip."""
    try:
        at = datetime.fromisoformat(wall).replace(tzinfo=zone)
    except ValueError as error:
        raise SlotUnreadable("a slot is written like 2026-12-01T10:00") from error
    if at.astimezone(UTC).astimezone(zone).time() != at.time():
        raise SlotUnreadable("the clocks are put forward then, and there is no such time")
    return at


def _open(session: Session, interview_id: str) -> Interview:
    interview = session.get_one(Interview, interview_id, with_for_update=True)
    if interview.finished_at or interview.withdrawn_at or interview.consented_at:
        raise InterviewOver("the interview has begun or is over; it needs no time of its own")
    return interview


def _tell(
    services: Services, session: Session, interview: Interview, kind: str, by: Account, action: str
) -> Letter | None:
    """Plan the letter in place of those about an earlier time that have not gone out."""
    outdated = select(Letter).where(
        Letter.interview_id == interview.id,
        Letter.state == "pending",
        col(Letter.kind).in_(("invitation", "slot", "slot_off", "new_times")),
    )
    for letter in session.exec(outdated):
        letter.state, letter.problem = "dropped", "superseded"
    told = plan_letter(services, session, interview, kind, version=next_version(session, interview.id, kind))
    plan_reminders(services, session, interview)
    record(session, by, action, interview.id)
    return told
