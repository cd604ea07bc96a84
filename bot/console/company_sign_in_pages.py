"""To the company's own sign-in service and back."""

from __future__ import annotations

import hmac
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from bot.accounts import csrf_token, open_session
from bot.console.access import SESSION_COOKIE, VISIT_COOKIE, session_key
from bot.console.page_route import PageRoute
from bot.console.sign_in_pages import device_of
from bot.oidc import (
    CompanySignInDown,
    CompanySignInRefused,
    CompanySignInWrong,
    NoAccountForPerson,
    Person,
    Visit,
    account_for,
    begin,
    finish,
)
from bot.services import Services, services_of
from core.errors import MianshiError

router = APIRouter(prefix="/console/sign-in", route_class=PageRoute, include_in_schema=False)
House = Annotated[Services, Depends(services_of)]

COOKIE: Final = "mianshi_company_sign_in"
LASTS_S: Final = 600
PROBLEMS: Final[dict[type[MianshiError], str]] = {
    CompanySignInRefused: "refused",
    CompanySignInDown: "down",
    CompanySignInWrong: "wrong",
    NoAccountForPerson: "no_account",
}


@router.get("/company/start")
async def start(request: Request, services: House) -> Response:
    if services.settings.sign_in.oidc_issuer is None:
        return _back("wrong")
    try:
        url, visit = await begin(services.settings.sign_in, _redirect_uri(services))
    except (CompanySignInDown, CompanySignInWrong) as error:
        return _back(PROBLEMS[type(error)])
    response = RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    kept = f"{visit.state}.{visit.nonce}.{visit.verifier}"
    response.set_cookie(
        COOKIE,
        f"{kept}.{_proof(services, kept)}",
        max_age=LASTS_S,
        path="/console/sign-in",
        httponly=True,
        secure=services.settings.web.secure,
        samesite="lax",
    )
    return response


@router.get("/company")
async def come_back(request: Request, services: House, state: str = "", code: str = "") -> Response:
    """The state must be the one that this browser was sent away with, or somebody else's code would sign it in."""
    visit = _visit(request, services)
    if visit is None or not code or not hmac.compare_digest(visit.state.encode(), state.encode()):
        return _back("refused")
    try:
        person = await finish(services.settings.sign_in, _redirect_uri(services), visit, code)
        token = await run_in_threadpool(_let_in, services, person, device_of(request))
    except tuple(PROBLEMS) as error:
        return _back(PROBLEMS[type(error)])
    response = RedirectResponse("/console/home", 303, {"Cache-Control": "no-store"})
    secure = services.settings.web.secure
    response.set_cookie(SESSION_COOKIE, token, httponly=True, secure=secure, samesite="lax", path="/")
    response.delete_cookie(COOKIE, path="/console/sign-in")
    response.delete_cookie(VISIT_COOKIE)
    return response


def _let_in(services: Services, person: Person, device: str | None) -> str:
    """The service has asked for whatever factors the company wants; we ask for no second one again."""
    with services.database.unit_of_work() as session:
        user = account_for(session, person)
        return open_session(session, user.id, device, verified=True)


def _visit(request: Request, services: Services) -> Visit | None:
    kept, _, proof = request.cookies.get(COOKIE, "").rpartition(".")
    parts = kept.split(".")
    if len(parts) != 3 or not hmac.compare_digest(proof.encode(), _proof(services, kept).encode()):
        return None
    return Visit(*parts)


def _proof(services: Services, kept: str) -> str:
    return csrf_token(session_key(services), f"company:{kept}")


def _redirect_uri(services: Services) -> str:
    return f"{services.settings.web.base_url}/console/sign-in/company"


def _back(problem: str) -> Response:
    response = RedirectResponse(f"/console/sign-in?company={problem}", 303, {"Cache-Control": "no-store"})
    response.delete_cookie(COOKIE, path="/console/sign-in")
    return response
