"""Feedback to candidates: what waits to be released, and one page to read, edit and release it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.feedback import (
    LONGEST,
    FeedbackOutdated,
    FeedbackReleased,
    FeedbackUnusable,
    edit_feedback,
    feedback_waiting,
    read_feedback,
    release_feedback,
)
from bot.services import Services, services_of
from core.errors import Refused

router = APIRouter(prefix="/console/feedback", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

PROBLEMS: Final[dict[type[Refused], str]] = {
    FeedbackOutdated: "feedback.outdated",
    FeedbackReleased: "feedback.already_released",
    FeedbackUnusable: "feedback.unusable",
}


@router.get("")
def waiting(request: Request, account: Recruiter, services: House) -> Response:
    return page(request, "feedback_list.html", account, lines=feedback_waiting(services, account))


@router.get("/{interview_id}")
def one(request: Request, interview_id: str, account: Recruiter, services: House) -> Response:
    return _one_page(request, interview_id, account, services)


@router.post("/{interview_id}")
def save_or_release(request: Request, interview_id: str, form: Form, account: Recruiter, services: House) -> Response:
    """Keep what was edited; with `do` = release let the candidate have it."""
    text, seen = field(form, "text").replace("\r\n", "\n"), field(form, "feedback")
    try:
        if text != read_feedback(services, interview_id).text:
            edit_feedback(services, interview_id, text, account, seen)
        if field(form, "do") == "release":
            release_feedback(services, interview_id, account, seen)
    except tuple(PROBLEMS) as error:
        # What was written for another decision is not offered again.
        kept = None if isinstance(error, FeedbackOutdated) else text
        return _one_page(request, interview_id, account, services, PROBLEMS[type(error)], kept)
    target = "/console/feedback" if field(form, "do") == "release" else f"/console/feedback/{interview_id}"
    return RedirectResponse(target, 303)


def _one_page(
    request: Request,
    interview_id: str,
    account: Account,
    services: Services,
    problem: str | None = None,
    text: str | None = None,
) -> Response:
    line = read_feedback(services, interview_id)
    with services.database.unit_of_work() as session:
        record(session, account, "feedback_read", interview_id)
    return page(
        request,
        "feedback.html",
        account,
        422 if problem else 200,
        line=line,
        text=line.text if text is None else text,
        problem=problem,
        longest=LONGEST,
    )
