"""Twenty voice notes that are sent in the same instant: when each candidate reads that theirs came, and what it costs a
candidate who writes meanwhile."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass

from benchmarks.turns import Latency, latency
from tests.recordings import clips, encode, join
from tests.stack import CandidateClient, Stack

SPEAKERS = 20
SECONDS = 42
"""Of a recording, about: an answer as people give it."""
QUIET_TURNS, BUSY_TURNS = 12, 25
POLL_S, PAUSE_S = 0.05, 0.3


@dataclass(frozen=True)
class Crowd:
    """Seconds from the end of a recording to the word that it came; seconds of a turn of somebody who writes."""

    told: Latency
    quiet: Latency
    busy: Latency

    @property
    def times_quiet(self) -> float:
        return self.busy.p50 / self.quiet.p50


def measure(stack: Stack) -> Crowd:
    """Needs a stack whose app, worker and Rasa run."""
    return asyncio.run(_measure(stack))


async def _measure(stack: Stack) -> Crowd:
    recording = encode(join([one["id"] for one in clips()])[: SECONDS * 16_000])
    writer, *speakers = [await _begin(stack) for _ in range(SPEAKERS + 1)]
    sent = [await asyncio.to_thread(_send_pieces, speaker, recording) for speaker in speakers]
    await asyncio.to_thread(_turn, writer)
    quiet = [await asyncio.to_thread(_turn, writer) for _ in range(QUIET_TURNS)]
    told = [
        asyncio.create_task(asyncio.to_thread(_finish, speaker, *one))
        for speaker, one in zip(speakers, sent, strict=True)
    ]
    busy = []
    for _ in range(BUSY_TURNS):
        busy.append(await asyncio.to_thread(_turn, writer))
        await asyncio.sleep(PAUSE_S)
    return Crowd(latency(list(await asyncio.gather(*told))), latency(quiet), latency(busy))


async def _begin(stack: Stack) -> CandidateClient:
    client = CandidateClient(stack.base, stack.invite("en", "production_supervisor").token)
    await asyncio.to_thread(client.read_until_quiet)
    await asyncio.to_thread(client.press, client.buttons()[0])
    return client


def _send_pieces(speaker: CandidateClient, recording: bytes) -> tuple[str, int]:
    client_id, step = str(uuid.uuid4()), 100_000
    pieces = [recording[at : at + step] for at in range(0, len(recording), step)]
    for ordinal, piece in enumerate(pieces):
        speaker.http.put(f"/recordings/{client_id}/chunks/{ordinal}", content=piece).raise_for_status()
    return client_id, len(pieces)


def _finish(speaker: CandidateClient, client_id: str, pieces: int) -> float:
    began = time.perf_counter()
    accepted = speaker.http.post(f"/recordings/{client_id}/finish", json={"chunks": pieces}).raise_for_status()
    _wait_for_reply(speaker, accepted.json()["seq"])
    return time.perf_counter() - began


def _turn(writer: CandidateClient) -> float:
    began = time.perf_counter()
    accepted = writer.post("how much time is left?").raise_for_status()
    _wait_for_reply(writer, accepted.json()["seq"])
    return time.perf_counter() - began


def _wait_for_reply(client: CandidateClient, seq: int) -> None:
    while True:
        said = client.http.get("/messages", params={"after": seq}).raise_for_status().json()
        if any(message["from"] == "bot" for message in said):
            return
        time.sleep(POLL_S)
