"""Forms and requests of programs are small; a larger body is turned away, announced or not, before it fills memory."""

from __future__ import annotations

from typing import Final

from fastapi import HTTPException, Request
from starlette.types import Message

LARGEST_BODY: Final = 64 * 1024


def limited(request: Request, largest: int = LARGEST_BODY) -> Request:
    """The same request, whose body raises HTTPException 413 as soon as it is longer than `largest` bytes."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > largest:
        raise HTTPException(413)
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > largest:
            raise HTTPException(413)
        return message

    return Request(request.scope, counted)
