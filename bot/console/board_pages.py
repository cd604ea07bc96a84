"""The board 运营看板: how hiring runs, by channel, position and place, and before and after a change."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import HTTPException

from bot.accounts import Account, record
from bot.console.access import person
from bot.console.board_export import as_csv, as_xlsx, board_sheets
from bot.console.board_view import BoardView, Wanted, chosen, read_board
from bot.console.board_words import percent, points, within
from bot.console.figures_state import figures_state
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.services import Services, services_of
from core.clock import now
from core.content import Language
from hr_bridge.insights.course import STAGES

router = APIRouter(prefix="/console/board", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("figures.read"))]
House = Annotated[Services, Depends(services_of)]

SETTINGS_SHOWN: Final = 6
"""Of one changed version; a new version of a position may differ in every line."""
LONGEST_EXPORT_S: Final = 300.0
"""A file cannot say that it is under way."""
FILES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def wanted_of(since: str = "", until: str = "", position: str = "", changed_on: str = "") -> Wanted:
    """FastAPI dependency: the period, the position and the day of a change, as the address has them."""
    return chosen(since, until, position, changed_on, now().astimezone().date())


Asked = Annotated[Wanted, Depends(wanted_of)]


@router.get("")
def board(request: Request, account: Reader, services: House, wanted: Asked) -> Response:
    view = _view(services, wanted, language_of(request, account), account)
    with services.database.unit_of_work() as session:
        record(session, account, "board_read", view.wanted.position or "all")
    return page(
        request,
        "board.html",
        account,
        view=view,
        stages=STAGES[1:],
        percent=percent,
        within=within,
        points=points,
        settings_shown=SETTINGS_SHOWN,
        query=_query(view),
        query_of=lambda day: _query(view, day.isoformat()),
    )


@router.get("/board.{kind}")
def export(request: Request, kind: str, account: Reader, services: House, wanted: Asked) -> Response:
    """The same as a file."""
    if kind not in FILES:
        raise HTTPException(404)
    language = language_of(request, account)
    view = _view(services, wanted, language, account, LONGEST_EXPORT_S)
    with services.database.unit_of_work() as session:
        record(session, account, "board_downloaded", view.wanted.position or "all")
    sheets = board_sheets(view, language)
    content = as_csv(sheets, language) if kind == "csv" else as_xlsx(sheets, language)
    name = f"mianshi-board-{wanted.since}-{wanted.until}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=FILES[kind], headers=headers)


def _view(
    services: Services, wanted: Wanted, language: Language, by: Account, wait_s: float | None = None
) -> BoardView:
    with services.database.reading() as session:
        state = figures_state(session)
    # Two people who see the same positions see the same board.
    key = ("board", wanted, language, by.positions, repr(services.settings.cost))
    return services.computed.get(key, state, partial(read_board, services, wanted, language, by), wait_s)


def _query(view: BoardView, changed_on: str | None = None) -> str:
    asked = {"since": view.wanted.since.isoformat(), "until": view.wanted.until.isoformat()}
    day = changed_on or (view.wanted.changed_on.isoformat() if view.wanted.changed_on else "")
    return urlencode(asked | {"position": view.wanted.position, "changed_on": day})
