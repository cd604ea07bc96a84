"""Recruiters in Telegram: /link with a code, /unlink, and questions. What is asked is sealed until it is answered; the
answer, which names candidates, is sent and never stored.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import asdict
from typing import Final

import telegram
from sqlmodel import Session
from telegram.error import TelegramError

from bot.channels.base import Piece, Received
from bot.channels.telegram import keyboard, sentence, split
from bot.recruiter_chat.channel import WHO, pieces_of
from bot.recruiter_chat.chat import RecruiterChat
from bot.recruiter_chat.linking import CodeWrong, asking_settings, link, linked, unlink
from bot.services import Services
from bot.telegram_pace import Pace
from core.tables import TelegramUpdate

TELEGRAM: Final = "telegram"
RECRUITER: Final = "recruiter"
PURPOSE: Final = "recruiter's question"
_TAKEN: Final = frozenset({"text", "command", "button", "start", "edited", "unsupported"})


def take_from_recruiter(services: Services, session: Session, row: TelegramUpdate, said: Received) -> bool:
    """Whether the update is a recruiter's; if so it is kept as theirs, or answered with a sentence at once.

    A linked account asks; who is invited to an interview opens the link with `/start` as anybody does.
    """
    word, _, rest = said.text.strip().partition(" ")
    if said.kind == "text" and word.lower() == "/link":
        if not asking_settings(session).telegram_on:
            return False
        try:
            account = link(services, session, TELEGRAM, str(said.chat_id), rest)
        except CodeWrong:
            row.note = sentence("link_wrong", said.language)
        else:
            row.note = sentence("linked", account.language)
        return True
    asker = linked(services, session, TELEGRAM, str(said.chat_id))
    if asker is None or said.kind not in _TAKEN or (said.kind == "start" and said.text):
        return False
    if said.kind == "text" and word.lower() == "/unlink":
        unlink(session, asker.account, TELEGRAM)
        row.note = sentence("unlinked", asker.account.language)
    elif said.kind in ("edited", "unsupported"):
        row.note = sentence("ask_in_words", asker.account.language)
    else:
        row.kind = RECRUITER
        content = json.dumps(asdict(said), ensure_ascii=False)
        row.content_sealed = services.keys.unwrap(asker.wrapped_key).seal(content, PURPOSE)
    return True


class TelegramAsking:
    """The `AskingChannel` of Telegram."""

    name = TELEGRAM

    def __init__(self, services: Services, bot: telegram.Bot, pace: Pace, chat: RecruiterChat | None) -> None:
        self._services, self._bot, self._pace, self._chat = services, bot, pace, chat

    async def send(self, account_id: str, piece: Piece) -> None:
        """See `AskingChannel.send`."""
        parts = split(piece.text)
        for number, part in enumerate(parts, 1):
            await self._pace.turn(int(account_id))
            await self._bot.send_message(
                int(account_id),
                part,
                reply_markup=keyboard(piece.choices) if number == len(parts) else None,
                protect_content=True,
                link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
            )

    async def answer(self, chat_id: int, said: Received, callback_id: str | None) -> str | None:
        """Answer a question of a linked recruiter; a sentence where that is not possible now. Raises TelegramError."""
        pieces = await asyncio.to_thread(self._pieces, str(chat_id), said)
        if callback_id is not None:
            with suppress(TelegramError):
                await self._bot.answer_callback_query(callback_id)
        for piece in pieces:
            await self.send(str(chat_id), piece)
        return None if pieces else sentence("asking_off", said.language)

    def _pieces(self, account_id: str, said: Received) -> list[Piece]:
        with self._services.database.reading() as session:
            asker = linked(self._services, session, TELEGRAM, account_id)
            with_quotes = asking_settings(session).telegram_quotes
        if asker is None or self._chat is None:
            return []
        if said.kind == "button":
            found = self._chat.answer("/summary", asker.account, (said.button_id.removeprefix(WHO),))
        else:
            question = f"/{said.command} {said.text}".strip() if said.command else said.text or "/help"
            found = self._chat.answer(question, asker.account)
        return pieces_of(found, self._services.settings.web.base_url, with_quotes)
