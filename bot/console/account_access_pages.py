"""One account: its role, what it may see, and where it is signed in; for admins."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.access_grants import Access, GrantUnknown, NotLimitable, access_of, branches, set_access
from bot.accounts import Account, AccountUnknown, EmailTaken, LastAdmin, end_sessions, record, sessions_of, set_person
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.outreach.contact import EmailUnusable
from bot.positions import newest_positions
from bot.roles import ALWAYS_LIMITED, PERMISSIONS, ROLES, UNLIMITED, may
from bot.second_factor import remove_factor
from bot.services import Services, services_of
from core.errors import Refused
from core.tables import ApiToken, SecondFactor, User

router = APIRouter(prefix="/console/accounts", route_class=PageRoute, include_in_schema=False)
Admin = Annotated[Account, Depends(person("accounts.manage"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

PROBLEMS: Final[dict[type[Refused], str]] = {
    LastAdmin: "accounts.last_admin",
    EmailTaken: "accounts.email_taken",
    EmailUnusable: "problem.email_unusable",
    NotLimitable: "accounts.not_limitable",
    GrantUnknown: "refused.form_stale",
}


@router.get("/people/{user_id}")
def person_page(request: Request, user_id: str, account: Admin, services: House) -> Response:
    return _person_page(request, user_id, account, services)


@router.post("/people/{user_id}/access")
def person_form(request: Request, user_id: str, form: Form, account: Admin, services: House) -> Response:
    """Role, e-mail and what they may see, in one go; from their next click on."""
    try:
        with services.database.unit_of_work() as session:
            role = field(form, "role")
            set_person(session, user_id, role, field(form, "email"))
            set_access(session, f"user:{user_id}", _sent_access(form, role))
            record(session, account, f"access_changed:{role}", f"user:{user_id}")
    except tuple(PROBLEMS) as error:
        return _person_page(request, user_id, account, services, PROBLEMS[type(error)])
    return RedirectResponse(f"/console/accounts/people/{user_id}", 303)


@router.post("/people/{user_id}/second-factor")
def factor_form(user_id: str, form: Form, account: Admin, services: House) -> Response:
    """Take a lost second factor away, and sign the person out everywhere."""
    with services.database.unit_of_work() as session:
        remove_factor(session, user_id)
        end_sessions(session, user_id)
        record(session, account, "second_factor_removed", f"user:{user_id}")
    return RedirectResponse(f"/console/accounts/people/{user_id}", 303)


@router.post("/people/{user_id}/sessions/{session_id}")
def end_one(user_id: str, session_id: str, form: Form, account: Admin, services: House) -> Response:
    with services.database.unit_of_work() as session:
        end_sessions(session, user_id, public_id=session_id)
        record(session, account, "sessions_ended", f"user:{user_id}")
    return RedirectResponse(f"/console/accounts/people/{user_id}", 303)


@router.get("/tokens/{token_id}")
def token_page(request: Request, token_id: str, account: Admin, services: House) -> Response:
    with services.database.reading() as session:
        token = session.get(ApiToken, token_id)
        if token is None:
            raise AccountUnknown("there is no such token")
        access, positions, known = _choices(request, account, services, f"token:{token_id}")
    return page(
        request, "account.html", account, user=None, token=token, access=access, positions=positions, branches=known,
        limitable=token.role not in UNLIMITED, always_limited=False, problem=None,
    )  # fmt: skip


@router.post("/tokens/{token_id}/access")
def token_form(token_id: str, form: Form, account: Admin, services: House) -> Response:
    with services.database.unit_of_work() as session:
        set_access(session, f"token:{token_id}", _sent_access(form, ""))
        record(session, account, "access_changed", f"token:{token_id}")
    return RedirectResponse(f"/console/accounts/tokens/{token_id}", 303)


def _sent_access(form: FormData, role: str) -> Access:
    def chosen(name: str) -> frozenset[str]:
        return frozenset(str(each) for each in form.getlist(name))

    limited = role not in UNLIMITED and field(form, "limited") == "yes"
    return Access(limited, chosen("seen_position"), chosen("seen_branch"))


def _choices(
    request: Request, account: Account, services: Services, subject: str
) -> tuple[Access, list[tuple[str, str, str | None]], list[str]]:
    language = language_of(request, account)
    with services.database.reading() as session:
        positions = [
            (row.key, row.profile["title"][language], row.profile.get("branch")) for row in newest_positions(session)
        ]
        return access_of(session, subject), positions, branches(session)


def _person_page(
    request: Request, user_id: str, account: Account, services: Services, problem: str | None = None
) -> Response:
    with services.database.reading() as session:
        user = session.get(User, user_id)
        if user is None:
            raise AccountUnknown("there is no such account")
        factor, open_sessions = session.get(SecondFactor, user_id), sessions_of(session, user_id)
    access, positions, known = _choices(request, account, services, f"user:{user_id}")
    return page(
        request,
        "account.html",
        account,
        422 if problem else 200,
        user=user,
        token=None,
        roles=ROLES,
        rights={role: [each for each in PERMISSIONS if may(role, each)] for role in ROLES},
        access=access,
        positions=positions,
        branches=known,
        limitable=True,
        always_limited=user.role in ALWAYS_LIMITED,
        factor=factor is not None and factor.confirmed_at is not None,
        sessions=open_sessions,
        problem=problem,
    )
