"""Candidates' own questions, to be answered by a person."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.approved_facts import LONGEST_QUESTION, FactUnusable, approve
from bot.candidate_questions import (
    LONGEST,
    AlreadyReplied,
    QuestionUnknown,
    ReplyUnusable,
    position_asked_about,
    questions_waiting,
    reply_to_question,
)
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.services import Services, services_of
from core.content import Language
from core.errors import Refused

router = APIRouter(prefix="/console/questions", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

PROBLEMS: Final[dict[type[Refused], str]] = {
    QuestionUnknown: "questions.unknown",
    ReplyUnusable: "questions.unusable",
    AlreadyReplied: "questions.answered",
    FactUnusable: "facts.unusable",
}


@router.get("")
def waiting(request: Request, account: Recruiter, services: House) -> Response:
    return _page(request, account, services)


@router.post("/{answer_id}")
def answer_form(request: Request, answer_id: str, form: Form, account: Recruiter, services: House) -> Response:
    try:
        reply_to_question(services, answer_id, field(form, "text"), account)
        if field(form, "approve"):
            asked = field(form, "asked")[:LONGEST_QUESTION]
            language: Language = "en" if field(form, "language") == "en" else "zh"
            position = position_asked_about(services, answer_id)
            approve(services, position, {language: (asked, field(form, "text"))}, account)
    except tuple(PROBLEMS) as error:
        return _page(request, account, services, PROBLEMS[type(error)])
    return RedirectResponse("/console/questions", 303)


def _page(request: Request, account: Account, services: Services, problem: str | None = None) -> Response:
    lines = questions_waiting(services, account)
    with services.database.unit_of_work() as session:
        record(session, account, "questions_listed", "all")
    return page(
        request, "questions.html", account, 422 if problem else 200, lines=lines, problem=problem, longest=LONGEST
    )
