"""How the program API says no: problem+json (RFC 9457), in Chinese or English after Accept-Language."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from bot.console.access import TokenRefused
from bot.console.body_limit import limited
from bot.console.decisions import EvidenceUnopened, InterviewUnknown, ReasonMissing, ReportMissing
from bot.console.page_route import names_an_erased
from bot.console.texts import accepted_language, say
from bot.outreach.contact import EmailUnusable, PhoneUnusable
from bot.outreach.hours import TimeZoneUnknown
from bot.outreach.invitation import (
    AlreadyInvited,
    ContactMissing,
    LanguageNotOffered,
    NameUnusable,
    PositionClosed,
)
from bot.positions import PositionUnknown
from bot.provider.orders import CallbackRefused, OrderConflict, OrderKeyMissing, OrderUnknown
from core.errors import CandidateErased, DatabaseBusy, InterviewOver, MianshiError, PermissionMissing

PROBLEMS: Final[Mapping[type[MianshiError], tuple[int, str]]] = {
    TokenRefused: (401, "token_refused"),
    PermissionMissing: (403, "permission_missing"),
    EvidenceUnopened: (403, "rejection_needs_person"),
    InterviewUnknown: (404, "interview_unknown"),
    OrderUnknown: (404, "order_unknown"),
    AlreadyInvited: (409, "already_invited"),
    OrderConflict: (409, "order_conflict"),
    InterviewOver: (409, "interview_over"),
    ReportMissing: (409, "report_missing"),
    CandidateErased: (410, "candidate_erased"),
    PositionUnknown: (422, "position_unknown"),
    PositionClosed: (422, "position_closed"),
    TimeZoneUnknown: (422, "time_zone_unknown"),
    LanguageNotOffered: (422, "language_not_offered"),
    NameUnusable: (422, "name_unusable"),
    ContactMissing: (422, "contact_missing"),
    PhoneUnusable: (422, "phone_unusable"),
    EmailUnusable: (422, "email_unusable"),
    ReasonMissing: (422, "reason_missing"),
    OrderKeyMissing: (422, "order_key_missing"),
    CallbackRefused: (422, "callback_refused"),
    DatabaseBusy: (503, "busy"),
}
"""Status, and the name of the problem: `type` is /problems/<name>, the sentence is in texts.yml."""

UNREADABLE: Final = {400: "body_unreadable", 401: "token_refused", 413: "body_too_large"}


class Problem(BaseModel):
    """Why a request was not granted, in one sentence for people (`detail`) and one word for programs (`type`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "/problems/phone-unusable",
                "title": "Unprocessable Entity",
                "status": 422,
                "detail": "This is not a phone number that exists.",
            }
        }
    )
    type: str
    title: str
    status: int
    detail: str
    interview: str | None = None
    """For already-invited: the interview that exists."""
    fields: list[str] | None = None
    """For fields-wrong: which ones."""


class ProgramRoute(APIRoute):
    """A route whose refusals become problem+json; what was sent is never repeated in them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(limited(request))
            except HTTPException as error:
                return _problem(request, error.status_code, UNREADABLE.get(error.status_code, "fields_wrong"))
            except RequestValidationError as error:
                fields = sorted({".".join(str(part) for part in fault["loc"][1:]) for fault in error.errors()} - {""})
                return _problem(request, 422, "fields_wrong", fields=fields)
            except MianshiError as error:
                if await run_in_threadpool(names_an_erased, request, error):
                    return _problem(request, *PROBLEMS[CandidateErased])
                for kind in type(error).__mro__:
                    if kind in PROBLEMS:
                        status, name = PROBLEMS[kind]
                        more = {"interview": error.interview_id} if isinstance(error, AlreadyInvited) else {}
                        return _problem(request, status, name, **more)
                raise

        return answered


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI descriptions of the refusals that a route may give."""
    names: dict[int, list[str]] = {422: ["fields-wrong"], 400: ["body-unreadable"], 413: ["body-too-large"]}
    for status, name in PROBLEMS.values():
        names.setdefault(status, []).append(name.replace("_", "-"))
    return {
        status: {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(names[status])}",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def _problem(request: Request, status: int, name: str, **more: Any) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "2"
    content = {
        "type": f"/problems/{name.replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": say(accepted_language(request), f"problem.{name}"),
        **more,
    }
    return JSONResponse(content, status, headers, "application/problem+json")
