"""The doorbell: it says "look at the database now". Missing a ring delays, it never loses, because everybody who
waits looks at least once a second anyway."""

from __future__ import annotations

import asyncio
from contextlib import suppress

PATIENCE_S = 1.0


class Doorbell:
    """Rings inside one process. Threads may ring; coroutines wait. Make it inside the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Wake all who wait. Safe to call from any thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody is left to wake
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    async def wait(self, patience_s: float = PATIENCE_S) -> None:
        """Return at the next ring, or after `patience_s` seconds of silence."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), patience_s)
        finally:
            self._waiting.discard(event)
