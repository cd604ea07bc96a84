"""Posters with the QR code of each position, and the codes that a recruiter reads out where none can be sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.accounts import Account, record
from bot.console.access import person
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.outreach.road import Roads
from bot.outreach.walk_in import join_url, waiting_for_a_code
from bot.positions import is_closed, newest_position, newest_positions
from bot.scope import sees
from bot.services import Services, services_of
from hr_bridge.position import PositionProfile

router = APIRouter(prefix="/console/walk-ins", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def walk_ins(request: Request, account: Recruiter, services: House) -> Response:
    language = language_of(request, account)
    with services.database.reading() as session:
        rows = [row for row in newest_positions(session) if not is_closed(row) and sees(account, row.key)]
    titles = {row.key: row.profile["title"][language] for row in rows}
    positions = [(row.key, titles[row.key], join_url(services, row.key)) for row in rows]
    waiting = [
        (titles.get(key, key), name, contact, code)
        for key, name, contact, code in waiting_for_a_code(services)
        if sees(account, key)
    ]
    if waiting:
        with services.database.unit_of_work() as session:
            record(session, account, "walk_in_codes_read", "all")
    roads = Roads.of(services.settings)
    return page(
        request, "walk_ins.html", account, positions=positions, waiting=waiting, by_hand=not (roads.email and roads.sms)
    )


@router.get("/{position_key}.pdf")
def poster(request: Request, position_key: str, account: Recruiter, services: House) -> Response:
    from bot.console.poster_pdf import render_poster  # the fonts' library takes a second to load; few pages need it

    with services.database.reading() as session:
        profile = PositionProfile.model_validate(newest_position(session, position_key).profile)
    language = language_of(request, account)
    data = render_poster(profile, join_url(services, position_key), services.settings.house.company, language)
    headers = {
        "Content-Disposition": f'attachment; filename="poster-{position_key}.pdf"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type="application/pdf", headers=headers)
