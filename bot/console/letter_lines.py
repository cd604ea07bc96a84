"""What was sent to a candidate and what will be, for the interview's page; and who could not be reached, for the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.outreach.hours import soonest
from bot.outreach.letters import AFTER_THE_END, FOLLOW_UPS, addressee
from bot.outreach.reminder import TO_RECRUITER_AFTER
from bot.outreach.road import Roads
from bot.services import Services
from bot.status import OPEN, status_of
from core.clock import now
from core.errors import CandidateErased
from core.tables import Device, Interview, Letter, Schedule, TelegramChat


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter. `sentence` and `problem` name texts of the group `letters`."""

    id: str
    kind: str
    channel: str
    sentence: str
    at: datetime | None
    problem: str | None
    code: int | None
    may_send_again: bool


@dataclass(frozen=True, slots=True, repr=False)
class LetterView:
    """The letters of one interview and the slot, by the candidate's clock."""

    lines: Sequence[LetterLine]
    roads_set_up: bool
    reminders_off_at: datetime | None
    opened_at: datetime | None
    """When the link was first opened in a browser or in Telegram."""
    zone: str
    slot: str | None
    """2026-12-01T10:00 on the candidate's wall."""
    slot_possible: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """How far candidates were reached, by interview id."""

    opened: frozenset[str]
    bounced: frozenset[str]
    """A letter is parked and none of its kind has gone by another road."""
    offered: frozenset[str]
    """New times were offered not long ago, and the offer has not been taken up."""


def read_letters(services: Services, interview_id: str) -> LetterView | None:
    """None where there is no such interview, or the candidate was erased."""
    with services.database.reading() as session:
        interview = session.get(Interview, interview_id)
        if interview is None:
            return None
        try:
            to = addressee(services, session, interview)
        except CandidateErased:
            return None
        found = select(Letter).where(Letter.interview_id == interview_id)
        letters = session.exec(found.order_by(col(Letter.planned_at), col(Letter.due_at), col(Letter.id))).all()
        schedule = session.get(Schedule, interview_id)
        starts_at = schedule.starts_at if schedule is not None else None
        begun = interview.consented_at is not None
        over = interview.finished_at is not None or interview.withdrawn_at is not None
        return LetterView(
            lines=[
                _line(one, soonest(one.due_at, to.zone, to.plan, holidays=one.kind in FOLLOW_UPS), over)
                for one in letters
            ],
            roads_set_up=bool(Roads.of(services.settings)),
            reminders_off_at=to.candidate.reminders_off_at,
            opened_at=_opened_at(session, interview_id),
            zone=to.zone.key,
            slot=f"{starts_at.astimezone(to.zone):%Y-%m-%dT%H:%M}" if starts_at else None,
            slot_possible=not begun and status_of(interview, False, False, now()) in OPEN,
        )


def read_reached(session: Session) -> Reached:
    """For the list of all interviews, in a few queries."""
    opened = set(session.exec(select(Device.interview_id)))
    opened |= set(session.exec(select(TelegramChat.interview_id).where(col(TelegramChat.bound_at).is_not(None))))
    parked = _kinds(session, col(Letter.state) == "parked")
    bounced = {interview_id for interview_id, _, _ in parked}
    arrived = _kinds(session, col(Letter.state).not_in(("parked", "dropped")), col(Letter.interview_id).in_(bounced))
    recent = select(Letter.interview_id).where(
        Letter.kind == "new_times", Letter.state != "dropped", Letter.planned_at > now() - TO_RECRUITER_AFTER
    )
    reopened = set(session.exec(select(Schedule.interview_id).where(col(Schedule.reopened_at).is_not(None))))
    return Reached(
        opened=frozenset(opened),
        bounced=frozenset(interview_id for interview_id, _, _ in parked - arrived),
        offered=frozenset(set(session.exec(recent)) - reopened),
    )


def is_no_show(interview: Interview, reached: Reached, moment: datetime) -> bool:
    """True where nobody came, and what could be done without a person was done."""
    over = interview.finished_at is not None or interview.withdrawn_at is not None
    if over or interview.consented_at is not None or interview.expires_at > moment:
        return False
    just_expired = moment - interview.expires_at < timedelta(minutes=1)  # the offer is about to be planned
    return interview.id not in reached.offered and not just_expired


def _kinds(session: Session, *which: Any) -> set[tuple[str, str, int]]:
    return set(session.exec(select(Letter.interview_id, Letter.kind, Letter.version).where(*which)))


def _line(letter: Letter, expected_at: datetime, over: bool) -> LetterLine:
    # The postman drops what is not needed any more when it is due; whoever looks before that is told at once.
    unneeded = over and letter.state == "pending" and letter.kind not in AFTER_THE_END
    waiting = letter.state == "pending" and not unneeded
    state = "dropped" if unneeded else letter.state
    sentence = "letters.again_at" if waiting and letter.tries else f"letters.state_{state}"
    return LetterLine(
        id=letter.id,
        kind=letter.kind,
        channel=letter.channel,
        sentence=sentence,
        at=expected_at if waiting else letter.sent_at,
        problem=letter.problem,
        code=letter.problem_code,
        may_send_again=letter.state in ("parked", "unknown"),
    )


def _opened_at(session: Session, interview_id: str) -> datetime | None:
    devices = session.exec(select(Device.created_at).where(Device.interview_id == interview_id)).all()
    chats = session.exec(select(TelegramChat.bound_at).where(TelegramChat.interview_id == interview_id)).all()
    return min([*devices, *(at for at in chats if at is not None)], default=None)
