"""What interview scores predict here, and how sure that is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from bot.accounts import Account, record
from bot.console.access import person
from bot.console.figures_state import figures_state
from bot.console.insight_view import view_of
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.demo_outcomes import is_simulated
from bot.positions import newest_positions
from bot.scope import sees
from bot.services import Services, services_of
from hr_bridge.insights.validity import Study, study
from hr_bridge.insights.validity.reading import read_people

router = APIRouter(prefix="/console/insights", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("figures.read"))]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def insights(request: Request, account: Reader, services: House, family: str | None = None) -> Response:
    """One position family: findings in sentences, then figures and pictures."""
    with services.database.reading() as session:
        state = figures_state(session)
        simulated = is_simulated(session)
        hidden = families_hidden(session, account)
    found = services.computed.get("insights", state, partial(_study, services))
    found = replace(found, families=tuple(each for each in found.families if each.family not in hidden))
    view = view_of(found, family, language_of(request, account))
    with services.database.unit_of_work() as session:
        record(session, account, "insights_read", view.family if view else "none")
    return page(request, "insights.html", account, view=view, simulated=simulated)


def _study(services: Services) -> Study:
    with services.database.reading() as session:
        people = read_people(session, services.keys)
    return study(people)


def families_hidden(session: Session, by: Account) -> frozenset[str]:
    """A family's figures cannot be split by position, so whoever does not see all its positions does not see them."""
    return frozenset(row.profile["family"] for row in newest_positions(session) if not sees(by, row.key))
