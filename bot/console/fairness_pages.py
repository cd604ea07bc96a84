"""Is any group held back? Impact ratios and exact tests for one position and year, for those who answer for it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.accounts import Account, record
from bot.console.access import person
from bot.console.board_words import percent
from bot.console.fairness_view import read_fairness
from bot.console.fairness_words import dimension_title, group_title, p_text, refusal_text, tables_by_step
from bot.console.figures_state import figures_state
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.services import Services, services_of

router = APIRouter(prefix="/console/fairness", route_class=PageRoute, include_in_schema=False)
Auditor = Annotated[Account, Depends(person("audit.read"))]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def fairness(request: Request, account: Auditor, services: House, position: str = "", year: str = "") -> Response:
    language = language_of(request, account)
    asked = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None
    with services.database.reading() as session:
        state = figures_state(session)
    view = services.computed.get(
        ("fairness", position, asked, language), state, partial(read_fairness, services, position, asked, language)
    )
    with services.database.unit_of_work() as session:
        record(session, account, "fairness_read", view.position)
    return page(
        request,
        "fairness.html",
        account,
        view=view,
        steps=tables_by_step(view.report),
        percent=percent,
        p_text=p_text,
        dimension_title=partial(dimension_title, language=language),
        group_title=partial(group_title, language=language),
        refusal_text=partial(refusal_text, language=language),
    )
