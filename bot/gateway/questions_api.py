"""A question as sound, for candidates who would rather listen (`bot/questions_aloud.py`)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from bot.gateway.rate_limit import RateLimit
from bot.gateway.webchat_api import LARGEST_SEQ, Admitted, Given
from bot.questions_aloud import NotReadAloud

router = APIRouter(prefix="/api/chat/{token}", tags=["questions aloud"])
listening_rate: Final = RateLimit(burst=8, per_second=0.5)

Seq = Annotated[int, Path(ge=1, le=LARGEST_SEQ)]


@router.get("/questions/{seq}/sound")
async def get_sound(seq: Seq, visitor: Admitted, services: Given) -> Response:
    listening_rate.take(visitor.interview_id)
    if services.aloud is None:
        raise NotReadAloud("no voice is set up")
    sound = await services.aloud.sound_of(services, visitor.interview_id, seq)
    return Response(sound, media_type="audio/mpeg", headers={"Cache-Control": "private, max-age=3600"})
