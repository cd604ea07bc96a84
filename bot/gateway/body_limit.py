"""Bodies are measured while they arrive: 200 MB are turned away after the first 10, whatever Content-Length says."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.error_responses import BodyTooLarge, problem

JSON_BYTES: Final = 64 * 1024
FILE_BYTES: Final = 10 * 1024 * 1024
ENVELOPE_BYTES: Final = 16 * 1024
"""What multipart adds around the file."""
CHAT: Final = "/api/chat/"


class BodyLimit:
    """ASGI middleware for the chat's addresses; others pass as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(CHAT):
            await self._app(scope, receive, send)
            return
        is_file = scope["path"].endswith("/cv")
        limit = FILE_BYTES + ENVELOPE_BYTES if is_file else JSON_BYTES
        refusal = BodyTooLarge("file_too_large" if is_file else "utter_message_too_long")
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


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


async def _refuse(refusal: BodyTooLarge, scope: Scope, receive: Receive, send: Send) -> None:
    token = scope["path"].removeprefix(CHAT).partition("/")[0]
    connection = HTTPConnection({**scope, "path_params": {"token": token}})
    response = await run_in_threadpool(problem, connection, refusal)
    response.headers["Connection"] = "close"  # what is still on its way is not read
    await response(scope, receive, send)
