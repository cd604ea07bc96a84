"""The page of pairs who may be one person; for those who invite."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import FormStale, field, person, sent_form
from bot.console.duplicates import VERDICTS, PairSettled, read_pairs, settle
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.services import Services, services_of
from bot.status import TITLES

router = APIRouter(prefix="/console/duplicates", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def duplicates(request: Request, account: Recruiter, services: House) -> Response:
    with services.database.unit_of_work() as session:
        record(session, account, "duplicates_listed", "all")
    return _duplicates_page(request, account, services)


@router.post("/{pair_id}")
def settle_pair(request: Request, pair_id: str, form: Form, account: Recruiter, services: House) -> Response:
    """One person, two, or open again."""
    said = field(form, "verdict")
    verdict = next((each for each in VERDICTS if each == said), None)
    if verdict is None and said != "reopen":
        raise FormStale("the form says nothing of the pair")
    try:
        settle(services, pair_id, verdict, account)
    except PairSettled:
        return _duplicates_page(request, account, services, 409, "duplicates.settled_meanwhile")
    return RedirectResponse("/console/duplicates", 303)


def _duplicates_page(
    request: Request, account: Account, services: Services, status: int = 200, problem: str | None = None
) -> Response:
    return page(
        request,
        "duplicates.html",
        account,
        status,
        waiting=read_pairs(services, settled=False, by=account),
        settled=read_pairs(services, settled=True, by=account),
        titles=TITLES,
        problem=problem,
    )
