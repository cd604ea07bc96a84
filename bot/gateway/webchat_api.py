"""The web chat over plain HTTP: what the page falls back to, and what programs use.

Every route commits before it answers 202, so what was accepted is never lost; the same `client_id` twice is one
message. The routes are plain functions: they run in threads, because the database blocks.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bot import conversation
from bot.gateway.body_limit import FILE_BYTES, LARGEST_FILE_BYTES
from bot.gateway.chat_state import ChatState, read_state
from bot.gateway.code_sender import CodeSender, code_sender_of
from bot.gateway.error_responses import BodyTooLarge, BodyUnreadable, FieldWrong, FileMissing
from bot.gateway.rate_limit import RateLimit, TooManyFiles
from bot.identity import Visitor, admit, bind_device, cookie_name, masked, new_code, take_over
from bot.services import Services, services_of
from bot.status import Status, status_of
from core.clock import now
from core.errors import NoticeUnread, Refused
from core.tables import Interview, new_id

COOKIE_LASTS_S = 30 * 24 * 3600
LARGEST_SEQ = 2**31 - 1
FILES_AT_ONCE = 3
SECONDS_A_FILE = 20
UPLOAD_THREADS = 6
MAX_INPUT_CHARACTERS = 100_000
MAX_TYPING_MS = 4 * 3600 * 1000

router = APIRouter(prefix="/api/chat/{token}", tags=["web chat"])
sending_rate = RateLimit()
"""Shared with the socket: one candidate, one bucket."""
arriving_rate = RateLimit()
"""Of files, apart: a burst of uploads must not keep anybody from writing."""
upload_rate = RateLimit(FILES_AT_ONCE, 1 / SECONDS_A_FILE, refusal=TooManyFiles)
upload_threads = CapacityLimiter(UPLOAD_THREADS)
"""Files that wait to be read hold threads of their own, so that no crowd of them keeps messages waiting."""

Given = Annotated[Services, Depends(services_of)]
After = Annotated[int, Query(ge=0, le=LARGEST_SEQ)]


def visitor_of(token: str, request: Request, services: Given) -> Visitor:
    return admit(services, token, request.cookies)


Admitted = Annotated[Visitor, Depends(visitor_of)]


def _in_whole_characters(text: str) -> str:
    text.encode()  # half a surrogate pair is no character: UnicodeEncodeError is a ValueError, so it is a field error
    return text


Text = Annotated[str, AfterValidator(_in_whole_characters)]


class InputIn(BaseModel):
    """What the page saw of typing and pasting: counts, never keys. Left out where it did not see all of it."""

    pasted_chars: int = Field(ge=0, le=MAX_INPUT_CHARACTERS)
    typing_ms: int = Field(ge=0, le=MAX_TYPING_MS)

    def as_seen(self) -> conversation.InputSeen:
        return conversation.InputSeen(self.pasted_chars, self.typing_ms)


class TextIn(BaseModel):
    client_id: UUID
    text: Text
    input: InputIn | None = None


class ButtonIn(BaseModel):
    client_id: UUID
    id: str = Field(max_length=64)


class DeviceIn(BaseModel):
    code: str | None = Field(default=None, pattern=r"^\d{6}$")


class ClientId(BaseModel):
    client_id: UUID


class Accepted(BaseModel):
    seq: int


class CodeSent(BaseModel):
    sent_to: str
    """Masked: 138****1234; or Telegram."""


@router.post("/messages", status_code=202)
def post_message(body: TextIn, visitor: Admitted, services: Given) -> Accepted:
    sending_rate.take(visitor.interview_id)
    seen = body.input.as_seen() if body.input else None
    seq = conversation.receive_text(services, visitor.interview_id, str(body.client_id), body.text, seen)
    return Accepted(seq=seq)


@router.get("/messages")
def get_messages(visitor: Admitted, services: Given, response: Response, after: After = 0) -> list[dict[str, Any]]:
    response.headers["Cache-Control"] = "no-store"
    return conversation.messages_after(services, visitor.interview_id, after)


@router.get("/state")
def get_state(visitor: Admitted, services: Given, response: Response) -> ChatState:
    response.headers["Cache-Control"] = "no-store"
    return read_state(services, visitor.interview_id)


@router.post("/buttons", status_code=202)
def post_button(body: ButtonIn, visitor: Admitted, services: Given) -> Accepted:
    sending_rate.take(visitor.interview_id)
    seq = conversation.receive_button(services, visitor.interview_id, str(body.client_id), body.id)
    return Accepted(seq=seq)


@router.post("/cv", status_code=202)
async def post_resume(request: Request, visitor: Admitted, services: Given) -> Accepted:
    arriving_rate.take(visitor.interview_id)
    client_id, data, name = await read_file(request, FILE_BYTES, BodyTooLarge("file_too_large"))
    receive = partial(_receive_resume, services, visitor.interview_id, client_id, data, name)
    return Accepted(seq=await to_thread.run_sync(receive, limiter=upload_threads))


@router.post("/device", status_code=204)
def post_device(
    token: str, request: Request, response: Response, services: Given, body: DeviceIn | None = None
) -> None:
    """Bind this browser: the first one at once, another one with the 6-digit code."""
    secret: str | None
    if body is not None and body.code is not None:
        interview_id, secret = take_over(services, token, body.code)
    else:
        interview_id, secret = bind_device(services, token, request.cookies)
    if secret is not None:
        services.outbox_bell.ring()  # sockets of other browsers are closed at once
        response.set_cookie(
            cookie_name(interview_id),
            secret,
            max_age=COOKIE_LASTS_S,
            httponly=True,
            samesite="strict",
            secure=services.settings.web.secure,
        )


@router.post("/code", status_code=202)
def post_code(token: str, services: Given, sender: Annotated[CodeSender, Depends(code_sender_of)]) -> CodeSent:
    code = new_code(services, token)
    return CodeSent(sent_to=sender.send(code) or masked(code.contact))


def _receive_resume(services: Services, interview_id: str, client_id: str, data: bytes, name: str) -> int:
    with services.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        if status_of(interview, report_exists=False, delivered=False, now=now()) is Status.INVITED:
            raise NoticeUnread("notice_first", "a résumé before the notice was acknowledged")
    upload_rate.take(interview_id)
    return conversation.receive_resume(services, interview_id, client_id, data, name)


class _InMemory(MultiPartParser):
    spool_max_size = LARGEST_FILE_BYTES * 2  # a résumé or recording in clear never touches the disk


async def read_file(request: Request, limit: int, refusal: Refused) -> tuple[str, bytes, str]:
    """client_id, content and name of the uploaded file; `refusal` is raised for one of over `limit` bytes."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BodyUnreadable("not multipart/form-data")
    try:
        form = await _InMemory(request.headers, request.stream(), max_files=1, max_fields=2).parse()
    except (MultiPartException, KeyError) as error:
        raise BodyUnreadable("the multipart body cannot be read") from error
    file, client_id = form.get("file"), form.get("client_id")
    if not isinstance(file, UploadFile):
        raise FileMissing("no field named file")
    try:
        checked = str(ClientId(client_id=client_id).client_id) if client_id is not None else new_id()
    except ValidationError as error:
        raise FieldWrong("client_id is no UUID") from error
    data = await file.read()
    if len(data) > limit:
        raise refusal
    return checked, data, file.filename or ""
