"""The web chat over a WebSocket: the same messages as over HTTP, in order, from the sequence number the page has seen.

From the page: `{"client_id", "text", "input"?}` or `{"client_id", "button"}`. To the page: message objects as in
`GET …/messages`; `{"ack": client_id, "seq"}`, `{"refused": client_id, "detail"}` (it will never be taken) or
`{"later": client_id, "retry_after_s", "detail"}` (send it again); `{"state": …}` when it changed and as a heartbeat.
Who may listen is asked again at every look and every frame; 4001 closes for another browser, 4004 for a dead link.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, WebSocket
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketState

from bot import conversation
from bot.gateway.body_limit import JSON_BYTES
from bot.gateway.chat_state import ChatState, read_state
from bot.gateway.error_responses import explain, problem, sentence
from bot.gateway.webchat_api import LARGEST_SEQ, InputIn, Text, sending_rate
from bot.identity import Visitor, admit
from bot.services import Services, services_of
from core.errors import DeviceUnknown, LinkUnknown, MianshiError, PermissionMissing, Unavailable

HEARTBEAT_S: Final = 15.0
REPLACED: Final = 4001
GONE: Final = 4004
UNREADABLE: Final = 1003
TOO_BIG: Final = 1009
FAILED: Final = 1011

log = logging.getLogger(__name__)

router = APIRouter()


class Sent(BaseModel):
    """One frame from the page: a text or a press of a button."""

    client_id: UUID
    text: Text | None = None
    input: InputIn | None = None
    button: str | None = Field(default=None, max_length=64)


@router.websocket("/api/chat/{token}/socket")
async def chat_socket(
    websocket: WebSocket,
    token: str,
    services: Annotated[Services, Depends(services_of)],
    after: Annotated[int, Query(ge=0, le=LARGEST_SEQ)] = 0,
) -> None:
    if not same_origin(websocket, services.settings.web.base_url):
        await _deny(websocket, PermissionMissing("another site's page"))
        return
    try:
        visitor = await run_in_threadpool(admit, services, token, websocket.cookies)
    except MianshiError as error:
        await _deny(websocket, error)
        return
    await websocket.accept()
    await _Conversation(websocket, services, token, visitor, after).run()


def same_origin(websocket: WebSocket, base_url: str) -> bool:
    """Whether the page that opens the socket is ours. Programs send no Origin; browsers always do."""
    origin = websocket.headers.get("origin")
    if origin is None:
        return True
    return origin == base_url or urlsplit(origin).netloc == websocket.headers.get("host", "")


class _Conversation:
    """One open socket. Receiving and sending take turns, so that an ack always comes before its own message."""

    def __init__(self, websocket: WebSocket, services: Services, token: str, visitor: Visitor, after: int) -> None:
        self._socket, self._services, self._token = websocket, services, token
        self._visitor, self._seen = visitor, after
        self._state: ChatState | None = None
        self._state_sent_at = 0.0
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._send())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            error = None if task.cancelled() else task.exception()
            if error is not None and not self._is_gone():
                log.error("%s on the socket of interview %s", type(error).__name__, self._visitor.interview_id)
                await self._socket.close(FAILED, "failed")  # the page comes back by itself

    def _is_gone(self) -> bool:
        return WebSocketState.DISCONNECTED in (self._socket.client_state, self._socket.application_state)

    async def _send(self) -> None:
        while True:
            ring = asyncio.create_task(self._services.outbox_bell.wait())
            await asyncio.sleep(0)  # it listens from here on, so that no ring falls between looking and waiting
            with suppress(Unavailable):  # looked at again after the next ring
                try:
                    await self._send_news()
                except DeviceUnknown:
                    await self._socket.close(REPLACED, "replaced")
                    return
                except LinkUnknown:
                    await self._socket.close(GONE, "gone")
                    return
            await ring

    async def _send_news(self) -> None:
        async with self._turn:
            messages, state = await run_in_threadpool(self._look)
            for message in messages:
                await self._socket.send_json(message)
                self._seen = message["seq"]
            at = asyncio.get_running_loop().time()
            if self._changed(state) or at - self._state_sent_at >= HEARTBEAT_S:
                self._state, self._state_sent_at = state, at
                await self._socket.send_json({"state": state.model_dump()})

    def _look(self) -> tuple[list[dict[str, Any]], ChatState]:
        self._admit_again()
        # The state first: a message that comes meanwhile is then no older than what the page shows of it.
        state = read_state(self._services, self._visitor.interview_id)
        return conversation.messages_after(self._services, self._visitor.interview_id, self._seen), state

    def _changed(self, state: ChatState) -> bool:
        if self._state is None:
            return True
        passed = self._state.left_s - state.left_s
        return state.model_copy(update={"left_s": 0}) != self._state.model_copy(update={"left_s": 0}) or passed < 0

    async def _receive(self) -> None:
        while True:
            frame = await self._socket.receive()
            if frame["type"] == "websocket.disconnect":
                return
            raw = frame.get("text") or ""
            if len(raw.encode()) > JSON_BYTES:
                await self._socket.close(TOO_BIG, "too big")
                return
            try:
                sent = Sent.model_validate_json(raw)
            except ValidationError:
                await self._socket.close(UNREADABLE, "unreadable")
                return
            async with self._turn:
                await self._socket.send_json(await run_in_threadpool(self._take_in, sent))

    def _take_in(self, sent: Sent) -> dict[str, Any]:
        client_id, interview_id = str(sent.client_id), self._visitor.interview_id
        try:
            sending_rate.take(interview_id)
            self._admit_again()
            if sent.button is not None:
                seq = conversation.receive_button(self._services, interview_id, client_id, sent.button)
            else:
                seen = sent.input.as_seen() if sent.input else None
                seq = conversation.receive_text(self._services, interview_id, client_id, sent.text or "", seen)
        except DeviceUnknown:
            return {"refused": client_id, "detail": sentence("replaced", self._visitor.language)}
        except MianshiError as error:
            return self._refusal(client_id, error)
        return {"ack": client_id, "seq": seq}

    def _admit_again(self) -> None:
        """Raise DeviceUnknown or LinkUnknown once this socket would not be opened any more."""
        admit(self._services, self._token, self._socket.cookies)

    def _refusal(self, client_id: str, error: MianshiError) -> dict[str, Any]:
        detail = explain(error, self._visitor.language)
        retry_after_s = getattr(error, "retry_after_s", 2 if isinstance(error, Unavailable) else None)
        if retry_after_s is not None:
            return {"later": client_id, "retry_after_s": retry_after_s, "detail": detail}
        return {"refused": client_id, "detail": detail}


async def _deny(websocket: WebSocket, error: MianshiError) -> None:
    response = await run_in_threadpool(problem, websocket, error)
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(Response(response.body, response.status_code, dict(response.headers)))
    else:
        await websocket.close(1008)
