"""What follows from silence: nobody came, or somebody stopped in the middle. And the way back for who missed it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, exists, func, select

from bot.accounts import Account, record
from bot.identity import find_interview
from bot.outreach.letters import plan_letter, plan_of, plan_reminders, schedule_of
from bot.outreach.road import Roads
from bot.positions import is_closed, newest_position
from bot.services import Services
from core.clock import now
from core.errors import CandidateErased, InterviewOver, Unavailable
from core.tables import Interview, Letter, Message, Position, Schedule

OFFER_LASTS: Final = timedelta(days=14)
"""How long after the end of the window the candidate may open it once more."""
TO_RECRUITER_AFTER: Final = timedelta(days=3)
"""When nobody took up the offer by then, it is the recruiter's."""
SHORTEST_SILENCE: Final = timedelta(hours=1)
CANDIDATE: Final = Account(id="candidate", name="candidate", role="candidate")

log = logging.getLogger("mianshi.letters")


def plan_what_follows(services: Services) -> None:
    """Plan the offer of new times for who did not come, and the link to go on for who fell silent; each once."""
    if not Roads.of(services.settings):
        return
    with services.database.reading() as session:
        waiting = [(one, "new_times") for one in _missed(session)] + [(one, "resume") for one in _silent(session)]
    for interview_id, kind in waiting:
        try:
            with services.database.unit_of_work() as session:
                interview = session.get_one(Interview, interview_id, with_for_update=True)
                if not _has(session, interview_id, kind):
                    plan_letter(services, session, interview, kind)
        except CandidateErased:
            continue
        except Unavailable:
            raise
        except Exception as error:  # one must not hold up the others, and every letter after them
            log.error("interview %s: planning %s failed with %s", interview_id, kind, type(error).__name__)


def reopen(services: Services, token: str) -> None:
    """Open the window once more for a candidate who did not come. Raises InterviewOver where that is not possible, and
    LinkUnknown."""
    interview_id = find_interview(services, token).id
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id, with_for_update=True)
        if interview.expires_at > now() and interview.finished_at is None and interview.withdrawn_at is None:
            return  # pressed twice
        if not may_reopen(session, interview):
            raise InterviewOver("the offer of new times was taken up before, or has ended")
        schedule, plan = schedule_of(session, interview_id), plan_of(session.get_one(Position, interview.position_id))
        schedule.reopened_at, schedule.starts_at = now(), None
        schedule.sequence += 1
        interview.expires_at = now() + timedelta(days=plan.new_window_days)
        plan_reminders(services, session, interview)
        record(session, CANDIDATE, "window_reopened", interview_id)


def may_reopen(session: Session, interview: Interview) -> bool:
    """True for an interview that nobody came to, for two weeks, once, while the position is open."""
    if interview.finished_at or interview.withdrawn_at or interview.consented_at:
        return False
    if not now() - OFFER_LASTS < interview.expires_at <= now():
        return False
    schedule = session.get(Schedule, interview.id)
    key = session.get_one(Position, interview.position_id).key
    return (schedule is None or schedule.reopened_at is None) and not is_closed(newest_position(session, key))


def _missed(session: Session) -> list[str]:
    """Interviews that nobody came to, of candidates who were written to and have not been offered new times."""
    written = exists().where(col(Letter.interview_id) == Interview.id)
    missed = select(Interview.id).where(
        Interview.expires_at <= now(),
        Interview.expires_at > now() - OFFER_LASTS,
        col(Interview.consented_at).is_(None),
        col(Interview.finished_at).is_(None),
        col(Interview.withdrawn_at).is_(None),
        written,
        ~written.where(col(Letter.kind) == "new_times"),
    )
    return list(session.exec(missed))


def _silent(session: Session) -> list[str]:
    """Interviews that stand still in the middle for longer than their position waits, of candidates who were written
    to before."""
    written = exists().where(col(Letter.interview_id) == Interview.id)
    resumed = exists().where(col(Letter.interview_id) == Interview.id, col(Letter.kind) == "resume")
    last = (
        select(Message.interview_id, func.max(Message.created_at).label("at")).group_by(col(Message.interview_id))
    ).subquery()
    still = (
        select(Interview.id, Position, last.c.at)
        .join(Position, col(Interview.position_id) == col(Position.id))
        .join(last, last.c.interview_id == Interview.id)
        .where(
            col(Interview.consented_at) <= now() - SHORTEST_SILENCE,
            Interview.expires_at > now(),
            col(Interview.finished_at).is_(None),
            col(Interview.withdrawn_at).is_(None),
            written,
            ~resumed,
        )
    )
    return [
        interview_id
        for interview_id, position, at in session.exec(still)
        if at <= now() - timedelta(hours=plan_of(position).silent_hours)
    ]


def _has(session: Session, interview_id: str, kind: str) -> bool:
    same = select(Letter.id).where(Letter.interview_id == interview_id, Letter.kind == kind)
    return session.exec(same).first() is not None
