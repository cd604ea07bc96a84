"""Turn latency: from a candidate's message to the bot's reply on the WebSocket, beside a bare Rasa turn.

The bare turn uses the same server and model: `/answer` into a rule whose one action is empty. Both are measured in
one run, the bare one first, since Rasa knows one action server and the app takes its place afterwards.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from tests.stack import CandidateClient, Stack

ANSWERS = (
    "去年有个做注塑的客户一直嫌贵，我没有急着报价，先去车间看了半天，问他们怎么排产。我按他们的用工算了一笔账，一年能省十一万，最后签了二十八万。",
    "我会先把剩下的任务按客户拆开，先联系最有把握的三家，每天下班前对一次数，做不到的提前告诉主管，一起想办法。",
    "刚到宁波的头两个月一单没开，我每天晚上把被拒的原因写下来，发现七成是找错了人，第三个月改成先约生产主管，当月签了两家。",
)
BARE_TURNS = 60
ALONE_TURNS = 40
OPEN_LOOP_CANDIDATES = 10
OPEN_LOOP_PERIOD_S = 10.0
OPEN_LOOP_ROUNDS = 6
RATES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
RATE_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds."""

    p50: float
    p95: float
    n: int


def latency(samples: list[float]) -> Latency:
    ordered = sorted(samples)
    return Latency(statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], len(ordered))


async def bare_rasa_turns(stack: Stack) -> Latency:
    """`/answer` into a rule with one empty action, one after the other."""
    empty = FastAPI()

    @empty.post("/webhook")
    async def nothing() -> dict[str, list[Any]]:
        return {"events": [], "responses": []}

    port = int(stack.environment["ACTION_PORT"])
    async with _served(empty, port), httpx.AsyncClient(trust_env=False, timeout=60) as http:
        rasa, samples = stack.running_rasa(), []
        for turn in range(BARE_TURNS + 5):
            body = {
                "sender": f"bare-{turn}",
                "message": '/answer{"answer_id": "1"}',
                "metadata": {"turn_id": str(turn)},
            }
            began = time.perf_counter()
            reply = await http.post(f"{rasa.url}/webhooks/rest/webhook", params={"token": rasa.token}, json=body)
            reply.raise_for_status()
            samples.append(time.perf_counter() - began)
        return latency(samples[5:])  # the first ones warm the server up


@asynccontextmanager
async def _served(app: FastAPI, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield
    server.should_exit = True
    await task


class Talker:
    """A candidate on the WebSocket who is at the first structured question, and at a fresh interview when it ends."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._said = 0

    async def begin(self) -> None:
        invitation = self._stack.invite()  # not in a thread: it reads settings from the environment of this process
        self._candidate = CandidateClient(self._stack.base, invitation.token)
        await asyncio.to_thread(self._candidate.go_to, "structured", ANSWERS[0])
        address = f"{self._stack.base.replace('http', 'ws')}/api/chat/{invitation.token}/socket"
        self._socket: ClientConnection = await connect(
            f"{address}?after={self._candidate.seq}", origin=Origin(self._stack.base), proxy=None
        )
        self._left = 5

    async def turn(self) -> float:
        """Seconds from sending an answer to the next question."""
        text, client_id = ANSWERS[self._said % len(ANSWERS)], str(uuid.uuid4())
        self._said += 1
        self._left -= 1
        began = time.perf_counter()
        await self._socket.send(json.dumps({"client_id": client_id, "text": text}))
        while True:
            message = json.loads(await asyncio.wait_for(self._socket.recv(), 60))
            if message.get("from") == "bot":
                return time.perf_counter() - began

    @property
    def is_through(self) -> bool:
        return self._left <= 0

    async def end(self) -> None:
        await self._socket.close()


async def alone(stack: Stack) -> Latency:
    """One candidate, one message after the other."""
    samples: list[float] = []
    while len(samples) < ALONE_TURNS:
        talker = Talker(stack)
        await talker.begin()
        while not talker.is_through:
            samples.append(await talker.turn())
            await asyncio.sleep(0.2)
        await talker.end()
    return latency(samples)


async def open_loop(stack: Stack) -> Latency:
    """Ten candidates, each with a message every ten seconds whether or not the last was answered quickly."""
    talkers = [Talker(stack) for _ in range(OPEN_LOOP_CANDIDATES)]
    await asyncio.gather(*(talker.begin() for talker in talkers))

    async def converse(talker: Talker, offset_s: float) -> list[float]:
        await asyncio.sleep(offset_s)
        samples = []
        began = time.perf_counter()
        for round_ in range(min(OPEN_LOOP_ROUNDS, 5)):
            await asyncio.sleep(max(0.0, began + round_ * OPEN_LOOP_PERIOD_S - time.perf_counter()))
            samples.append(await talker.turn())
        await talker.end()
        return samples

    spread = OPEN_LOOP_PERIOD_S / OPEN_LOOP_CANDIDATES
    results = await asyncio.gather(*(converse(talker, i * spread) for i, talker in enumerate(talkers)))
    return latency([sample for samples in results for sample in samples])


async def most_turns_a_second(stack: Stack) -> float:
    """The highest offered rate of answers at which the p95 stays under one second."""
    best = 0.0
    for rate in RATES:
        count = max(3, round(rate * RATE_SECONDS / 5))
        talkers = [Talker(stack) for _ in range(count)]
        await asyncio.gather(*(talker.begin() for talker in talkers))
        gap = count / rate

        async def converse(talker: Talker, offset_s: float, gap: float = gap) -> list[float]:
            await asyncio.sleep(offset_s)
            began, samples = time.perf_counter(), []
            for round_ in range(5):
                await asyncio.sleep(max(0.0, began + round_ * gap - time.perf_counter()))
                samples.append(await talker.turn())
            await talker.end()
            return samples

        results = await asyncio.gather(*(converse(talker, i / rate) for i, talker in enumerate(talkers)))
        if latency([sample for samples in results for sample in samples]).p95 >= 1.0:
            return best
        best = rate
    return best
