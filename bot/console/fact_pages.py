"""What candidates of a position may be told at once when they ask."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account
from bot.approved_facts import FactUnusable, approve, approved_answers, retire
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.positions import newest_position
from bot.services import Services, services_of
from hr_bridge.position import PositionProfile

router = APIRouter(prefix="/console/positions", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]
FIELDS = ("question_zh", "answer_zh", "question_en", "answer_en")


@router.get("/{key}/facts")
def facts(request: Request, key: str, account: Recruiter, services: House) -> Response:
    return _page(request, key, account, services, dict.fromkeys(FIELDS, ""))


@router.post("/{key}/facts")
def facts_form(request: Request, key: str, form: Form, account: Recruiter, services: House) -> Response:
    """Approve a pair, or retire one."""
    with services.database.reading() as session:
        newest_position(session, key)
    given = {name: field(form, name) for name in FIELDS}
    if fact_id := field(form, "retire"):
        retire(services, key, fact_id, account)
        return RedirectResponse(f"/console/positions/{key}/facts", 303)
    try:
        zh, en = (given["question_zh"], given["answer_zh"]), (given["question_en"], given["answer_en"])
        approve(services, key, {"zh": zh, "en": en}, account)
    except FactUnusable:
        return _page(request, key, account, services, given, "facts.unusable")
    return RedirectResponse(f"/console/positions/{key}/facts", 303)


def _page(
    request: Request,
    key: str,
    account: Account,
    services: Services,
    given: dict[str, str],
    problem: str | None = None,
) -> Response:
    with services.database.reading() as session:
        profile = PositionProfile.model_validate(newest_position(session, key).profile)
        approved = approved_answers(session, key)
    return page(
        request,
        "facts.html",
        account,
        422 if problem else 200,
        profile=profile,
        approved=approved,
        given=given,
        problem=problem,
    )
