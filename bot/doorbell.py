"""The doorbell: it says "look at the database now". Missing a ring delays, it never loses, because everybody who
waits looks at least once a second anyway."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import redis.asyncio as redis

PATIENCE_S = 1.0
RECONNECT_S = 2.0

log = logging.getLogger("mianshi.doorbell")


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
            # Not wait_for: on Python 3.11 it passes over a cancellation that comes in the moment of a ring.
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await event.wait()
        finally:
            self._waiting.discard(event)


class RedisDoorbell(Doorbell):
    """Rings in every process of every machine that shares a Redis. Without Redis it still rings at home."""

    def __init__(self, client: redis.Redis, channel: str) -> None:
        super().__init__()
        self._client = client
        self._channel = f"mianshi:{channel}"
        self._rung = asyncio.Event()

    def _wake(self) -> None:
        super()._wake()
        self._rung.set()

    async def pass_on(self) -> None:
        """Tell the others of rings here, until cancelled."""
        while True:
            await self._rung.wait()
            self._rung.clear()
            with suppress(redis.RedisError):
                await self._client.publish(self._channel, b"")

    async def listen(self) -> None:
        """Ring here when another process has rung, until cancelled."""
        while True:
            try:
                async with self._client.pubsub() as heard:
                    await heard.subscribe(self._channel)
                    async for _ in heard.listen():
                        super()._wake()
            except redis.RedisError as error:
                log.warning("Redis is away (%s): sockets look once a second meanwhile", type(error).__name__)
                await asyncio.sleep(RECONNECT_S)


@asynccontextmanager
async def open_doorbell(redis_url: str | None, channel: str) -> AsyncIterator[Doorbell]:
    """A doorbell for the life of an app, across processes where a Redis is given."""
    if redis_url is None:
        yield Doorbell()
        return
    client = redis.from_url(redis_url)
    bell = RedisDoorbell(client, channel)
    tasks = [asyncio.create_task(bell.pass_on()), asyncio.create_task(bell.listen())]
    try:
        yield bell
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.aclose()
