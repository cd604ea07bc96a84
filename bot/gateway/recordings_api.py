"""Spoken answers over HTTP: a recording in pieces or as a whole, its correction, and the check of the device.

Everything is committed, sealed, before it is answered; the same `client_id`, and the same piece, twice is once.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from bot import recordings
from bot.gateway.rate_limit import RateLimit
from bot.gateway.webchat_api import Accepted, Admitted, Given, Text, read_file, sending_rate
from scoring.audio.kind import MAX_BYTES
from scoring.audio.refusals import RecordingRefused

MOST_CHUNKS: Final = 1_000
FINISHING_THREADS: Final = 6

router = APIRouter(prefix="/api/chat/{token}", tags=["spoken answers"])
chunk_rate = RateLimit(burst=200, per_second=10.0)
"""A page that was offline sends what it kept all at once."""
recording_rate = RateLimit(burst=6, per_second=0.2)
finishing_threads = CapacityLimiter(FINISHING_THREADS)
"""Looking at a file takes a process of its own; a crowd of recordings must not keep messages waiting."""

Ordinal = Annotated[int, Path(ge=0, lt=MOST_CHUNKS)]


class EnvironmentIn(BaseModel):
    """What the page measured while it recorded."""

    dropped_packets: int | None = Field(default=None, ge=0, le=10_000_000)
    rtt_ms: float | None = Field(default=None, ge=0, le=600_000)
    disconnects: int | None = Field(default=None, ge=0, le=10_000)
    level_db: float | None = Field(default=None, ge=-200, le=20)


class FinishIn(BaseModel):
    chunks: int = Field(ge=0, le=MOST_CHUNKS)
    environment: EnvironmentIn | None = None


class CorrectionIn(BaseModel):
    client_id: UUID
    text: Text


class DeviceCheckIn(BaseModel):
    client_id: UUID
    microphone: Literal["ok", "silent", "none", "skipped"]
    level_db: float | None = Field(default=None, ge=-200, le=20)
    speaker: Literal["ok", "none", "skipped"]
    rtt_ms: float | None = Field(default=None, ge=0, le=600_000)
    kbit_s: float | None = Field(default=None, ge=0, le=100_000_000)


@router.put("/recordings/{client_id}/chunks/{ordinal}", status_code=204)
async def put_chunk(client_id: UUID, ordinal: Ordinal, request: Request, visitor: Admitted, services: Given) -> None:
    chunk_rate.take(visitor.interview_id)
    data = await request.body()
    keep = partial(recordings.receive_chunk, services, visitor.interview_id, str(client_id), ordinal, data)
    await to_thread.run_sync(keep)


@router.post("/recordings/{client_id}/finish", status_code=202)
async def finish(client_id: UUID, body: FinishIn, visitor: Admitted, services: Given) -> Accepted:
    recording_rate.take(visitor.interview_id)
    environment = recordings.ClientEnvironment(**body.environment.model_dump()) if body.environment else None
    acknowledge = partial(
        recordings.finish_recording, services, visitor.interview_id, str(client_id), body.chunks, environment
    )
    return Accepted(seq=await to_thread.run_sync(acknowledge, limiter=finishing_threads))


@router.post("/recordings", status_code=202)
async def post_recording(request: Request, visitor: Admitted, services: Given) -> Accepted:
    recording_rate.take(visitor.interview_id)
    client_id, data, _ = await read_file(request, MAX_BYTES, RecordingRefused("too_large"))
    receive = partial(recordings.receive_recording, services, visitor.interview_id, client_id, data, "web")
    return Accepted(seq=await to_thread.run_sync(receive, limiter=finishing_threads))


@router.post("/transcripts/{recording_id}", status_code=202)
def post_correction(recording_id: str, body: CorrectionIn, visitor: Admitted, services: Given) -> Accepted:
    sending_rate.take(visitor.interview_id)
    seq = recordings.receive_correction(services, visitor.interview_id, str(body.client_id), recording_id, body.text)
    return Accepted(seq=seq)


@router.post("/device-check", status_code=204)
def post_device_check(body: DeviceCheckIn, visitor: Admitted, services: Given) -> None:
    sending_rate.take(visitor.interview_id)
    check = recordings.DeviceCheck(**body.model_dump(exclude={"client_id"}))
    recordings.note_device_check(services, visitor.interview_id, str(body.client_id), check)
