"""Sends the letters that are due. Each is looked at again before it goes: what was planned days ago may be moot.

A letter is claimed and worded in one transaction, sent outside of any, and settled in another. Its words and its id
never change from the first attempt on. After a hand-over without an answer it is sent again only where the other side
knows a repetition by its id (`Sender.repeats_are_known`); a mail that may have arrived waits for a person instead.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from bot.feedback import released_text
from bot.hr_talk.letter import why_moot, word_talk_letter
from bot.identity import is_within_reach
from bot.outreach.bounce_report import BounceReport
from bot.outreach.calendar import calendar_part
from bot.outreach.hours import soonest
from bot.outreach.letters import (
    AFTER_THE_END,
    FOLLOW_UPS,
    REMINDERS,
    TALK_LETTERS,
    Addressee,
    addressee,
    blocked_roads,
    new_link,
    schedule_of,
)
from bot.outreach.reminder import plan_what_follows
from bot.outreach.road import HandoverUnknown, LetterRefused, RoadBlocked, Roads, Senders
from bot.outreach.stop_link import stop_url
from bot.outreach.wording import Facts, Worded, signature_of, word_mail, word_sms
from bot.positions import is_closed, newest_position
from bot.services import Services
from core.clock import now
from core.errors import CandidateErased, DatabaseBusy
from core.tables import AccessLink, Interview, Letter, Position, Schedule
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of
from hr_bridge.position import Road

LEASE: Final = timedelta(minutes=3)
"""Longer than any attempt; a letter that is under way for longer was cut off."""
FIRST_RETRY_S: Final = 60.0
"""Servers that greylist want to be asked again after some minutes (RFC 6647)."""
LONGEST_RETRY_S: Final = 3600.0
GIVE_UP_AFTER: Final = timedelta(days=3)
ROUND: Final = 50
"""Letters of one road in one round."""
CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""Between a mail server's clock and ours."""
PURPOSE: Final = "letter"
OF_ONE_MATTER: Final = ("invitation", "slot", "slot_off")
"""Kinds that say when the interview is: the latest counts."""
ANSWERED: Final = {"called_off", "slot_off"}
"""Kinds that take the event out of the calendar again."""

log = logging.getLogger("mianshi.letters")


