"""What interview scores predict here, and how sure that is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.accounts import Account, record
from bot.console.access import person
from bot.console.insight_view import view_of
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.demo_outcomes import is_simulated
from bot.services import Services, services_of
from hr_bridge.insights.validity import study
from hr_bridge.insights.validity.reading import read_people

router = APIRouter(prefix="/console/insights", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("admin", "recruiter"))]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def insights(request: Request, account: Reader, services: House, family: str | None = None) -> Response:
    """One position family: findings in sentences, then figures and pictures."""
    with services.database.reading() as session:
        people = read_people(session, services.keys)
        simulated = is_simulated(session)
    view = view_of(study(people), family, language_of(request, account))
    with services.database.unit_of_work() as session:
        record(session, account, "insights_read", view.family if view else "none")
    return page(request, "insights.html", account, view=view, simulated=simulated)
