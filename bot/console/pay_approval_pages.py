"""The approver's page, made for a phone, and the form with which a recruiter asks."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import FormStale, field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.pay_approval import (
    ApprovalAnswered,
    ApprovalReasonMissing,
    ApprovalWaits,
    NotAdvanced,
    OfferInsideRange,
    OfferUnusable,
    OwnRequest,
    SuggestionChanged,
    answer,
    ask_for_pay,
)
from bot.console.pay_approval_view import read_requests
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.services import Services, services_of
from core.errors import Refused

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Approver = Annotated[Account, Depends(person("pay.approve"))]
Recruiter = Annotated[Account, Depends(person("pay.ask"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

ANSWER_PROBLEMS: Final[dict[type[Refused], str]] = {
    ApprovalReasonMissing: "approval.reason_missing",
    ApprovalAnswered: "approval.answered_already",
    OwnRequest: "approval.own",
    NotAdvanced: "approval.moot",
    SuggestionChanged: "approval.suggestion_changed",
}
ASK_PROBLEMS: Final[dict[type[Refused], str]] = {
    ApprovalReasonMissing: "approval.reason_missing",
    OfferUnusable: "approval.offer_unusable",
    OfferInsideRange: "approval.inside",
    ApprovalWaits: "approval.waiting_already",
    NotAdvanced: "approval.advance_first",
}


@router.get("/approvals")
def approvals(request: Request, account: Approver, services: House) -> Response:
    return _approvals_page(request, account, services)


@router.post("/approvals/{approval_id}")
def answer_form(request: Request, approval_id: str, form: Form, account: Approver, services: House) -> Response:
    said = field(form, "answer")
    if said not in ("yes", "no"):
        raise FormStale("the form says neither yes nor no")
    try:
        answer(services, approval_id, said == "yes", field(form, "reason"), account)
    except tuple(ANSWER_PROBLEMS) as error:
        return _approvals_page(request, account, services, ANSWER_PROBLEMS[type(error)], approval_id)
    return RedirectResponse("/console/approvals", 303)


@router.post("/interviews/{interview_id}/pay")
def ask_form(request: Request, interview_id: str, form: Form, account: Recruiter, services: House) -> Response:
    """Ask for a regrade or pay above the range."""
    try:
        ask_for_pay(
            services,
            interview_id,
            field(form, "offer"),
            field(form, "regrade") == "yes",
            field(form, "reason"),
            account,
        )
    except tuple(ASK_PROBLEMS) as error:
        back = f"/console/interviews/{interview_id}#pay"
        return page(request, "pay_refused.html", account, 422, sentence=ASK_PROBLEMS[type(error)], back=back)
    return RedirectResponse(f"/console/interviews/{interview_id}#pay", 303)


def _approvals_page(
    request: Request, account: Account, services: Services, problem: str | None = None, at: str | None = None
) -> Response:
    waiting, answered = read_requests(services, account, language_of(request, account))
    with services.database.unit_of_work() as session:
        record(session, account, "approvals_read", "all")
    return page(
        request,
        "approvals.html",
        account,
        422 if problem else 200,
        waiting=waiting,
        answered=answered,
        problem=problem,
        at=at,
    )