class Postman:
    """Sends by `senders`, one for each road that is set up."""

    def __init__(self, services: Services, senders: Senders) -> None:
        self._services, self._senders = services, senders

    async def send_due(self) -> int:
        """Try what is due, each road by itself; how many letters were sent."""
        sent = await asyncio.gather(*(self._send_by(road) for road in self._senders))
        return sum(sent)

    async def _send_by(self, road: str) -> int:
        sent = 0
        for letter_id in await asyncio.to_thread(self._due, road):
            try:
                worded = await asyncio.to_thread(self._claim, letter_id)
                if worded is None:
                    continue
                await self._senders[road].send(letter_id, worded)  # type: ignore[index]
            except RoadBlocked as blocked:
                await asyncio.to_thread(self._put_off, letter_id, blocked)
                if blocked.problem in ("server_away", "login_refused", "settings_wrong"):
                    break  # the others would fare no better
            except HandoverUnknown:
                await asyncio.to_thread(self._settle, letter_id, "unknown", "cut_off", None)
            except LetterRefused as refused:
                await asyncio.to_thread(self._settle, letter_id, "parked", refused.problem, refused.code)
            except DatabaseBusy:
                raise
            except Exception as error:  # one letter must not hold up the others
                # The type alone: the message of an unforeseen error may quote the candidate.
                log.error("letter %s failed with %s", letter_id, type(error).__name__)
                await asyncio.to_thread(self._settle, letter_id, "parked", "unforeseen", None)
            else:
                await asyncio.to_thread(self._settle, letter_id, "sent", None, None)
                sent += 1
        return sent

    def _due(self, road: str) -> list[str]:
        with self._services.database.reading() as session:
            due = select(Letter.id).where(
                Letter.channel == road, col(Letter.state).in_(("pending", "sending")), Letter.due_at <= now()
            )
            return list(session.exec(due.order_by(col(Letter.due_at), col(Letter.id)).limit(ROUND)))

    def _claim(self, letter_id: str) -> Worded | None:
        """Take the letter for this attempt and word it; None when it is not to be sent now."""
        services = self._services
        with services.database.unit_of_work() as session:
            letter, interview = _hold(session, letter_id)
            if letter.state not in ("pending", "sending") or letter.due_at > now():
                return None
            if letter.state == "sending" and not self._senders[letter.channel].repeats_are_known:  # type: ignore[index]
                letter.state, letter.problem = "unknown", "cut_off"
                return None
            try:
                to = addressee(services, session, interview)
            except CandidateErased:
                letter.state, letter.problem, letter.body_sealed = "dropped", "erased", None
                return None
            if (moot := _moot(session, letter, interview, to)) is not None:
                letter.state, letter.problem = "dropped", moot
                return None
            sensible = soonest(now(), to.zone, to.plan, holidays=letter.kind in FOLLOW_UPS)
            if sensible > now():
                letter.due_at = sensible
                return None
            if letter.body_sealed is None:
                worded = _word(services, session, letter, interview, to)
                letter.body_sealed = to.key.seal(worded.to_json(), PURPOSE)
                letter.planned_at = now()  # a reminder was planned days ago; GIVE_UP_AFTER counts from the first try
            worded = Worded.from_json(to.key.open(letter.body_sealed, PURPOSE))
            letter.state, letter.tries, letter.due_at, letter.problem = "sending", letter.tries + 1, now() + LEASE, None
            return worded

    def _put_off(self, letter_id: str, blocked: RoadBlocked) -> None:
        with self._services.database.unit_of_work() as session:
            letter, _ = _hold(session, letter_id)
            letter.problem, letter.problem_code = blocked.problem, blocked.code
            if now() - letter.planned_at >= GIVE_UP_AFTER and letter.tries > 1:
                letter.state, letter.problem = "parked", "given_up"
                _take_other_road(self._services, session, letter)
                return
            # Full jitter (Brooker, "Exponential Backoff and Jitter", 2015).
            longest = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(letter.tries, 10))
            wait_s = blocked.retry_after_s or random.uniform(FIRST_RETRY_S / 2, longest)
            letter.state, letter.due_at = "pending", now() + timedelta(seconds=min(wait_s, LONGEST_RETRY_S))

    def _settle(self, letter_id: str, state: str, problem: str | None, code: int | None) -> None:
        with self._services.database.unit_of_work() as session:
            letter, _ = _hold(session, letter_id)
            letter.state, letter.problem, letter.problem_code = state, problem, code
            if state in ("sent", "unknown"):
                letter.sent_at = now()
            if problem == "bounced":
                session.flush()
                _take_other_road(self._services, session, letter)
            log.info("letter %s (%s) is %s%s", letter.id, letter.kind, state, f": {problem}" if problem else "")


def note_returned(services: Services, report: BounceReport, arrived_at: datetime) -> bool:
    """Do for a letter that came back what a refusal at once does; whether anything changed. A report of what was sent
    again since, of an address that was corrected since, or of another recipient changes nothing."""
    with services.database.unit_of_work() as session:
        if session.get(Letter, report.letter_id) is None:
            return False
        letter, interview = _hold(session, report.letter_id)
        if letter.channel != "email" or letter.state not in ("sent", "unknown") or letter.body_sealed is None:
            return False
        if letter.sent_at is None or arrived_at < letter.sent_at - CLOCKS_DIFFER:
            return False
        try:
            to = addressee(services, session, interview)
        except CandidateErased:
            return False
        written_to = Worded.from_json(to.key.open(letter.body_sealed, PURPOSE)).to.lower()
        if written_to != (to.email or "").lower() or written_to not in report.recipients:
            return False
        if report.outcome == "delayed":
            changed = letter.problem is None
            letter.problem = letter.problem or "delayed"
            return changed
        letter.state, letter.problem, letter.problem_code = "parked", report.outcome, report.code
        if report.outcome != "letter_refused":
            session.flush()
            _take_other_road(services, session, letter)
        log.info("letter %s (%s) came back: %s", letter.id, letter.kind, report.outcome)
        return True


