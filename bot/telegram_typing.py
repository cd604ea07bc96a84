"""Telegram shows "typing…" while something that was sent there waits for our answer."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import Final

import telegram
from sqlmodel import col, select
from telegram.error import TelegramError

from bot.services import Services
from bot.telegram_handover import CLIENT_PREFIX
from core.clock import now
from core.errors import Unavailable
from core.tables import InboxMessage, TelegramChat, TelegramUpdate

LOOK_EVERY_S: Final = 0.5
SHOWN_FOR_S: Final = 4.0
"""Telegram takes it away after five seconds, or when a message comes."""
NOT_BEFORE: Final = timedelta(seconds=0.4)
"""A reply that comes at once needs no announcement, and one that overtakes it would leave it standing."""
NOT_AFTER: Final = timedelta(minutes=10)


class TelegramTyping:
    """For the one process that speaks for the bot."""

    def __init__(self, services: Services, bot: telegram.Bot, bot_id: int) -> None:
        self._services, self._bot, self._bot_id = services, bot, bot_id
        self._shown: dict[int, float] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            with suppress(Unavailable):
                for user_id in await asyncio.to_thread(self._waiting):
                    if time.monotonic() - self._shown.get(user_id, -SHOWN_FOR_S) >= SHOWN_FOR_S:
                        self._shown[user_id] = time.monotonic()
                        with suppress(TelegramError):  # an ornament
                            await self._bot.send_chat_action(user_id, telegram.constants.ChatAction.TYPING)
            await asyncio.sleep(LOOK_EVERY_S)

    def _waiting(self) -> list[int]:
        """Accounts that wait for us, whether their update or their message is in hand."""
        since = (now() - NOT_AFTER, now() - NOT_BEFORE)
        turns = (
            select(TelegramChat.user_id)
            .join(InboxMessage, col(InboxMessage.interview_id) == col(TelegramChat.interview_id))
            .where(
                TelegramChat.bot_id == self._bot_id,
                col(TelegramChat.blocked_at).is_(None),
                col(InboxMessage.done_at).is_(None),
                col(InboxMessage.client_id).startswith(CLIENT_PREFIX),
                col(InboxMessage.received_at).between(*since),
            )
        )
        updates = select(TelegramUpdate.chat_id).where(
            TelegramUpdate.bot_id == self._bot_id,
            col(TelegramUpdate.done_at).is_(None),
            col(TelegramUpdate.interview_id).is_not(None),
            col(TelegramUpdate.received_at).between(*since),
        )
        with self._services.database.reading() as session:
            waiting = {*session.exec(turns).all(), *session.exec(updates).all()}
        self._shown = {user_id: at for user_id, at in self._shown.items() if user_id in waiting}
        return list(waiting)
