"""One's own way in: the second factor at sign-in, setting it up, and the sessions that are open."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, TooManyTries, end_sessions, record, sessions_of
from bot.console.access import SESSION_COOKIE, NotSignedIn, SecondFactorMissing, arriving, field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.qr_code import qr_data_uri
from bot.console.rendering import page
from bot.second_factor import (
    AlreadyEnrolled,
    CodeRefused,
    begin_enrolment,
    check_code,
    confirm_enrolment,
    give_code,
    recovery_codes_left,
    remove_factor,
)
from bot.services import Services, services_of
from core.encryption import hash_token
from core.errors import Refused
from core.tables import SecondFactor

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Anybody = Annotated[Account, Depends(person("own.account"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

PROBLEMS: Final[dict[type[Refused], tuple[int, str]]] = {
    CodeRefused: (422, "factor.refused"),
    TooManyTries: (429, "factor.too_many"),
}


def code_giver(request: Request) -> Account:
    """Dependency: whose password was right and whose code is still to come. Raises NotSignedIn."""
    account = arriving(request)
    if account is None or account.pending != "code":
        raise NotSignedIn("nobody waits for a code here")
    return account


def enroller(request: Request) -> Account:
    """Dependency: who may set a second factor up, also before they may do anything else."""
    account = arriving(request)
    if account is None:
        raise NotSignedIn("not signed in")
    if account.pending == "code":
        raise SecondFactorMissing("code")
    return account


CodeGiver = Annotated[Account, Depends(code_giver)]
Enroller = Annotated[Account, Depends(enroller)]


@router.get("/sign-in/code")
def code_page(request: Request, account: CodeGiver) -> Response:
    return page(request, "second_factor_code.html", None, problem=None)


@router.post("/sign-in/code")
def code_form(request: Request, form: Form, account: CodeGiver, services: House) -> Response:
    try:
        give_code(services.database, services.keys, _id(account), field(form, "code"), _token(request))
    except tuple(PROBLEMS) as error:
        status, problem = PROBLEMS[type(error)]
        return page(request, "second_factor_code.html", None, status, problem=problem)
    return RedirectResponse("/console/home", 303)


@router.get("/second-factor")
def enrol_page(request: Request, account: Enroller, services: House) -> Response:
    return _enrol_page(request, account, services)


@router.post("/second-factor")
def enrol_form(request: Request, form: Form, account: Enroller, services: House) -> Response:
    """Turn it on with a first code; the recovery codes are on the answer to this form and nowhere else."""
    try:
        codes = confirm_enrolment(services.database, services.keys, _id(account), field(form, "code"), _token(request))
    except tuple(PROBLEMS) as error:
        return _enrol_page(request, account, services, *PROBLEMS[type(error)])
    except AlreadyEnrolled:
        return RedirectResponse("/console/security", 303)
    return page(request, "recovery_codes.html", None, codes=codes)


@router.post("/second-factor/remove")
def remove_form(request: Request, form: Form, account: Anybody, services: House) -> Response:
    """Only with a code: an open screen alone does not take it away."""
    try:
        check_code(services.database, services.keys, _id(account), field(form, "code"))
    except tuple(PROBLEMS) as error:
        return _security_page(request, account, services, *PROBLEMS[type(error)])
    with services.database.unit_of_work() as session:
        remove_factor(session, _id(account))
        record(session, account, "second_factor_removed", account.id)
    return RedirectResponse("/console/security", 303)


@router.get("/security")
def security(request: Request, account: Anybody, services: House) -> Response:
    return _security_page(request, account, services)


@router.post("/security/sessions")
def end_others(request: Request, form: Form, account: Anybody, services: House) -> Response:
    with services.database.unit_of_work() as session:
        end_sessions(session, _id(account), keep=_token(request))
        record(session, account, "sessions_ended", account.id)
    return RedirectResponse("/console/security", 303)


@router.post("/security/sessions/{session_id}")
def end_one(session_id: str, form: Form, account: Anybody, services: House) -> Response:
    """Of one's own alone: another's id ends nothing."""
    with services.database.unit_of_work() as session:
        end_sessions(session, _id(account), public_id=session_id)
        record(session, account, "sessions_ended", account.id)
    return RedirectResponse("/console/security", 303)


def _enrol_page(
    request: Request, account: Account, services: Services, status: int = 200, problem: str | None = None
) -> Response:
    try:
        secret, address = begin_enrolment(services.database, services.keys, _id(account))
    except AlreadyEnrolled:
        return RedirectResponse("/console/security", 303)
    groups = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    shown = account if account.pending is None else None
    return page(
        request,
        "second_factor.html",
        shown,
        status,
        secret=groups,
        picture=qr_data_uri(address),
        problem=problem,
        required=account.pending is not None,
    )


def _security_page(
    request: Request, account: Account, services: Services, status: int = 200, problem: str | None = None
) -> Response:
    with services.database.reading() as session:
        factor = session.get(SecondFactor, _id(account))
        open_sessions = sessions_of(session, _id(account))
        left = recovery_codes_left(session, _id(account))
    return page(
        request,
        "security.html",
        account,
        status,
        enrolled=factor is not None and factor.confirmed_at is not None,
        since=factor.confirmed_at if factor is not None else None,
        left=left,
        sessions=open_sessions,
        here=hash_token(_token(request)),
        problem=problem,
        required=account.role in services.settings.sign_in.factor_roles,
    )


def _id(account: Account) -> str:
    return account.id.removeprefix("user:")


def _token(request: Request) -> str:
    return request.cookies[SESSION_COOKIE]