def _hold(session: Session, letter_id: str) -> tuple[Letter, Interview]:
    """A letter and its interview, locked. The interview first, as whoever plans letters does, or the two would wait for
    each other."""
    interview_id = session.exec(select(Letter.interview_id).where(Letter.id == letter_id)).one()
    interview = session.get_one(Interview, interview_id, with_for_update=True)
    return session.get_one(Letter, letter_id, with_for_update=True), interview


def send_again(session: Session, letter_id: str) -> None:
    """Let a letter that was parked, or that nobody knows the fate of, be tried once more, with the same words and id."""
    letter, _ = _hold(session, letter_id)
    if letter.state in ("parked", "unknown"):
        letter.state, letter.due_at, letter.problem, letter.problem_code = "pending", now(), None, None
        letter.planned_at = now()


def _take_other_road(services: Services, session: Session, letter: Letter) -> None:
    """Plan a letter that found no way by the candidate's other address, where there is one."""
    interview = session.get_one(Interview, letter.interview_id)
    try:
        to = addressee(services, session, interview)
    except CandidateErased:
        return
    blocked = blocked_roads(session, letter.candidate_id) | {letter.channel}
    road = Roads.of(services.settings).choose(to.plan, to.email is not None, to.phone is not None, blocked)
    if road is None:
        return
    if not _is_on(session, letter, road):
        session.add(
            Letter(
                candidate_id=letter.candidate_id,
                interview_id=letter.interview_id,
                kind=letter.kind,
                version=letter.version,
                channel=road,
                due_at=now(),
                planned_at=now(),
            )
        )
    waiting = select(Letter).where(
        Letter.interview_id == letter.interview_id, Letter.channel == letter.channel, Letter.state == "pending"
    )
    for other in session.exec(waiting):
        if _is_on(session, other, road):
            other.state, other.problem = "dropped", "superseded"
        else:
            other.channel, other.body_sealed = road, None


def _is_on(session: Session, letter: Letter, road: Road) -> bool:
    """Whether the same letter was planned on this road before."""
    same = select(Letter.id).where(
        Letter.interview_id == letter.interview_id,
        Letter.kind == letter.kind,
        Letter.version == letter.version,
        Letter.channel == road,
    )
    return session.exec(same).first() is not None


def _moot(session: Session, letter: Letter, interview: Interview, to: Addressee) -> str | None:
    """Why a letter is not needed any more; None while it is."""
    if letter.kind == "called_off":
        return None
    if letter.kind == "feedback":
        # Who was decided on anew meanwhile is told of that, once it is released.
        holds = released_text(session, to.key, interview.id) is not None and not _is_outdated(session, letter)
        return None if holds else "superseded"
    if letter.kind in TALK_LETTERS:
        return why_moot(session, letter, interview, to)
    if letter.kind == "answer":
        return None
    if interview.finished_at is not None:
        return "finished"
    if interview.withdrawn_at is not None:
        return "withdrawn"
    if letter.kind in FOLLOW_UPS and to.candidate.reminders_off_at is not None:
        return "unsubscribed"
    if _is_closed(session, interview):
        return "position_closed"
    if letter.kind == "new_times":
        if interview.consented_at is not None:
            return "begun"
        if interview.expires_at > now():
            return "reopened"
        return None if _has_link(session, interview.id) else "link_revoked"
    if interview.expires_at <= now():
        return "expired"
    if not is_within_reach(session, interview.id):
        return "link_revoked"
    if letter.kind == "invitation" and interview.consented_at is not None:
        return "begun"
    if _is_outdated(session, letter):
        return "superseded"
    if letter.kind in REMINDERS:
        return _reminder_moot(session, letter, interview)
    return None


def _is_outdated(session: Session, letter: Letter) -> bool:
    """Whether a later letter tells the same again: its link or its time holds, and this one's may not."""
    alike = OF_ONE_MATTER if letter.kind in OF_ONE_MATTER else (letter.kind,)
    later = select(Letter.id).where(
        Letter.interview_id == letter.interview_id,
        col(Letter.kind).in_(alike),
        Letter.id > letter.id,
        Letter.state != "dropped",
        (Letter.kind != letter.kind) | (Letter.version != letter.version),
    )
    return session.exec(later).first() is not None


