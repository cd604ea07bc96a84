"""From a template to a response: the texts, the account, the CSRF token and the headers that every page shares."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from bot.accounts import Account, csrf_token
from bot.console.access import bound_to, session_key
from bot.console.texts import PAGES, language_of, pay_unit, say
from bot.identity import masked
from bot.roles import may
from bot.services import services_of

PAGE_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}

ONLY_HTTPS: Final = {"Strict-Transport-Security": "max-age=31536000"}
"""RFC 6797; where PUBLIC_URL is https: the browser comes by no other way for a year."""


def page(
    request: Request,
    template: str,
    account: Account | None,
    status: int = 200,
    bound: str | None = None,
    **context: Any,
) -> HTMLResponse:
    """Render `template` in the reader's language, its forms bound to the browser's cookie, or to `bound` before it."""
    language = language_of(request, account)
    html = (
        _templates()
        .get_template(template)
        .render(
            request_path=request.url.path,
            language=language,
            t=lambda key, **facts: say(language, key, **facts),
            account=account,
            company_sign_in=services_of(request).settings.sign_in.oidc_issuer is not None,
            may=lambda permission: account is not None and may(account.role, permission),
            csrf=csrf_token(session_key(services_of(request)), bound or bound_to(request)),
            **context,
        )
    )
    secure = services_of(request).settings.web.secure
    return HTMLResponse(html, status_code=status, headers=PAGE_HEADERS | (ONLY_HTTPS if secure else {}))


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["number"] = _number
    environment.filters["money"] = _money
    environment.filters["masked"] = masked
    environment.filters["pay_unit"] = pay_unit
    return environment


def _moment(at: datetime | None) -> Markup:
    """A point in time in the server's zone; the page's script turns it into the reader's."""
    if at is None:
        return Markup("–")
    local = at.astimezone()
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), local.strftime("%Y-%m-%d %H:%M"))


def _number(value: float | None, digits: int = 0) -> str:
    """87 or 87.5: always `digits` decimals, so that columns line up; a dash when there is no number."""
    return "–" if value is None else f"{value:.{digits}f}"


def _money(value: float) -> str:
    """11 or 11.27: two decimals at most, none for nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
