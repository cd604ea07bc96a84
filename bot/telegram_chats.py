"""One task a chat: what belongs to a chat happens in order, and no chat waits for another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

STOP_WITHIN_S: Final = 5.0

log = logging.getLogger("mianshi.telegram")


class ChatTasks:
    """Runs `serve(chat_id)`, never twice at once for the same chat. `serve` works off what there is and returns; it
    has to stop soon once `stopping` is true."""

    def __init__(self, serve: Callable[[int], Awaitable[None]]) -> None:
        self._serve = serve
        self._running: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self.stopping = False

    def start(self, chat_ids: Iterable[int]) -> None:
        """Have these chats served; one that is being served is looked at once more after that."""
        for chat_id in chat_ids:
            if chat_id in self._running:
                self._again.add(chat_id)
            else:
                self._running[chat_id] = asyncio.create_task(self._run(chat_id))

    async def stop(self) -> None:
        """Let every chat finish what it has in hand, for at most 5 seconds."""
        self.stopping = True
        if tasks := list(self._running.values()):
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, chat_id: int) -> None:
        try:
            again = True
            while again and not self.stopping:
                self._again.discard(chat_id)
                await self._serve(chat_id)
                again = chat_id in self._again
        except Exception as error:  # the chat is looked at again within a second
            log.error("a chat waits: %s", type(error).__name__)
        finally:
            self._again.discard(chat_id)
            del self._running[chat_id]
