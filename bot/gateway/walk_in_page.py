"""Behind a position's QR code: a name, an address, a code, and then the interview."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from bot.console.body_limit import limited
from bot.gateway.chat_page import form_page
from bot.gateway.error_responses import language_of
from bot.gateway.letter_code_sender import CodeUnsent, hand_over_now, word_code
from bot.gateway.rate_limit import RateLimit, TooFast
from bot.identity import CodeUsedUp, CodeWrong, TooManyCodes, masked
from bot.outreach.contact import EmailUnusable, PhoneUnusable
from bot.outreach.invitation import NameUnusable, PositionClosed
from bot.outreach.walk_in import PATH, come_in, position_of, register
from bot.services import Services, services_of
from core.errors import InterviewOver, MianshiError
from core.tables import Position
from hr_bridge.position import PositionProfile

PROBLEMS: dict[type[MianshiError], tuple[int, str]] = {
    NameUnusable: (422, "name"),
    PhoneUnusable: (422, "contact"),
    EmailUnusable: (422, "contact"),
    CodeWrong: (403, "code_wrong"),
    CodeUsedUp: (403, "code_used_up"),
    CodeUnsent: (503, "unsent"),
    TooManyCodes: (429, "too_fast"),
    TooFast: (429, "too_fast"),
    InterviewOver: (409, "finished"),
}

router = APIRouter(prefix=PATH, include_in_schema=False)
House = Annotated[Services, Depends(services_of)]
registering_rate = RateLimit(burst=20, per_second=1 / 30)
"""By address: a fair shares one, so that a score of people may register at once."""
trying_rate = RateLimit(burst=30, per_second=0.2)


@router.get("/{capability}")
def walk_in_page(capability: str, request: Request, services: House) -> Response:
    return _shown(services, request, capability)


@router.post("/{capability}")
async def register_form(capability: str, request: Request, services: House) -> Response:
    form = await limited(request).form(max_files=0, max_fields=5)
    name, contact = str(form.get("name", "")), str(form.get("contact", ""))
    return await run_in_threadpool(_register, services, request, capability, name, contact)


@router.post("/{capability}/code")
async def code_form(capability: str, request: Request, services: House) -> Response:
    form = await limited(request).form(max_files=0, max_fields=5)
    walk_in_id, digits = str(form.get("id", ""))[:40], str(form.get("code", "")).strip()[:12]
    sent_to = str(form.get("sent_to", ""))[:80]
    return await run_in_threadpool(_come_in, services, request, capability, walk_in_id, digits, sent_to)


def _register(services: Services, request: Request, capability: str, name: str, contact: str) -> Response:
    given = {"name": name[:80], "contact": contact[:254]}
    try:
        position = position_of(services, capability)
        registering_rate.take(_from(request))
        made = register(services, position, name, contact, _language(request, position))
        if made.road is not None:
            profile = PositionProfile.model_validate(position.profile)
            language = _language(request, position)
            hand_over_now(
                services, made.road, word_code(services, made.road, made.contact, profile, language, made.digits)
            )
    except PositionClosed:
        return _shown(services, request, capability)
    except tuple(PROBLEMS) as error:
        return _shown(services, request, capability, error, **given)
    sent_to = masked(made.contact) if made.road is not None else None
    return _shown(services, request, capability, walk_in_id=made.id, sent_to=sent_to)


def _come_in(
    services: Services, request: Request, capability: str, walk_in_id: str, digits: str, sent_to: str
) -> Response:
    try:
        position = position_of(services, capability)
        trying_rate.take(_from(request))
        url = come_in(services, position, walk_in_id, digits)
    except PositionClosed:
        return _shown(services, request, capability)
    except CodeWrong as error:
        return _shown(services, request, capability, error, walk_in_id=walk_in_id, sent_to=sent_to)
    except tuple(PROBLEMS) as error:
        return _shown(services, request, capability, error)
    return RedirectResponse(url, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _shown(
    services: Services, request: Request, capability: str, error: MianshiError | None = None, **more: Any
) -> Response:
    """The page in one of its steps, with what went wrong before."""
    status, problem = PROBLEMS[type(error)] if error else (200, None)
    try:
        position = position_of(services, capability)
    except PositionClosed:
        language = language_of(request)
        return form_page("walk_in.html", language, 410, **(_NOTHING | {"problem": "closed", "open": False}))
    language = _language(request, position)
    context = {
        "title": position.profile["title"][language],
        "problem": problem,
        "open": not isinstance(error, InterviewOver),
        "action": f"{PATH}/{capability}",
    }
    return form_page("walk_in.html", language, status, **(_NOTHING | context | more))


_NOTHING: Final[dict[str, Any]] = dict.fromkeys(("title", "walk_in_id", "sent_to", "name", "contact", "action"), "")


def _language(request: Request, position: Position) -> str:
    wish, offered = language_of(request), position.profile["languages"]
    return wish if wish in offered else str(offered[0])


def _from(request: Request) -> str:
    return request.client.host if request.client else ""
