"""Which Telegram account speaks in which interview.

The link is the same capability as on the web: the first account that presents it is bound and every other one is
refused, so that nobody else ever sees a word of the talk. That lasts as long as the link: where the wrong person was
the first, the recruiter makes a new link, which binds anew. An interview that a browser has opened before is opened
in Telegram with the 6-digit code alone, since the link may have been forwarded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, col, select

from bot.channels.telegram import sentence
from bot.conversation import hold_interview
from bot.gateway.error_responses import explain
from bot.identity import CodeUsedUp, active_device, bound_chat, is_within_reach, living_interview, use_code
from bot.services import Services
from core.clock import now
from core.errors import InterviewOver, LinkUnknown, Refused
from core.tables import TelegramChat

CODE_DIGITS = 6


class AccountTaken(Refused):
    """The interview belongs to another Telegram account."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What came of a link: `new` and bound just now, `back` in a talk of theirs, or a `code` is wanted first."""

    chat: TelegramChat
    outcome: Literal["new", "back", "code"]


def present_link(session: Session, bot_id: int, user_id: int, token: str) -> Presented:
    """An account opens a link. Raises LinkUnknown, InterviewOver, AccountTaken; inside the caller's transaction."""
    interview = hold_interview(session, living_interview(session, token).id)
    chat = session.exec(
        select(TelegramChat).where(TelegramChat.user_id == user_id, TelegramChat.interview_id == interview.id)
    ).first()
    holder = bound_chat(session, interview.id)
    if holder is not None and holder.user_id != user_id:
        raise AccountTaken("the interview belongs to another Telegram account")
    if holder is None and (interview.finished_at or interview.withdrawn_at):
        raise InterviewOver("the interview is over")
    if chat is None:
        chat = TelegramChat(bot_id=bot_id, user_id=user_id, interview_id=interview.id, chosen_at=now())
        session.add(chat)
    chat.chosen_at, chat.blocked_at = now(), None
    if chat.bot_id != bot_id:  # the house has another bot now, whose chat is empty
        chat.bot_id, chat.sent_seq, chat.sent_parts = bot_id, 0, 0
    if chat.bound_at is not None:
        return Presented(chat, "back")
    if active_device(session, interview.id) is not None:
        return Presented(chat, "code")
    chat.bound_at = now()
    session.flush()
    return Presented(chat, "new")


def enter_code(services: Services, chat_id: str, digits: str, language: str) -> str | None:
    """An account that owes the code sends something: None when it is bound now, else the sentence to tell it."""
    if not (digits.isascii() and digits.isdigit() and len(digits) == CODE_DIGITS):
        return sentence("code_form", language)
    with services.database.unit_of_work() as session:
        chat = session.get_one(TelegramChat, chat_id)
        hold_interview(session, chat.interview_id)
        if not is_within_reach(session, chat.interview_id):
            return explain(LinkUnknown("the link was revoked or has expired"), language)
        if bound_chat(session, chat.interview_id) is not None:
            return sentence("taken", language)
        try:
            if not use_code(services, session, chat.interview_id, digits):
                return sentence("code_again", language)
        except CodeUsedUp:
            return sentence("code_used_up", language)
        chat.bound_at = now()
    return None


def speaking_chat(session: Session, bot_id: int, user_id: int) -> TelegramChat | None:
    """Where an account speaks: in the interview whose link it presented last, bound or still owing the code."""
    own = select(TelegramChat).where(TelegramChat.user_id == user_id, TelegramChat.bot_id == bot_id)
    return session.exec(own.order_by(col(TelegramChat.chosen_at).desc(), col(TelegramChat.id).desc())).first()
