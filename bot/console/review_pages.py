"""The review queue, and one screen on which an interview is heard, read and decided by keyboard alone."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import field, person, sent_form
from bot.console.batch_decisions import BatchOutcome, decide_batch
from bot.console.decisions import (
    VALUES,
    decide,
    decision_on_page,
    note_report_read,
)
from bot.console.interview_pages import DECISION_PROBLEMS
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.review_doubts import SORTS, Sort
from bot.console.review_queue import read_queue
from bot.console.review_screen import read_screen
from bot.console.texts import language_of
from bot.services import Services, services_of

router = APIRouter(prefix="/console/review", route_class=PageRoute, include_in_schema=False)
Reviewer = Annotated[Account, Depends(person("interviews.read"))]
Decider = Annotated[Account, Depends(person("decisions.make"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def queue(
    request: Request, account: Reviewer, services: House, position: str = "", sort: str = "urgency", p: int = 1
) -> Response:
    return _queue_page(request, account, services, position[:80], chosen_sort(sort), p)


@router.post("")
def decide_several(request: Request, form: Form, account: Decider, services: House) -> Response:
    """Advance or hold everybody who was ticked, each for themselves; a rejection is never made here."""
    position, sort = field(form, "position"), chosen_sort(field(form, "sort"))
    ticked = [str(each) for each in form.getlist("ticked")]
    outcome = decide_batch(services, ticked, field(form, "value"), field(form, "reason"), account)
    return _queue_page(request, account, services, position, sort, 1, outcome)


@router.get("/{interview_id}")
def screen(
    request: Request, interview_id: str, account: Reviewer, services: House, position: str = "", sort: str = "urgency"
) -> Response:
    return screen_page(request, interview_id, account, services, position[:80], chosen_sort(sort))


@router.post("/{interview_id}/decision")
def decision_form(request: Request, interview_id: str, form: Form, account: Decider, services: House) -> Response:
    """Keep the decision and go on to whoever comes next in the queue."""
    position, sort = field(form, "position"), chosen_sort(field(form, "sort"))
    value, reason = field(form, "value"), field(form, "reason")
    if value not in VALUES:
        problem = "problem.value_missing"
        return screen_page(request, interview_id, account, services, position, sort, problem, value, reason)
    _, following = read_queue(services, language_of(request, account), account, position, sort).beside(interview_id)
    try:
        decide(services, interview_id, value, reason, account, field(form, "report"), decision_on_page(form))
    except tuple(DECISION_PROBLEMS) as error:
        problem = DECISION_PROBLEMS[type(error)]
        return screen_page(request, interview_id, account, services, position, sort, problem, value, reason)
    target = f"/console/review/{following}" if following else "/console/review"
    return RedirectResponse(f"{target}?{urlencode({'position': position, 'sort': sort})}", 303)


def chosen_sort(asked: str) -> Sort:
    """The order that was asked for, by urgency where that is none."""
    return next((sort for sort in SORTS if sort == asked), "urgency")


def _queue_page(
    request: Request,
    account: Account,
    services: Services,
    position: str,
    sort: Sort,
    number: int,
    outcome: BatchOutcome | None = None,
) -> Response:
    found = read_queue(services, language_of(request, account), account, position, sort, number)
    with services.database.unit_of_work() as session:
        record(session, account, "queue_listed", position[:64] or "all")
    return page(
        request,
        "review_queue.html",
        account,
        outcome.status if outcome else 200,
        found=found,
        position=position,
        sort=sort,
        sorts=SORTS,
        outcome=outcome,
    )


def screen_page(
    request: Request,
    interview_id: str,
    account: Account,
    services: Services,
    position: str,
    sort: Sort,
    problem: str | None = None,
    value: str = "",
    reason: str = "",
    correcting: str | None = None,
) -> Response:
    """The review screen with its place in the queue, and with what was wrong where a form was refused."""
    language = language_of(request, account)
    shown = read_screen(services, interview_id, language, account)
    note_report_read(services, interview_id, None if shown.hidden else shown.view.report, account)
    found = read_queue(services, language, account, position, sort)
    earlier, following = found.beside(interview_id)
    return page(
        request,
        "review.html",
        account,
        422 if problem else 200,
        screen=shown,
        view=shown.view,
        values=VALUES,
        earlier=earlier,
        following=following,
        place=found.order.index(interview_id) + 1 if interview_id in found.order else None,
        waiting=len(found.order),
        position=position,
        sort=sort,
        problem=problem,
        chosen=value,
        reason=reason,
        correcting=correcting,
    )
