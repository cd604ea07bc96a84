"""The edge where errors become answers: problem+json (RFC 9457) with one sentence in the candidate's language.

`type` is `/problems/<name>`, so that programs can tell problems apart; `detail` is for people. Nothing that was sent
comes back in an answer or reaches a log, and no traceback leaves the house.
"""

from __future__ import annotations

import errno
import logging
import traceback
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import yaml
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.rate_limit import TooFast
from bot.identity import CodeUsedUp, CodeWrong, ContactMissing, TooManyCodes, find_interview
from bot.questions_aloud import NotReadAloud
from bot.recordings import ChunksMissing, TooMuchVoice, TranscriptTaken, VoiceOff
from core.encryption import hash_token
from core.errors import (
    ButtonUnknown,
    CandidateErased,
    DatabaseBusy,
    DeviceUnknown,
    InterviewOver,
    LinkUnknown,
    MessageRefused,
    MianshiError,
    NoticeUnread,
    PermissionMissing,
    Refused,
    Unavailable,
)
from dialogue.phrases import phrase
from scoring.audio.refusals import SENTENCES, RecordingRefused

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 2
DEFAULT_LANGUAGE: Final = "zh"


class BodyTooLarge(Refused):
    """The body is longer than this address takes."""

    def __init__(self, phrase: str) -> None:
        super().__init__("the body is too large")
        self.phrase = phrase


class BodyUnreadable(Refused):
    """The body is not what its content type says."""

    phrase = "body_unreadable"


class FieldWrong(Refused):
    """A field is missing or of the wrong type."""

    phrase = "field_wrong"


class FileMissing(Refused):
    """A multipart body without the field `file`."""

    phrase = "file_missing"


class StorageFull(Unavailable):
    """The disk did not take what was to be written."""

    phrase = "storage_full"


PROBLEMS: Final[Mapping[type[MianshiError], tuple[int, str]]] = {
    LinkUnknown: (404, "link"),
    DeviceUnknown: (403, "device"),
    PermissionMissing: (403, "permission"),
    InterviewOver: (409, "interview-over"),
    ButtonUnknown: (409, "button"),
    MessageRefused: (422, "message"),
    CandidateErased: (410, "erased"),
    CodeWrong: (403, "code-wrong"),
    CodeUsedUp: (403, "code-used-up"),
    TooManyCodes: (429, "too-many-codes"),
    ContactMissing: (409, "contact-missing"),
    TooFast: (429, "too-fast"),
    BodyTooLarge: (413, "too-large"),
    BodyUnreadable: (400, "unreadable"),
    FieldWrong: (422, "field"),
    FileMissing: (422, "file-missing"),
    NoticeUnread: (409, "notice"),
    RecordingRefused: (422, "recording"),
    ChunksMissing: (409, "recording-incomplete"),
    TranscriptTaken: (409, "transcript"),
    VoiceOff: (409, "voice-off"),
    TooMuchVoice: (409, "too-much-voice"),
    NotReadAloud: (404, "not-read-aloud"),
    StorageFull: (503, "storage-full"),
    DatabaseBusy: (503, "busy"),
    Unavailable: (503, "unavailable"),
    Refused: (422, "refused"),
    MianshiError: (500, "internal"),
}
"""HTTP status and name of the problem; the nearest class counts."""


@cache
def _sentences() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("sentences.yml").read_text("utf-8"))
    return loaded | {f"recording_{key}": {"zh": why.zh, "en": why.en} for key, why in SENTENCES.items()}


def sentence(key: str, language: str) -> str:
    """What the candidate reads: a sentence of the door, else a phrase of domain.yml."""
    ours = _sentences().get(key)
    return ours[language] if ours else phrase(key, language)


def explain(error: MianshiError, language: str) -> str:
    """The error as one sentence in the candidate's language."""
    return sentence(error.phrase if status_of(error) < 500 or isinstance(error, Unavailable) else "internal", language)


def status_of(error: MianshiError) -> int:
    return _problem(error)[0]


def language_of(connection: HTTPConnection) -> str:
    """The interview's language where the link is known, else what the browser asks for."""
    token = connection.path_params.get("token")
    services = getattr(connection.app.state, "services", None)
    if token and services:
        try:
            return find_interview(services, token).language
        except MianshiError:
            pass  # an unknown link, or a database that is away: the browser's wish will do
    wish = connection.headers.get("accept-language", DEFAULT_LANGUAGE).strip().lower()
    return "zh" if wish.startswith("zh") else "en"


def problem(request: HTTPConnection, error: MianshiError) -> Response:
    """The error as problem+json. Blocks on the database for the language: call it in a thread."""
    status, name = _problem(error)
    retry_after_s = getattr(error, "retry_after_s", RETRY_AFTER_S if status == 503 else None)
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
    return _answer(status, name, explain(error, language_of(request)), headers, **error.members)


def install_error_responses(app: FastAPI) -> None:
    """Teach the app to answer every error as problem+json."""
    app.add_exception_handler(MianshiError, _on_our_own)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_middleware(AnswerSurprises)


class AnswerSurprises:
    """ASGI middleware: what nobody foresaw is answered in one sentence and logged by place, without any values."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting if scope["type"] == "http" else send)
        except Exception as error:
            if scope["type"] != "http":
                raise
            response = await run_in_threadpool(_on_surprise, Request(scope), error)
            if not started:
                await response(scope, receive, send)


def _problem(error: MianshiError) -> tuple[int, str]:
    return next(PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS)


def _answer(status: int, name: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    return JSONResponse(
        {"type": f"/problems/{name}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more},
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        "application/problem+json",
    )


def _on_our_own(request: Request, error: Exception) -> Response:
    assert isinstance(error, MianshiError)
    if status_of(error) >= 500:
        log.error("%s for link %s", type(error).__name__, _link_id(request))
    return problem(request, error)


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return problem(request, BodyUnreadable("the body is not JSON"))
    fields = sorted({".".join(str(part) for part in fault["loc"][1:]) for fault in error.errors()} - {""})
    return _answer(422, "field", sentence("field_wrong", language_of(request)), fields=fields)


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    key = {404: "not_found", 405: "method_wrong", 400: "body_unreadable"}.get(error.status_code)
    detail = sentence(key, language_of(request)) if key else str(error.detail)
    return _answer(error.status_code, f"http-{error.status_code}", detail, error.headers)


def _on_surprise(request: Request, error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        log.error("the disk is full; link %s", _link_id(request))
        return problem(request, StorageFull("the disk is full"))
    # Where, not what: the message of a foreign error may quote what a candidate wrote.
    where = "".join(traceback.format_tb(error.__traceback__)[-6:])
    log.error("%s for link %s\n%s", type(error).__name__, _link_id(request), where)
    return _answer(500, "internal", sentence("internal", language_of(request)))


def _link_id(request: HTTPConnection) -> str:
    token = request.path_params.get("token")
    return hash_token(token)[:12] if token else "none"
