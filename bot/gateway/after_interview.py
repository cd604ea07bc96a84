"""What a candidate can do on the page behind the link once the interview is over: rate it, ask for a human review."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from bot.after_interview import LONGEST_WORDS, ask_for_review, rate_interview
from bot.demographics import keep_answers
from bot.gateway.webchat_api import sending_rate, visitor_of
from bot.identity import Visitor
from bot.services import Services, services_of

router = APIRouter(prefix="/api/chat/{token}", tags=["web chat"])
Admitted = Annotated[Visitor, Depends(visitor_of)]
Given = Annotated[Services, Depends(services_of)]


@router.post("/rating", status_code=303)
def post_rating(
    token: str,
    visitor: Admitted,
    services: Given,
    stars: Annotated[int, Form(ge=1, le=5)],
    words: Annotated[str, Form(max_length=LONGEST_WORDS)] = "",
) -> RedirectResponse:
    sending_rate.take(visitor.interview_id)
    rate_interview(services, visitor.interview_id, stars, words)
    return RedirectResponse(f"/i/{token}", 303)


@router.post("/human-review", status_code=303)
def post_human_review(token: str, visitor: Admitted, services: Given) -> RedirectResponse:
    sending_rate.take(visitor.interview_id)
    ask_for_review(services, visitor.interview_id)
    return RedirectResponse(f"/i/{token}", 303)


@router.post("/groups", status_code=303)
async def post_groups(token: str, visitor: Admitted, services: Given, request: Request) -> RedirectResponse:
    """What the candidate tells of themselves, for the fairness tables alone; everything may be left out."""
    sending_rate.take(visitor.interview_id)
    form = await request.form(max_files=0, max_fields=10)
    given = {key: value for key, value in form.items() if isinstance(value, str)}
    await run_in_threadpool(keep_answers, services, visitor.interview_id, given)
    return RedirectResponse(f"/i/{token}", 303)
