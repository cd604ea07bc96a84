"""Accounts of people and tokens of programs; for admins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from bot.accounts import (
    Account,
    LastAdmin,
    NameTaken,
    NameUnusable,
    create_api_token,
    create_user,
    record,
    reset_password,
    revoke_api_token,
    set_disabled,
)
from bot.console.access import FormStale, field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.roles import ROLES, TOKEN_ROLES
from bot.services import Services, services_of
from core.tables import ApiToken, User

router = APIRouter(prefix="/console/accounts", route_class=PageRoute, include_in_schema=False)
Admin = Annotated[Account, Depends(person("accounts.manage"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def accounts(request: Request, account: Admin, services: House) -> Response:
    return _accounts_page(request, account, services)


@router.post("/people")
def add_person(request: Request, form: Form, account: Admin, services: House) -> Response:
    """Make an account; its password is shown on the answer to this form and nowhere else."""
    name, role = field(form, "name"), _role(form)
    try:
        password = create_user(services.database, name, role)
    except (NameTaken, NameUnusable) as error:
        problem = "accounts.name_taken" if isinstance(error, NameTaken) else "accounts.name_unusable"
        return _accounts_page(request, account, services, 422, problem=problem)
    _note(services, account, "account_made", role)
    return _accounts_page(request, account, services, secret=("accounts.password_of", name, password))


@router.post("/people/{user_id}")
def change_person(request: Request, user_id: str, form: Form, account: Admin, services: House) -> Response:
    """Close an account, open it again, or give it a new password."""
    with services.database.reading() as session:
        user = session.get(User, user_id)
    if user is None:
        raise FormStale("the account is gone")
    what = field(form, "do")
    if what == "password":
        password = reset_password(services.database, user_id)
        _note(services, account, "password_reset", f"user:{user_id}")
        return _accounts_page(request, account, services, secret=("accounts.password_of", user.name, password))
    try:
        set_disabled(services.database, user_id, what == "close")
    except LastAdmin:
        return _accounts_page(request, account, services, 422, problem="accounts.last_admin")
    _note(services, account, "account_closed" if what == "close" else "account_opened", f"user:{user_id}")
    return RedirectResponse("/console/accounts", 303)


@router.post("/tokens")
def add_token(request: Request, form: Form, account: Admin, services: House) -> Response:
    name = field(form, "name")
    if not 1 <= len(name) <= 64:
        return _accounts_page(request, account, services, 422, problem="accounts.name_unusable")
    role = _role(form, TOKEN_ROLES)
    token = create_api_token(services.database, role, name)
    _note(services, account, "token_made", role)
    return _accounts_page(request, account, services, secret=("accounts.token_of", name, token))


@router.post("/tokens/{token_id}")
def revoke_token(token_id: str, form: Form, account: Admin, services: House) -> Response:
    revoke_api_token(services.database, token_id)
    _note(services, account, "token_revoked", f"token:{token_id}")
    return RedirectResponse("/console/accounts", 303)


def _role(form: FormData, roles: Sequence[str] = ROLES) -> str:
    role = field(form, "role")
    if role not in roles:
        raise FormStale("the form names no role")
    return role


def _note(services: Services, by: Account, action: str, subject: str) -> None:
    with services.database.unit_of_work() as session:
        record(session, by, action, subject)


def _accounts_page(
    request: Request,
    account: Account,
    services: Services,
    status: int = 200,
    problem: str | None = None,
    secret: tuple[str, str, str] | None = None,
) -> Response:
    with services.database.reading() as session:
        people, tokens = _all(session, User), _all(session, ApiToken)
    return page(
        request,
        "accounts.html",
        account,
        status,
        people=people,
        tokens=tokens,
        roles=ROLES,
        problem=problem,
        secret=secret,
    )


def _all(session: Session, table: Any) -> list[Any]:
    return list(session.exec(select(table).order_by(col(table.created_at))))
