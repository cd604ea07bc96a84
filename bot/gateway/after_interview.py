"""What a candidate can do on the page behind the link once the interview is over: rate it, ask for a human review."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse

from bot.after_interview import LONGEST_WORDS, ask_for_review, rate_interview
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