def _has_link(session: Session, interview_id: str) -> bool:
    """Whether a link is left that nobody revoked, expired or not."""
    links = select(AccessLink.id).where(AccessLink.interview_id == interview_id, col(AccessLink.revoked_at).is_(None))
    return session.exec(links).first() is not None


def _reminder_moot(session: Session, letter: Letter, interview: Interview) -> str | None:
    starts_at = schedule_of(session, interview.id).starts_at
    if starts_at is not None and interview.consented_at is not None:
        return "begun"
    # A worker that was down must not say "a day left" in the last hours.
    if (starts_at or interview.expires_at) - now() < REMINDERS[letter.kind] / 4:
        return "too_late"
    return None


def _is_closed(session: Session, interview: Interview) -> bool:
    key = session.get_one(Position, interview.position_id).key
    return is_closed(newest_position(session, key))


def _word(services: Services, session: Session, letter: Letter, interview: Interview, to: Addressee) -> Worded:
    """The words of a letter, with a link of its own where it has one."""
    if letter.kind in TALK_LETTERS:
        return word_talk_letter(services, session, letter, interview, to)
    schedule, settings = session.get(Schedule, interview.id), services.settings
    starts_at = schedule.starts_at if schedule is not None else None
    leads_somewhere = letter.kind != "called_off"
    may_stop = leads_somewhere and letter.kind not in AFTER_THE_END
    url = new_link(services, session, interview.id) if leads_somewhere else ""
    if letter.kind == "answer" and letter.channel == "email":
        url += "/status"
    facts = Facts(
        # Feedback greets its reader itself.
        name="" if letter.kind == "feedback" else to.key.open(to.candidate.name_sealed),
        profile=profile_of(session, interview),
        language=language_of(interview),
        zone=to.zone,
        company=settings.house.company,
        voice=settings.voice.enabled,
        until=interview.expires_at,
        start=starts_at,
        url=url,
        stop_url=stop_url(services, to.candidate.id) if may_stop and letter.channel == "email" else "",
    )
    kind = _wording_of(session, letter, starts_at)
    if letter.channel == "sms":
        assert to.phone is not None
        return word_sms(kind, to.phone, facts, signature_of(settings))
    assert to.email is not None
    if letter.kind == "feedback":
        return word_mail(kind, to.email, facts, feedback=released_text(session, to.key, interview.id) or "")
    worded = word_mail(kind, to.email, facts)
    if letter.kind in FOLLOW_UPS or letter.kind == "answer":
        return worded
    method = "CANCEL" if letter.kind in ANSWERED else "REQUEST"
    sequence = schedule.sequence if schedule is not None else 0
    part = calendar_part(interview.id, facts, sequence, method, settings.mail.sender, to.email)  # type: ignore[arg-type]
    return Worded(
        to=worded.to,
        text=worded.text,
        subject=worded.subject,
        html=worded.html,
        language=worded.language,
        stop_url=worded.stop_url,
        calendar=part,
        calendar_method=method,
    )


def _wording_of(session: Session, letter: Letter, starts_at: datetime | None) -> str:
    """The entry of letters.yml: a reminder of a slot and a slot that was moved are worded in their own way."""
    if letter.kind in REMINDERS and starts_at is not None:
        return f"{letter.kind}_slot"
    if letter.kind == "invitation" and starts_at is not None:
        return "slot"
    if letter.kind == "slot" and letter.version > 1:
        told = select(Letter.id).where(
            Letter.interview_id == letter.interview_id, Letter.kind == "slot", col(Letter.sent_at).is_not(None)
        )
        return "slot_changed" if session.exec(told).first() is not None else "slot"
    return letter.kind


class Rounds:
    """For the worker's loop: a round of letters each time, and what follows from silence every SWEEP_S."""

    SWEEP_S: Final = 15.0

    def __init__(self, services: Services, senders: Senders) -> None:
        self._services, self._postman, self._swept = services, Postman(services, senders), float("-inf")

    async def __call__(self) -> None:
        if time.monotonic() - self._swept >= self.SWEEP_S:
            await asyncio.to_thread(plan_what_follows, self._services)
            self._swept = time.monotonic()
        await self._postman.send_due()
