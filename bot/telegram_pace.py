"""When the next message may go: one a second in a chat, thirty a second in all, and a chat that Telegram has asked to
wait waits alone. The figures are those of Telegram's own Bots FAQ ("My bot is hitting limits")."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from telegram.error import RetryAfter

CHAT_EVERY_S: Final = 1.0
ANY_EVERY_S: Final = 1 / 30
FORGET_OVER: Final = 10_000


class Pace:
    """Gives out moments. For one event loop; in the process's memory, since one process speaks for a bot."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._chats: dict[int, float] = {}
        self._any = 0.0

    async def turn(self, chat_id: int) -> None:
        """Wait for the chat's next free moment, then for one of the whole bot's."""
        while (wait_s := self.chat_wait_s(chat_id)) > 0:  # it may have been told to wait longer meanwhile
            await asyncio.sleep(wait_s)
        any_wait_s = self.reserve_any()
        # Taken before waiting for it, so that nobody else who waits for this chat gets the same moment.
        self._chats[chat_id] = self._clock() + any_wait_s + CHAT_EVERY_S
        await asyncio.sleep(any_wait_s)

    def chat_wait_s(self, chat_id: int) -> float:
        """Seconds until the chat may be sent to."""
        at = self._clock()
        if len(self._chats) > FORGET_OVER:
            self._chats = {chat: free for chat, free in self._chats.items() if free > at}
        return self._chats.get(chat_id, at) - at

    def reserve_any(self) -> float:
        """Take the bot's next free moment; how many seconds away it is."""
        at = self._clock()
        moment = max(at, self._any)
        self._any = moment + ANY_EVERY_S
        return moment - at

    def hold(self, chat_id: int, seconds: float) -> None:
        """Telegram wants nothing for this chat for so long."""
        self._chats[chat_id] = max(self._chats.get(chat_id, 0.0), self._clock() + seconds)


def seconds_asked_for(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    period = error.retry_after
    return period.total_seconds() if isinstance(period, timedelta) else float(period)
