"""Coming in, going out, the language of the pages and one's own password."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import (
    Account,
    PasswordTooShort,
    SignInRefused,
    TooManyTries,
    change_password,
    set_language,
    sign_in,
    sign_out,
)
from bot.console.access import (
    SESSION_COOKIE,
    VISIT_COOKIE,
    bound_to,
    field,
    new_visit,
    person,
    person_of,
    sent_form,
    session_key,
)
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import LANGUAGES
from bot.services import Services, services_of

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]
Anybody = Annotated[Account, Depends(person("own.account"))]

BROWSERS: Final = (
    ("MicroMessenger", "微信 WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
"""A sign in the User-Agent and what it stands for, the first that fits."""
COMPANY_PROBLEMS: Final = frozenset({"refused", "down", "wrong", "no_account"})
HOME: Final = {
    "admin": "/console",
    "recruiter": "/console",
    "reviewer": "/console/review",
    "manager": "/console",
    "hr": "/hr",
    "auditor": "/console/audit",
}


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "", company: str = "") -> Response:
    account = person_of(request)
    if account is not None:
        return RedirectResponse(HOME[account.role], 303)
    shown: dict[str, Any] = {"next": _inside(next), "problem": None, "name": ""}
    if company in COMPANY_PROBLEMS:
        shown["problem"] = f"sign_in.company_{company}"
    if bound_to(request):
        return page(request, "sign_in.html", None, **shown)
    visit = new_visit()
    response = page(request, "sign_in.html", None, bound=visit, **shown)
    _set_cookie(request, response, VISIT_COOKIE, visit)
    return response


@router.post("/sign-in")
def sign_in_form(request: Request, form: Form, services: House) -> Response:
    name, address = field(form, "name"), request.client.host if request.client else "unknown"
    password, wanted = form.get("password"), _inside(field(form, "next"))
    try:
        token = sign_in(
            services.database,
            name,
            password if isinstance(password, str) else "",
            address,
            session_key(services),
            device_of(request),
        )
    except SignInRefused:
        return page(request, "sign_in.html", None, 401, next=wanted, problem="sign_in.refused", name=name)
    except TooManyTries:
        return page(request, "sign_in.html", None, 429, next=wanted, problem="sign_in.too_many", name=name)
    response = RedirectResponse(wanted or "/console/home", 303)
    _set_cookie(request, response, SESSION_COOKIE, token)
    response.delete_cookie(VISIT_COOKIE)
    return response


@router.get("/home")
def home(account: Anybody) -> Response:
    """Where the person's role has its work."""
    return RedirectResponse(HOME[account.role], 303)


@router.post("/sign-out")
def sign_out_form(request: Request, form: Form, account: Anybody, services: House) -> Response:
    sign_out(services.database, request.cookies[SESSION_COOKIE])
    response = RedirectResponse("/console/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.post("/language")
def language_form(form: Form, account: Anybody, services: House) -> Response:
    if (language := field(form, "language")) in LANGUAGES:
        set_language(services.database, account.id.removeprefix("user:"), language)
    return RedirectResponse(_inside(field(form, "next")) or "/console/home", 303)


@router.get("/password")
def password_page(request: Request, account: Anybody) -> Response:
    return page(request, "password.html", account, problem=None)


@router.post("/password")
def password_form(request: Request, form: Form, account: Anybody, services: House) -> Response:
    old, new = (str(form.get(name, "")) for name in ("old", "new"))
    try:
        change_password(services.database, account.id.removeprefix("user:"), old, new)
    except SignInRefused:
        return page(request, "password.html", account, 422, problem="password.old_wrong")
    except PasswordTooShort:
        return page(request, "password.html", account, 422, problem="password.too_short")
    response = RedirectResponse("/console/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


def device_of(request: Request) -> str | None:
    """Browser and system in two words, so that a person knows their own sessions; the whole header says too much."""
    sent = request.headers.get("user-agent", "")
    named = [next((name for sign, name in signs if sign in sent), None) for signs in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in named if name) or None


def _inside(target: str) -> str:
    """A path of ours, or empty: nobody is sent to another site after signing in."""
    parts = urlsplit(target)
    inside = not parts.scheme and not parts.netloc and "\\" not in target and target.isprintable()
    return target if inside and target.startswith(("/console", "/hr")) else ""


def _set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    secure = services_of(request).settings.web.secure
    response.set_cookie(name, value, httponly=True, secure=secure, samesite="lax", path="/")
