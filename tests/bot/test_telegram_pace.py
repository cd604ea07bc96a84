"""When the next message may go, by a clock that the test turns."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from bot import telegram_pace
from bot.telegram_pace import CHAT_EVERY_S, Pace


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> Pace:
    """A pace whose waiting takes no time."""
    time = [0.0]

    async def pass_time(seconds: float) -> None:
        time[0] += max(0.0, seconds)

    monkeypatch.setattr(asyncio, "sleep", pass_time)
    made = Pace(lambda: time[0])
    made.time = time  # type: ignore[attr-defined]
    return made


async def sent_at(pace: Pace, chat: int) -> float:
    await pace.turn(chat)
    return float(pace.time[0])  # type: ignore[attr-defined]


async def test_one_chat_gets_one_message_a_second(pace: Pace) -> None:
    assert [await sent_at(pace, 1) for _ in range(4)] == pytest.approx([0.0, 1.0, 2.0, 3.0])


async def test_all_chats_together_get_thirty_a_second(pace: Pace) -> None:
    moments = [await sent_at(pace, chat) for chat in range(90)]
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in zip(moments, moments[30:], strict=False))
    assert moments[-1] == pytest.approx(89 / 30)


async def test_a_held_chat_waits_and_the_others_do_not(pace: Pace) -> None:
    await pace.turn(1)
    pace.hold(1, 30.0)
    assert await sent_at(pace, 2) < CHAT_EVERY_S
    assert pace.chat_wait_s(1) == pytest.approx(30.0, abs=0.1)
    pace.hold(1, 2.0)
    assert pace.chat_wait_s(1) > 29


async def test_whoever_waits_for_the_same_chat_at_once_gets_moments_a_second_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telegram_pace, "CHAT_EVERY_S", 0.2)
    pace, moments = Pace(), []

    async def take() -> None:
        await pace.turn(1)
        moments.append(time.monotonic())

    await asyncio.gather(take(), take(), take())
    assert all(later - earlier > 0.15 for earlier, later in pairwise(moments))
