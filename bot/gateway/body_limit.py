"""Bodies are measured while they arrive: 200 MB are turned away after the first 10, whatever Content-Length says."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.error_responses import BodyTooLarge, problem
from bot.recordings import CHUNK_BYTES
from scoring.audio.kind import MAX_BYTES

JSON_BYTES: Final = 64 * 1024
FILE_BYTES: Final = 10 * 1024 * 1024
LARGEST_FILE_BYTES: Final = MAX_BYTES
"""A recording."""
ENVELOPE_BYTES: Final = 16 * 1024
"""What multipart adds around the file."""
WEBHOOK_BYTES: Final = 1_000_000
"""An update of Telegram's."""
CHAT: Final = "/api/chat/"
WEBHOOK_PATH: Final = "/telegram/webhook"


class BodyLimit:
    """ASGI middleware for the addresses of the chat and of Telegram; others pass as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith((CHAT, WEBHOOK_PATH)):
            await self._app(scope, receive, send)
            return
        limit, phrase = _limit(scope["path"])
        refusal = BodyTooLarge(phrase)
        if _announced(scope) > limit:
            await _refuse(refusal, scope, receive, send)
            return
        seen, over = 0, False

        async def counted() -> Message:
            nonlocal seen, over
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                over = True
                raise refusal
            return message

        async def unless_over(message: Message) -> None:
            # Frameworks turn an error while reading into an answer of their own; ours says what is the matter.
            if not over:
                await send(message)

        try:
            await self._app(scope, counted, unless_over)
        except BodyTooLarge:
            if not over:
                raise
        if over:
            await _refuse(refusal, scope, receive, send)


def _limit(path: str) -> tuple[int, str]:
    """How long a body this address takes, and what is said of a longer one."""
    if path.startswith(WEBHOOK_PATH):
        return WEBHOOK_BYTES, "utter_message_too_long"
    parts = path.removeprefix(CHAT).split("/")[1:]
    if parts == ["cv"]:
        return FILE_BYTES + ENVELOPE_BYTES, "file_too_large"
    if parts == ["recordings"]:
        return LARGEST_FILE_BYTES + ENVELOPE_BYTES, "recording_too_large"
    if parts[:1] == ["recordings"] and "chunks" in parts:
        return CHUNK_BYTES, "recording_piece_too_large"
    return JSON_BYTES, "utter_message_too_long"


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


async def _refuse(refusal: BodyTooLarge, scope: Scope, receive: Receive, send: Send) -> None:
    token = scope["path"].removeprefix(CHAT).partition("/")[0]
    connection = HTTPConnection({**scope, "path_params": {"token": token}})
    response = await run_in_threadpool(problem, connection, refusal)
    response.headers["Connection"] = "close"  # what is still on its way is not read
    await response(scope, receive, send)
