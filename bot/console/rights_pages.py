"""What candidates asked for under their rights, as tasks: what is due first on top, answered on the spot."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.candidate_rights.corrections import corrections_of
from bot.candidate_rights.requests import (
    LONGEST,
    Asked,
    RequestSettled,
    RequestUnknown,
    WordsUnusable,
    code_to_read_out,
    requests_of,
    settle,
    tasks_waiting,
)
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.identity import TooManyCodes
from bot.services import Services, services_of
from core.clock import now
from core.errors import Refused
from core.tables import Interview

router = APIRouter(prefix="/console/rights", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

PROBLEMS: Final[dict[type[Refused], str]] = {
    RequestUnknown: "rights.unknown",
    RequestSettled: "rights.settled",
    WordsUnusable: "rights.unusable",
    TooManyCodes: "rights.too_many_codes",
}


@router.get("")
def waiting(request: Request, account: Recruiter, services: House) -> Response:
    return _page(request, account, services)


@router.post("/{request_id}")
def answer_form(request: Request, request_id: str, form: Form, account: Recruiter, services: House) -> Response:
    try:
        settle(services, request_id, field(form, "text"), account)
    except tuple(PROBLEMS) as error:
        return _page(request, account, services, PROBLEMS[type(error)])
    return RedirectResponse("/console/rights", 303)


@router.post("/{request_id}/code")
def code_form(request: Request, request_id: str, form: Form, account: Recruiter, services: House) -> Response:
    """A code for a candidate whom no road reaches, to be read out by somebody who has checked who they are."""
    try:
        digits = code_to_read_out(services, request_id, account)
    except tuple(PROBLEMS) as error:
        return _page(request, account, services, PROBLEMS[type(error)])
    return _page(request, account, services, digits=digits, code_for=request_id)


def request_lines(services: Services, interview_id: str) -> list[dict[str, Any]]:
    """What the candidate of one interview has asked for, for its page."""
    return [_line(services, each) for each in requests_of(services, interview_id)]


def _page(
    request: Request,
    account: Account,
    services: Services,
    problem: str | None = None,
    digits: str | None = None,
    code_for: str | None = None,
) -> Response:
    lines = [_line(services, task) for task in tasks_waiting(services, account)]
    with services.database.unit_of_work() as session:
        record(session, account, "rights_listed", "all")
    return page(
        request,
        "rights.html",
        account,
        422 if problem else 200,
        lines=lines,
        problem=problem,
        longest=LONGEST,
        digits=digits,
        code_for=code_for,
        reader=language_of(request, account),
    )


def _line(services: Services, asked: Asked) -> dict[str, Any]:
    with services.database.reading() as session:
        key = services.key_of(session, session.get_one(Interview, asked.interview_id))
        corrected = corrections_of(session, key, asked.id) if asked.kind == "correction" else []
    return {"asked": asked, "corrected": corrected, "days": _days_left(asked.due_at)}


def _days_left(due_at: datetime | None) -> int | None:
    return None if due_at is None else (due_at - now()).days
