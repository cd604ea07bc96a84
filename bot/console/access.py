"""Who may come in: sessions and CSRF for pages, bearer tokens for programs, a role on every route."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import FormData

from bot.accounts import Account, account_of_api_token, account_of_session, csrf_holds
from bot.console.subjects import check_subjects
from bot.roles import roles_of
from bot.services import Services, services_of
from core.errors import PermissionMissing, Refused

SESSION_COOKIE: Final = "mianshi_session"
VISIT_COOKIE: Final = "mianshi_visit"
"""Ties the sign-in form to the browser it was shown in, before there is a session."""


class NotSignedIn(Refused):
    """The page needs a signed-in person; they are led to the sign-in page and back."""


class SecondFactorMissing(NotSignedIn):
    """The password was right; `what` is still to be done: give the `code`, or `enrol`."""

    def __init__(self, what: str) -> None:
        super().__init__("the second factor is missing")
        self.what = what


class PageForbidden(PermissionMissing):
    """The signed-in person's role does not open this page."""


class FormStale(Refused):
    """The form was not made in this session, or the session ended since: it must be opened and sent again."""


class TokenRefused(Refused):
    """The bearer token is missing, unknown or revoked."""


def session_key(services: Services) -> str:
    return services.settings.secrets.session_key.get_secret_value()


def bound_to(request: Request) -> str:
    """What this browser's forms are bound to: its session, or before sign-in its visit."""
    return request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISIT_COOKIE) or ""


def person_of(request: Request) -> Account | None:
    """The signed-in person, if any and if nothing is left to do before they may come in."""
    account = arriving(request)
    return account if account is not None and account.pending is None else None


def arriving(request: Request) -> Account | None:
    """The person whose password was right, whether or not the second factor is still to come."""
    token, services = request.cookies.get(SESSION_COOKIE), services_of(request)
    return account_of_session(services.database, token, services.settings.sign_in.factor_roles) if token else None


def person(*allowed: str) -> Callable[[Request], Account]:
    """Dependency: the signed-in person, who has one of the permissions (or roles) `allowed` and sees all that the
    address names. Raises NotSignedIn, PageForbidden or InterviewUnknown."""
    roles = roles_of(*allowed)

    def admitted(request: Request) -> Account:
        account = arriving(request)
        if account is None:
            raise NotSignedIn("not signed in")
        if account.pending is not None:
            raise SecondFactorMissing(account.pending)
        if account.role not in roles:
            raise PageForbidden(f"role {account.role} does not open this page")
        _check_scope(request, account)
        return account

    return admitted


async def sent_form(request: Request) -> FormData:
    """Dependency: the form, once its CSRF token proved that it was made in this session. Raises FormStale."""
    form = await request.form(max_files=0, max_fields=500)
    bound = bound_to(request)
    if not bound or not csrf_holds(session_key(services_of(request)), bound, str(form.get("csrf", ""))):
        raise FormStale("the form was not made in this session")
    return form


def new_visit() -> str:
    return secrets.token_urlsafe(24)


_bearer = HTTPBearer(auto_error=False, description="A token of `mianshi token create --role recruiter`.")


def _check_scope(request: Request, account: Account) -> None:
    if account.positions is not None and request.path_params:
        with services_of(request).database.reading() as session:
            check_subjects(session, account, request.path_params)


def program(*allowed: str) -> Callable[[Request, HTTPAuthorizationCredentials | None], Account]:
    """Dependency: the program behind the bearer token, as `person` for people. Raises TokenRefused, PermissionMissing
    or InterviewUnknown."""
    roles = roles_of(*allowed)

    def admitted(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Account:
        account = account_of_api_token(services_of(request).database, credentials.credentials) if credentials else None
        if account is None:
            raise TokenRefused("the bearer token is missing, unknown or revoked")
        if account.role not in roles:
            raise PermissionMissing(f"a token with role {account.role} may not do this")
        _check_scope(request, account)
        return account

    return admitted


def field(form: FormData, name: str) -> str:
    """A text field of a form, without surrounding spaces; empty when absent."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
