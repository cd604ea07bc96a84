"""Where the links of letters lead beside the interview itself: an end to reminders, and a window opened once more.

A GET changes nothing, since mail programs open links by themselves. The button in the mail program posts straight to
the address of List-Unsubscribe (RFC 8058), without a page before it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import select

from bot.gateway.chat_page import offering_page
from bot.gateway.rate_limit import RateLimit
from bot.outreach.reminder import reopen
from bot.outreach.stop_link import PATH, candidate_of, stop_reminders
from bot.services import Services, services_of
from core.errors import InterviewOver
from core.tables import Interview

router = APIRouter(include_in_schema=False)
Given = Annotated[Services, Depends(services_of)]
pressing_rate = RateLimit(burst=10, per_second=0.2)


@router.get(PATH + "/{capability}")
def stop_page(capability: str, services: Given) -> Response:
    candidate_id = candidate_of(services, capability)
    return offering_page(_language(services, candidate_id), "stop", f"{PATH}/{capability}")


@router.post(PATH + "/{capability}")
def stop(capability: str, services: Given) -> Response:
    candidate_id = candidate_of(services, capability)
    stop_reminders(services, candidate_id)
    return offering_page(_language(services, candidate_id), "stopped", None)


@router.post("/i/{token}/again")
def again(token: str, request: Request, services: Given) -> Response:
    pressing_rate.take(request.client.host if request.client else "")
    try:
        reopen(services, token)
    except InterviewOver:
        pass  # the page behind the link says where the interview stands
    return RedirectResponse(f"/i/{token}", 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _language(services: Services, candidate_id: str) -> str:
    with services.database.reading() as session:
        last = select(Interview.language).where(Interview.candidate_id == candidate_id)
        return session.exec(last).first() or "zh"
