"""Recruiters ask the bot about their candidates, on one page."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.recruiter_chat.answer import RecruiterAnswer
from bot.recruiter_chat.chat import LONGEST, RecruiterChat
from bot.recruiter_chat.linking import allow_telegram, asking_settings, link_of, new_code, unlink
from bot.recruiter_chat.telegram import TELEGRAM
from bot.services import Services, services_of
from core.errors import DatabaseBusy

router = APIRouter(prefix="/console/ask", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("interviews.read"))]
Admin = Annotated[Account, Depends(person("accounts.manage"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]
MOST_CHOSEN: Final = 10


@router.get("")
def ask_page(request: Request, account: Reader) -> Response:
    return _page(request, account)


@router.post("")
def ask_form(request: Request, form: Form, account: Reader) -> Response:
    """The page with the answer; its script takes the answer out and puts it under the earlier ones."""
    question = field(form, "question")[:LONGEST]
    chosen = [str(each)[:64] for each in form.getlist("chosen")][:MOST_CHOSEN]
    chat: RecruiterChat | None = getattr(request.app.state, "recruiter_chat", None)
    if chat is None:
        raise DatabaseBusy("the recruiters' chat is not ready yet")
    answer = chat.answer(question, account, chosen) if question else None
    return _page(request, account, question, answer, chosen)


@router.post("/link")
def link_form(request: Request, form: Form, account: Reader, services: House) -> Response:
    """A one-time code for this person's Telegram, or their link cut."""
    if field(form, "do") == "cut":
        with services.database.unit_of_work() as session:
            unlink(session, account, TELEGRAM)
        return RedirectResponse("/console/ask", 303)
    return _page(request, account, code=new_code(services, account))


@router.post("/telegram")
def telegram_form(form: Form, account: Admin, services: House) -> Response:
    """What Telegram may be asked and shown."""
    allow_telegram(services, field(form, "on") == "yes", field(form, "quotes") == "yes", account)
    return RedirectResponse("/console/ask", 303)


def _page(
    request: Request,
    account: Account,
    question: str = "",
    answer: RecruiterAnswer | None = None,
    chosen: list[str] | None = None,
    code: str | None = None,
) -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        allowed, link = asking_settings(session), link_of(session, account, TELEGRAM)
    return page(
        request,
        "ask.html",
        account,
        question=question,
        answer=answer,
        chosen=chosen or [],
        longest=LONGEST,
        has_telegram=services.settings.telegram.is_on,
        allowed=allowed,
        linked_at=link.linked_at if link else None,
        code=code,
    )
