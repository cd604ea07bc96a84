"""The HR records as a small web service of its own: bearer token, JSON in and out, errors as problem+json (RFC 9457).

PUT    /effects/{effect_id}                        EffectBody → EffectReceipt; the same id twice is one
GET    /effects/{effect_id}                        EffectReceipt, or 404
GET    /candidates?limit=50&offset=0               CandidateList
GET    /candidates/{candidate_id}                  CandidateFile, or 404
PUT    /candidates/{candidate_id}/checks/{id}      CheckBody → Check
PUT    /candidates/{candidate_id}/outcomes/{id}    OutcomeBody → Outcome
GET    /outcomes?since=&limit=50&offset=0          OutcomeList; since: ISO 8601 with its zone
DELETE /candidates/{candidate_id}                  ErasureProof
GET    /health                                     {"status": "ok"}, without a token
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.encryption import Undecipherable
from core.errors import DatabaseBusy, Rejected
from hr_bridge.assessment import describe_first_error
from hr_bridge.connectors.records.outcomes import OutcomeUnreadable, row_of
from hr_bridge.connectors.records.seal import Seal
from hr_bridge.connectors.records.shapes import LARGEST_BODY, CheckBody, EffectBody, OutcomeBody
from hr_bridge.connectors.records.store import AlreadyErased, EffectConflict, NotOnFile, RecordsStore

MOST_PER_PAGE: Final = 200
RETRY_AFTER_S: Final = 2
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

Handler = Callable[[Request], Awaitable[Response]]
Shape = TypeVar("Shape", bound=BaseModel)
log = logging.getLogger(__name__)


def create_records_app(database_url: str, token: str, encryption_key: str) -> Starlette:
    """Return the service on its own database, which is made when it is missing.

    `token` is what callers send as bearer; `encryption_key` is a Fernet key (32 bytes, urlsafe base64).

    Raises:
        Rejected: the token is empty or the key is not a Fernet key.
    """
    if not token:
        raise Rejected("RECORDS_TOKEN is empty: run `make setup` to make one.")
    store = RecordsStore(database_url, Seal(encryption_key))
    endpoints = _Endpoints(store)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    def guarded(handler: Handler) -> Handler:
        async def with_token(request: Request) -> Response:
            _require_token(request, token)
            return await handler(request)

        return with_token

    return Starlette(
        routes=[
            Route("/health", endpoints.health),
            Route("/effects/{effect_id}", guarded(endpoints.put_effect), methods=["PUT"]),
            Route("/effects/{effect_id}", guarded(endpoints.get_effect)),
            Route("/candidates", guarded(endpoints.get_candidates)),
            Route("/candidates/{candidate_id}", guarded(endpoints.get_candidate)),
            Route("/candidates/{candidate_id}", guarded(endpoints.delete_candidate), methods=["DELETE"]),
            Route("/candidates/{candidate_id}/checks/{check_id}", guarded(endpoints.put_check), methods=["PUT"]),
            Route("/candidates/{candidate_id}/outcomes/{outcome_id}", guarded(endpoints.put_outcome), methods=["PUT"]),
            Route("/outcomes", guarded(endpoints.get_outcomes)),
        ],
        exception_handlers={
            HTTPException: _answer_http_error,
            NotOnFile: _answering(404),
            OutcomeUnreadable: _answering(422),
            EffectConflict: _answering(409),
            AlreadyErased: _answering(410),
            DatabaseBusy: _answering(503, {"Retry-After": str(RETRY_AFTER_S)}),
            Undecipherable: _answering(500),
            Exception: _answer_unexpected,
        },
        lifespan=lifespan,
    )


class _Endpoints:
    def __init__(self, store: RecordsStore) -> None:
        self._store = store

    async def health(self, _request: Request) -> Response:
        await run_in_threadpool(self._store.check_readable)
        return JSONResponse({"status": "ok"})

    async def put_effect(self, request: Request) -> Response:
        effect_id = _path_id(request, "effect_id")
        body = await _read(request, EffectBody)
        receipt = await run_in_threadpool(self._store.keep, effect_id, body)
        log.info("effect %s is on file (%s %d)", effect_id, body.kind, body.version)
        return _answer(receipt)

    async def get_effect(self, request: Request) -> Response:
        return _answer(await run_in_threadpool(self._store.receipt, _path_id(request, "effect_id")))

    async def get_candidates(self, request: Request) -> Response:
        limit = _query_number(request, "limit", default=50, least=1, most=MOST_PER_PAGE)
        offset = _query_number(request, "offset", default=0, least=0, most=10**9)
        return _answer(await run_in_threadpool(self._store.candidates, limit, offset))

    async def get_candidate(self, request: Request) -> Response:
        return _answer(await run_in_threadpool(self._store.candidate_file, _path_id(request, "candidate_id")))

    async def put_check(self, request: Request) -> Response:
        candidate_id, check_id = _path_id(request, "candidate_id"), _path_id(request, "check_id")
        body = await _read(request, CheckBody)
        return _answer(await run_in_threadpool(self._store.keep_check, candidate_id, check_id, body))

    async def put_outcome(self, request: Request) -> Response:
        candidate_id, outcome_id = _path_id(request, "candidate_id"), _path_id(request, "outcome_id")
        body = await _read(request, OutcomeBody)
        row_of(candidate_id, body)  # what cannot be read is refused where it is entered
        return _answer(await run_in_threadpool(self._store.keep_outcome, candidate_id, outcome_id, body))

    async def get_outcomes(self, request: Request) -> Response:
        limit = _query_number(request, "limit", default=50, least=1, most=MOST_PER_PAGE)
        offset = _query_number(request, "offset", default=0, least=0, most=10**9)
        return _answer(await run_in_threadpool(self._store.outcomes, _query_moment(request, "since"), limit, offset))

    async def delete_candidate(self, request: Request) -> Response:
        proof = await run_in_threadpool(self._store.erase, _path_id(request, "candidate_id"))
        log.info("candidate %s was erased", proof.candidate_id)
        return _answer(proof)


def _require_token(request: Request, token: str) -> None:
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode(), token.encode()):
        raise HTTPException(401, "Send the records token as `Authorization: Bearer …`.", {"WWW-Authenticate": "Bearer"})


def _path_id(request: Request, name: str) -> str:
    value = str(request.path_params[name])
    if not _ID.fullmatch(value):
        raise HTTPException(422, f"{name}: 1 to 64 letters, digits, hyphens or underscores.")
    return value


def _query_number(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
        raise HTTPException(422, f"{name}: a whole number from {least} to {most}.")
    return int(text)


def _query_moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise HTTPException(422, f"{name}: a moment like 2026-03-01T08:00:00+00:00.")
    return moment


async def _read(request: Request, shape: type[Shape]) -> Shape:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST_BODY:
            raise HTTPException(413, f"The body is larger than {LARGEST_BODY} bytes.")
    try:
        return shape.model_validate_json(bytes(received))
    except ValidationError as error:
        raise HTTPException(422, describe_first_error(error)) from None


def _answer(body: BaseModel) -> Response:
    return Response(body.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    body = {"type": "about:blank", "status": status, "detail": detail}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _answering(status: int, headers: dict[str, str] | None = None) -> Callable[[Request, Exception], Response]:
    def answer(_request: Request, error: Exception) -> Response:
        return _problem(status, str(error), headers)

    return answer


def _answer_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem(error.status_code, error.detail, dict(error.headers or {}))


def _answer_unexpected(_request: Request, _error: Exception) -> Response:
    return _problem(500, "The HR records failed unexpectedly; its log says where.")
