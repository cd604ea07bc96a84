"""Planning what is sent to a candidate. A letter is a row with the moment at which it is due; `postman` sends it.

What is planned here is inside the caller's transaction, so that an invitation and its letter come to be together. A
kind is sent once a version; planning it again changes nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from bot.outreach.hours import latest, soonest, zone_of
from bot.outreach.road import Roads
from bot.services import Services
from core.clock import now
from core.encryption import DataKey, hash_token
from core.tables import AccessLink, Candidate, Interview, Letter, Position, Schedule
from hr_bridge.position import OutreachPlan

REMINDERS: Final = {"reminder_day": timedelta(hours=24), "reminder_hour": timedelta(hours=1)}
"""How long before the end of the window, or the slot."""
TALK_LETTERS: Final = ("talk", "talk_off", "reminder_talk")
"""About ten minutes with a recruiter after the interview (bot/hr_talk/letter.py)."""
KINDS: Final = (
    "invitation",
    *REMINDERS,
    "new_times",
    "resume",
    "slot",
    "slot_off",
    "called_off",
    "feedback",
    *TALK_LETTERS,
    "answer",
)
AFTER_THE_END: Final = frozenset({"called_off", "feedback", *TALK_LETTERS, "answer"})
"""Kinds that somebody whose interview is over still gets."""
FOLLOW_UPS: Final = frozenset({*REMINDERS, "new_times", "resume"})
"""Our idea, not an answer to anything: they end when the candidate wants no more of them."""
PROBLEMS: Final = (
    # tried again
    "server_away",
    "try_later",
    "login_refused",
    "address_refused",
    "settings_wrong",
    # taken by a server that has not delivered it yet
    "delayed",
    # a person has to look
    "bounced",
    "letter_refused",
    "cut_off",
    "given_up",
    "unforeseen",
    # no longer needed
    "erased",
    "withdrawn",
    "finished",
    "expired",
    "begun",
    "reopened",
    "position_closed",
    "link_revoked",
    "unsubscribed",
    "superseded",
    "too_late",
)
LINK_BYTES: Final = 12
"""96 bits: 16 characters, so that an SMS has room for them."""
APART: Final = timedelta(hours=4)
"""Two reminders that would come closer than this, since one was moved out of a night or a holiday, are one."""


@dataclass(frozen=True, slots=True, repr=False)
class Addressee:
    """Whom a letter goes to, opened with their key."""

    candidate: Candidate
    key: DataKey
    phone: str | None
    email: str | None
    plan: OutreachPlan
    zone: ZoneInfo


def addressee(services: Services, session: Session, interview: Interview) -> Addressee:
    """Raises CandidateErased."""
    candidate = session.get_one(Candidate, interview.candidate_id)
    key = services.keys.unwrap(candidate.wrapped_key)
    phone = key.open(candidate.phone_sealed) if candidate.phone_sealed else None
    email = key.open(candidate.email_sealed) if candidate.email_sealed else None
    plan = plan_of(session.get_one(Position, interview.position_id))
    return Addressee(candidate, key, phone, email, plan, zone_of(candidate.time_zone, phone, plan))


def plan_of(position: Position) -> OutreachPlan:
    return OutreachPlan.model_validate(position.profile.get("outreach", {}))


def schedule_of(session: Session, interview_id: str) -> Schedule:
    """The interview's schedule, made where there is none yet."""
    schedule = session.get(Schedule, interview_id)
    if schedule is None:
        schedule = Schedule(interview_id=interview_id)
        session.add(schedule)
        session.flush()
    return schedule


def plan_letter(
    services: Services,
    session: Session,
    interview: Interview,
    kind: str,
    due_at: datetime | None = None,
    version: int = 1,
) -> Letter | None:
    """Plan one letter by the first road that reaches the candidate, due now or at the first moment after that is not in
    their night. None where no road reaches them, or where this one was planned before."""
    to = addressee(services, session, interview)
    blocked = blocked_roads(session, to.candidate.id)
    road = Roads.of(services.settings).choose(to.plan, to.email is not None, to.phone is not None, blocked)
    if road is None or _planned(session, interview.id, kind, version) is not None:
        return None
    letter = Letter(
        candidate_id=to.candidate.id,
        interview_id=interview.id,
        kind=kind,
        version=version,
        channel=road,
        due_at=soonest(due_at or now(), to.zone, to.plan, holidays=kind in FOLLOW_UPS),
        planned_at=now(),
    )
    session.add(letter)
    session.flush()
    return letter


def plan_invitation(services: Services, session: Session, interview: Interview) -> Letter | None:
    """The letter with the link, and the reminders after it. None where none can be sent."""
    if not Roads.of(services.settings):
        return None
    kind = "invitation" if interview.consented_at is None else "resume"
    letter = plan_letter(services, session, interview, kind, version=next_version(session, interview.id, kind))
    if letter is not None:
        plan_reminders(services, session, interview)
    return letter


