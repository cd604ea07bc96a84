"""The letters about a talk: that it is booked, moved or cancelled, with the calendar's entry, and one reminder."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.hr_talk.words import way_line, words_line
from bot.outreach.calendar import Method, talk_part
from bot.outreach.hours import latest
from bot.outreach.letters import TALK_LETTERS, Addressee, addressee, new_link, next_version, plan_letter
from bot.outreach.wording import Facts, Worded, signature_of, word_mail, word_sms
from bot.services import Services
from core.clock import now
from core.tables import Interview, Letter, Talk
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of

BEFORE: Final = timedelta(hours=1)
"""When the reminder comes; the evening before where that is night."""
APART: Final = timedelta(hours=1)
"""A reminder that would come sooner after the confirmation is none."""
TOO_LATE: Final = timedelta(minutes=15)
"""A worker that was down must not remind of what begins at once."""


def plan_talk_letters(services: Services, session: Session, interview: Interview, talk: Talk, by: Account) -> None:
    """Plan what tells of the talk as it now stands, inside the caller's transaction; what told of it as it stood before
    and has not gone out is dropped."""
    told = _has_been_told(session, interview.id)
    waiting = select(Letter).where(
        Letter.interview_id == interview.id, Letter.state == "pending", col(Letter.kind).in_(TALK_LETTERS)
    )
    for letter in session.exec(waiting):
        letter.state, letter.problem = "dropped", "superseded"
    if talk.cancelled_at is not None:
        if told or by.is_person:  # who cancels what no letter has told of needs none
            _plan(services, session, interview, "talk_off")
        return
    _plan(services, session, interview, "talk")
    to = addressee(services, session, interview)
    due_at = latest(talk.starts_at - BEFORE, to.zone, to.plan, holidays=False)
    wanted = to.plan.reminders and to.candidate.reminders_off_at is None
    if wanted and due_at is not None and due_at >= now() + APART:
        version = next_version(session, interview.id, "reminder_talk")
        plan_letter(services, session, interview, "reminder_talk", due_at, version)


def why_moot(session: Session, letter: Letter, interview: Interview, to: Addressee) -> str | None:
    """Why a letter about a talk is not needed any more; None while it is."""
    talk = session.get(Talk, interview.id)
    if talk is None or letter.version < next_version(session, interview.id, letter.kind) - 1:
        return "superseded"
    if letter.kind == "talk_off":
        return None if talk.cancelled_at is not None else "superseded"
    if interview.withdrawn_at is not None:
        return "withdrawn"
    if talk.cancelled_at is not None:
        return "superseded"
    reminds = letter.kind == "reminder_talk"
    if reminds and to.candidate.reminders_off_at is not None:
        return "unsubscribed"
    return "too_late" if talk.starts_at - now() < (TOO_LATE if reminds else timedelta()) else None


def word_talk_letter(
    services: Services, session: Session, letter: Letter, interview: Interview, to: Addressee
) -> Worded:
    """The words of a letter about a talk, with a link to the candidate's own page, and for a mail its calendar part."""
    talk, settings, language = session.get_one(Talk, interview.id), services.settings, language_of(interview)
    link = new_link(services, session, interview.id)
    facts = Facts(
        name=to.key.open(to.candidate.name_sealed),
        profile=profile_of(session, interview),
        language=language,
        zone=to.zone,
        company=settings.house.company,
        voice=settings.voice.enabled,
        until=interview.expires_at,
        start=talk.starts_at,
        url=link,
    )
    kind = "talk_moved" if letter.kind == "talk" and _stands_told(session, interview.id) else letter.kind
    if letter.kind == "talk_off" and interview.withdrawn_at is not None:
        kind = "talk_ended"
    if letter.channel == "sms":
        assert to.phone is not None
        return word_sms(kind, to.phone, facts, signature_of(settings))
    assert to.email is not None
    way, words = way_line(talk, to, language), words_line(talk, to, language)
    facts = replace(facts, url=f"{link}/status")
    worded = word_mail(kind, to.email, facts, talk_way=way, talk_words=f"\n\n{words}" if words else "")
    if letter.kind == "reminder_talk":
        return worded
    method: Method = "CANCEL" if letter.kind == "talk_off" else "REQUEST"
    sender = settings.mail.sender
    assert sender is not None
    part = talk_part(interview.id, facts, way, talk.meeting_url, talk.sequence, method, sender, to.email)
    return replace(worded, calendar=part, calendar_method=method)


def _plan(services: Services, session: Session, interview: Interview, kind: str) -> None:
    plan_letter(services, session, interview, kind, version=next_version(session, interview.id, kind))


def _has_been_told(session: Session, interview_id: str) -> bool:
    """Whether a letter about a talk has left, or may have."""
    gone = select(Letter.id).where(
        Letter.interview_id == interview_id,
        Letter.kind == "talk",
        col(Letter.state).in_(("sending", "sent", "unknown")),
    )
    return session.exec(gone).first() is not None


def _stands_told(session: Session, interview_id: str) -> bool:
    """Whether the last letter that left says that there is a talk: then the next one tells of a change."""
    gone = select(Letter.kind).where(
        Letter.interview_id == interview_id,
        col(Letter.kind).in_(("talk", "talk_off")),
        col(Letter.sent_at).is_not(None),
    )
    return session.exec(gone.order_by(col(Letter.sent_at).desc(), col(Letter.id).desc())).first() == "talk"
