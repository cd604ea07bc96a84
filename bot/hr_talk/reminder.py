"""The reminder in a Telegram chat, which rings by itself; who uses the web page alone is reminded by letter."""

from __future__ import annotations

from sqlmodel import col, select

from bot.conversation import earlier_message, hold_interview, say_of_itself
from bot.hr_talk.booking import live_talk
from bot.hr_talk.letter import BEFORE, TOO_LATE
from bot.hr_talk.words import said_in_chat
from bot.outreach.hours import is_quiet
from bot.outreach.letters import addressee
from bot.services import Services
from core.clock import now
from core.errors import CandidateErased
from core.tables import Talk, TelegramChat
from dialogue.turn import Reply

PAYLOAD = "talk_reminder"


def remind_in_chats(services: Services) -> int:
    """For the worker: remind of what begins within the hour, once each, and of no talk that was booked within that hour;
    how many were reminded."""
    soon = (
        select(Talk.interview_id)
        .join(TelegramChat, col(TelegramChat.interview_id) == col(Talk.interview_id))
        .where(
            col(Talk.time_id).is_not(None),
            Talk.starts_at > now() + TOO_LATE,
            Talk.starts_at <= now() + BEFORE,
            Talk.booked_at < now() - BEFORE,
            col(TelegramChat.bound_at).is_not(None),
        )
    )
    with services.database.reading() as session:
        ids = list(dict.fromkeys(session.exec(soon)))
    reminded = 0
    for interview_id in ids:
        try:
            reminded += _remind(services, interview_id)
        except CandidateErased:
            continue
    if reminded:
        services.outbox_bell.ring()
    return reminded


def _remind(services: Services, interview_id: str) -> bool:
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        talk, to = live_talk(session, interview), addressee(services, session, interview)
        unwanted = not to.plan.reminders or to.candidate.reminders_off_at is not None
        if talk is None or unwanted or is_quiet(now(), to.zone, to.plan):
            return False
        once = str(talk.sequence)
        if earlier_message(session, interview_id, f"{PAYLOAD}:{once}") is not None:
            return False
        text = said_in_chat(services, session, interview, talk, to, "reminder")
        say_of_itself(services, session, interview, PAYLOAD, Reply("status", text), once=once)
        return True