def plan_reminders(services: Services, session: Session, interview: Interview) -> None:
    """Plan the reminders of the window or slot as it now stands; those of an earlier one are dropped."""
    schedule = schedule_of(session, interview.id)
    drop_reminders(session, interview.id)
    to = addressee(services, session, interview)
    if not to.plan.reminders or to.candidate.reminders_off_at is not None:
        return
    target, earlier = schedule.starts_at or interview.expires_at, now()
    for kind, before in REMINDERS.items():
        due_at = latest(target - before, to.zone, to.plan)
        # The invitation itself has just come: it needs no reminder on its heels.
        if due_at is None or due_at < earlier + APART:
            continue
        earlier = due_at
        plan_letter(services, session, interview, kind, due_at, version=next_version(session, interview.id, kind))


def drop_reminders(session: Session, interview_id: str) -> None:
    waiting = select(Letter).where(
        Letter.interview_id == interview_id, Letter.state == "pending", col(Letter.kind).in_(list(REMINDERS))
    )
    for letter in session.exec(waiting):
        letter.state, letter.problem = "dropped", "superseded"


def plan_called_off(session: Session, interview: Interview) -> None:
    """Tell a candidate who was written to that the interview is off, the way they were written to."""
    told = select(Letter).where(
        Letter.interview_id == interview.id, col(Letter.state).in_(("sending", "sent", "unknown"))
    )
    last = session.exec(told.order_by(col(Letter.sent_at).desc())).first()
    if last is not None and _planned(session, interview.id, "called_off", 1) is None:
        schedule_of(session, interview.id).sequence += 1  # a calendar obeys a CANCEL that is newer than what it has
        session.add(
            Letter(
                candidate_id=interview.candidate_id,
                interview_id=interview.id,
                kind="called_off",
                channel=last.channel,
                due_at=now(),
                planned_at=now(),
            )
        )


def plan_answer_letter(services: Services, session: Session, interview: Interview) -> None:
    """Say that a person has answered, never what; several answers that wait for the morning are told of at once."""
    waiting = select(Letter.id).where(
        Letter.interview_id == interview.id, Letter.kind == "answer", Letter.state == "pending", Letter.tries == 0
    )
    if session.exec(waiting).first() is None:
        plan_letter(services, session, interview, "answer", version=next_version(session, interview.id, "answer"))


def new_link(services: Services, session: Session, interview_id: str) -> str:
    """One more link into the interview, good as long as the others: of no link is more than a hash kept."""
    token = secrets.token_urlsafe(LINK_BYTES)
    session.add(AccessLink(interview_id=interview_id, token_hash=hash_token(token), created_at=now()))
    return f"{services.settings.web.base_url}/i/{token}"


def blocked_roads(session: Session, candidate_id: str) -> frozenset[str]:
    """The roads on which a letter to this candidate bounced."""
    bounced = select(Letter.channel).where(Letter.candidate_id == candidate_id, Letter.problem == "bounced")
    return frozenset(session.exec(bounced))


def was_written_to(session: Session, interview_id: str) -> bool:
    """False for those whom somebody else invited by passing our link on: that one speaks with them."""
    return session.exec(select(Letter.id).where(Letter.interview_id == interview_id)).first() is not None


def take_new_address(session: Session, candidate_id: str, road: str) -> None:
    """After the address of a road was corrected: what has not arrived goes to the new one, and that a letter bounced at
    the old one says nothing of it any more."""
    waiting = select(Letter).where(
        Letter.candidate_id == candidate_id, Letter.channel == road, col(Letter.state).in_(("pending", "parked"))
    )
    for letter in session.exec(waiting.with_for_update()):
        letter.body_sealed = None
        if letter.problem != "bounced":
            continue
        letter.tries, letter.problem_code = 0, None
        if _went_another_road(session, letter):
            letter.state, letter.problem = "dropped", "superseded"
        else:
            letter.state, letter.problem, letter.due_at, letter.planned_at = "pending", None, now(), now()


def _went_another_road(session: Session, letter: Letter) -> bool:
    same = select(Letter.id).where(
        Letter.interview_id == letter.interview_id,
        Letter.kind == letter.kind,
        Letter.version == letter.version,
        Letter.channel != letter.channel,
    )
    return session.exec(same).first() is not None


def next_version(session: Session, interview_id: str, kind: str) -> int:
    newest = select(func.max(Letter.version)).where(Letter.interview_id == interview_id, Letter.kind == kind)
    return (session.exec(newest).one() or 0) + 1


def _planned(session: Session, interview_id: str, kind: str, version: int) -> Letter | None:
    same = select(Letter).where(Letter.interview_id == interview_id, Letter.kind == kind, Letter.version == version)
    return session.exec(same).first()
