"""The 6-digit code for a browser goes to the Telegram chat that the interview is open in, where there is one: whoever
reads it there is the candidate, and no SMS is needed."""

from __future__ import annotations

import asyncio
import logging

from telegram.error import TelegramError

from bot.channels.telegram import sentence
from bot.gateway.code_sender import CodeSender
from bot.identity import Code, bound_chat
from bot.services import Services
from bot.telegram_line import open_bot

TELEGRAM = "Telegram"

log = logging.getLogger("mianshi.telegram")


class TelegramCodeSender:
    """`otherwise` sends the codes of interviews that are not open in Telegram, or when Telegram is away."""

    def __init__(self, services: Services, otherwise: CodeSender) -> None:
        self._services, self._otherwise = services, otherwise

    def send(self, code: Code) -> str | None:
        with self._services.database.reading() as session:
            chat = bound_chat(session, code.interview_id)
        if chat is None or chat.blocked_at is not None:
            return self._otherwise.send(code)
        try:
            asyncio.run(self._tell(chat.user_id, sentence("code_for_web", code.language, digits=code.digits)))
        except TelegramError as error:
            log.warning("a code could not be sent in Telegram (%s)", type(error).__name__)
            return self._otherwise.send(code)
        return TELEGRAM

    async def _tell(self, user_id: int, text: str) -> None:
        # A client of its own: this is called from threads, in any app, whether it speaks for the bot or not.
        async with open_bot(self._services.settings.telegram) as bot:
            await bot.send_message(user_id, text)
