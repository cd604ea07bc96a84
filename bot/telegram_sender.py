"""What we say reaches the Telegram chats: read on from the last message shown, at Telegram's pace.

sendMessage knows no idempotency key, so one message cannot be sent exactly once. A question that never arrives ends an
interview, one that stands there twice is read twice: a message counts as shown only when Telegram has confirmed it,
and after a timeout, or a kill between sending and noting, it is sent again with the same buttons.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any, Final

import telegram
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot import conversation
from bot.channels.base import Piece
from bot.channels.telegram import digest_of, keyboard, pieces_of
from bot.identity import is_within_reach, within_reach
from bot.services import Services
from bot.telegram_account import speaking_chat
from bot.telegram_chats import ChatTasks
from bot.telegram_handover import CLIENT_PREFIX
from bot.telegram_pace import Pace, seconds_asked_for
from core.clock import now
from core.errors import CandidateErased, Unavailable
from core.tables import Candidate, InboxMessage, Interview, Message, TelegramChat, TelegramUpdate

LIVE_MESSAGES: Final = 6
"""More than this waiting at once is a talk that went on elsewhere: all but its end is shown in one piece."""
LAST_MESSAGES: Final = 2
RETRY_AFTER_S: Final = (1, 2, 4, 8, 15, 30)
GONE: Final = ("chat not found", "user is deactivated", "peer_id_invalid")

log = logging.getLogger("mianshi.telegram")


@dataclass(frozen=True, slots=True)
class ToSend:
    """The next thing for a chat. With it either the update that a note answers, or how far the chat has then seen."""

    piece: Piece
    chat_row: str | None = None
    seq: int = 0
    parts: int = 0
    is_asked: bool = False
    """With it a question stands before a candidate who is in Telegram."""
    update_id: int | None = None


class TelegramSender:
    """For the one process that speaks for the bot."""

    def __init__(self, services: Services, bot: telegram.Bot, bot_id: int, pace: Pace) -> None:
        self._services, self._bot, self._bot_id, self._pace = services, bot, bot_id, pace
        self._chats = ChatTasks(self._serve)

    async def run(self) -> None:
        """Work until cancelled; then what is on its way is noted first."""
        try:
            while True:
                ring = asyncio.create_task(self._services.outbox_bell.wait())
                await asyncio.sleep(0)  # it listens from here on: no ring falls between looking and waiting
                with suppress(Unavailable):
                    self._chats.start(await asyncio.to_thread(self._chats_waiting))
                await ring
        finally:
            await self._chats.stop()

    async def _serve(self, user_id: int) -> None:
        failures = 0
        while not self._chats.stopping and (next_one := await asyncio.to_thread(self._next, user_id)) is not None:
            await self._pace.turn(user_id)
            if self._chats.stopping:
                return
            try:
                await self._send(user_id, next_one.piece)
            except RetryAfter as error:
                self._pace.hold(user_id, seconds_asked_for(error))
                continue
            except Forbidden:
                await asyncio.to_thread(self._block, user_id)
                return
            except BadRequest as error:
                if str(error).lower() in GONE:
                    await asyncio.to_thread(self._block, user_id)
                    return
                # Nothing will make it acceptable; without going past it nothing after it would ever be shown.
                log.error("Telegram refuses a message (seq %d of a chat)", next_one.seq)
            except TelegramError as error:
                log.warning("a message to a chat waits: %s", type(error).__name__)
                await asyncio.sleep(RETRY_AFTER_S[min(failures, len(RETRY_AFTER_S) - 1)])
                failures += 1
                continue
            failures = 0
            await asyncio.to_thread(self._note_sent, next_one)

    async def _send(self, user_id: int, piece: Piece) -> None:
        await self._bot.send_message(
            user_id,
            piece.text,
            reply_markup=keyboard(piece.choices),
            disable_notification=piece.silent or None,
            link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
        )

    def _chats_waiting(self) -> list[int]:
        """Accounts that have not been shown everything yet; some may turn out to have seen it. Each is looked at every
        second until it has: what can never be shown is left out here."""
        newer = aliased(TelegramChat)
        is_elsewhere = select(newer.id).where(
            newer.user_id == TelegramChat.user_id,
            newer.bot_id == TelegramChat.bot_id,
            newer.chosen_at > TelegramChat.chosen_at,
        )
        readable = (
            within_reach()
            .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
            .where(Interview.id == TelegramChat.interview_id, col(Candidate.wrapped_key).is_not(None))
        )
        unseen = select(Message.id).where(
            Message.interview_id == TelegramChat.interview_id, Message.seq > TelegramChat.sent_seq
        )
        talks = select(TelegramChat.user_id).where(
            TelegramChat.bot_id == self._bot_id,
            col(TelegramChat.bound_at).is_not(None),
            col(TelegramChat.blocked_at).is_(None),
            unseen.exists(),
            readable.exists(),
            ~is_elsewhere.exists(),
        )
        with self._services.database.reading() as session:
            noted = session.exec(select(TelegramUpdate.chat_id).where(*self._unsent_notes()).distinct()).all()
            return list(dict.fromkeys([*noted, *session.exec(talks.distinct()).all()]))

    def _unsent_notes(self) -> tuple[Any, ...]:
        return (
            TelegramUpdate.bot_id == self._bot_id,
            col(TelegramUpdate.note).is_not(None),
            col(TelegramUpdate.note_sent_at).is_(None),
        )

    def _next(self, user_id: int) -> ToSend | None:
        with self._services.database.reading() as session:
            noted = select(TelegramUpdate).where(*self._unsent_notes(), TelegramUpdate.chat_id == user_id)
            row = session.exec(noted.order_by(col(TelegramUpdate.update_id)).limit(1)).first()
            if row is not None:
                return ToSend(Piece(row.note or ""), update_id=row.update_id)
            chat = speaking_chat(session, self._bot_id, user_id)
            if chat is None or chat.bound_at is None or chat.blocked_at is not None:
                return None
            if not is_within_reach(session, chat.interview_id):
                return None
            language = session.get_one(Interview, chat.interview_id).language
        try:
            messages = conversation.messages_after(self._services, chat.interview_id, chat.sent_seq)
        except CandidateErased:
            return None
        with self._services.database.reading() as session:
            # After the messages: of one that came between two looks nobody would know where it was said.
            origins = self._origins(session, chat)
        rest = list(dropwhile(lambda m: m["from"] == "candidate" and origins.get(m["seq"]) == "telegram", messages))
        if rest:
            return _compose(chat, rest, origins, language)
        if messages:
            self._note_sent(ToSend(Piece(""), chat.id, messages[-1]["seq"]))
        return None

    def _origins(self, session: Session, chat: TelegramChat) -> dict[int, str]:
        """Of each message that the chat has not seen: was it said in Telegram or on the web, or answers what was."""
        turns = (
            select(Message.seq, InboxMessage.client_id)
            .join(InboxMessage, col(InboxMessage.turn_id) == col(Message.turn_id))
            .where(
                Message.interview_id == chat.interview_id,
                Message.seq > chat.sent_seq,
                col(InboxMessage.seq).is_not(None),
            )
        )
        return {
            seq: "telegram" if client_id.startswith(CLIENT_PREFIX) else "web" for seq, client_id in session.exec(turns)
        }

    def _note_sent(self, sent: ToSend) -> None:
        with self._services.database.unit_of_work() as session:
            if sent.update_id is not None:
                session.get_one(TelegramUpdate, (self._bot_id, sent.update_id)).note_sent_at = now()
                return
            chat = session.get_one(TelegramChat, sent.chat_row)
            chat.sent_seq, chat.sent_parts = sent.seq, sent.parts
            if sent.is_asked:
                conversation.forgive_delay(session, chat.interview_id, sent.seq)

    def _block(self, user_id: int) -> None:
        """The account wants nothing of us: it is left in peace until it comes back."""
        with self._services.database.unit_of_work() as session:
            for chat in session.exec(select(TelegramChat).where(TelegramChat.user_id == user_id)):
                chat.blocked_at = chat.blocked_at or now()
            for row in session.exec(
                select(TelegramUpdate).where(*self._unsent_notes(), TelegramUpdate.chat_id == user_id)
            ):
                row.note = None


def _compose(
    chat: TelegramChat, messages: Sequence[dict[str, Any]], origins: Mapping[int, str], language: str
) -> ToSend:
    # Many at once are told together where the talk went on elsewhere; who writes fast here is answered line by line.
    went_on_elsewhere = any(m["from"] == "candidate" and origins.get(m["seq"]) == "web" for m in messages)
    if went_on_elsewhere and len(messages) > LIVE_MESSAGES and chat.sent_parts == 0:
        seq, digest = next(digest_of(messages[:-LAST_MESSAGES], language))
        return ToSend(digest, chat.id, seq)
    message = messages[0]
    pieces = pieces_of(message, language, from_the_web=origins.get(message["seq"]) == "web")
    part = min(chat.sent_parts, len(pieces) - 1)
    if part == len(pieces) - 1:
        is_asked = bool(message["question"]) and origins.get(message["seq"]) == "telegram"
        return ToSend(pieces[part], chat.id, message["seq"], is_asked=is_asked)
    return ToSend(pieces[part], chat.id, chat.sent_seq, part + 1)
