"""The pool of a position: whose résumé fits it, with the reason for each, and inviting those who were ticked."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import field, person, sent_form
from bot.console.applicant_pages import bears_number
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.outreach.pool import PER_PAGE, invite_from_pool, read_pool
from bot.positions import PositionUnknown, is_closed, newest_positions
from bot.scope import sees
from bot.services import Services, services_of
from core.errors import Refused

router = APIRouter(prefix="/console/pool", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]
Page = Annotated[int, Query(ge=1, le=100_000)]


@router.get("")
def pool(
    request: Request, account: Recruiter, services: House, position: str = "", fitting: bool = False, p: Page = 1
) -> Response:
    return _page(request, account, services, position, fitting, p)


@router.post("")
def invite_form(request: Request, form: Form, account: Recruiter, services: House) -> Response:
    """Invite everybody who was ticked, each by themselves: one who cannot be invited keeps nobody else back."""
    position, outcome = field(form, "position")[:80], Counter[str]()
    for ref in form.getlist("ticked")[:PER_PAGE]:
        try:
            made = invite_from_pool(services, position, str(ref), account, external_id=bears_number(services))
            outcome["sent" if made.letter else "unsent"] += 1
        except Refused:
            outcome["refused"] += 1
    return _page(request, account, services, position, field(form, "fitting") == "true", 1, outcome)


def _page(
    request: Request,
    account: Account,
    services: Services,
    wanted: str,
    fitting: bool,
    p: int,
    outcome: Counter[str] | None = None,
) -> Response:
    language = language_of(request, account)
    with services.database.reading() as session:
        titles = {row.key: row.profile["title"][language] for row in newest_positions(session)}
        open_ones = [row.key for row in newest_positions(session) if not is_closed(row) and sees(account, row.key)]
    if wanted and wanted not in open_ones:
        raise PositionUnknown("there is no such position, or this account does not see it")
    chosen = wanted or next(iter(open_ones), "")
    found = read_pool(services, chosen, account, p, fitting) if chosen else None
    with services.database.unit_of_work() as session:
        record(session, account, "pool_read", f"position:{chosen}")
    return page(
        request,
        "pool.html",
        account,
        422 if outcome and outcome["refused"] and len(outcome) == 1 else 200,
        found=found,
        chosen=chosen,
        fitting=fitting,
        positions=[(key, titles[key]) for key in open_ones],
        titles=titles,
        outcome=outcome,
    )
