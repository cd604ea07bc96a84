"""What recruiters do about letters and times: send once more, set a slot."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import field, person, sent_form
from bot.console.decisions import InterviewUnknown
from bot.console.page_route import PageRoute
from bot.outreach.postman import send_again
from bot.outreach.slot import SlotUnreadable, SlotUnusable, book_slot, drop_slot
from bot.services import Services, services_of
from core.errors import InterviewOver, Refused
from core.tables import Interview, Letter

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

SLOT_PROBLEMS: Final[dict[type[Refused], str]] = {
    SlotUnreadable: "slot_unreadable",
    SlotUnusable: "slot_unusable",
    InterviewOver: "slot_begun",
}


@router.post("/interviews/{interview_id}/letters/{letter_id}")
def again_form(
    request: Request, interview_id: str, letter_id: str, form: Form, account: Recruiter, services: House
) -> Response:
    with services.database.unit_of_work() as session:
        letter = session.get(Letter, letter_id)
        if letter is None or letter.interview_id != interview_id:
            raise InterviewUnknown("there is no such letter")
        send_again(session, letter_id)
        record(session, account, "letter_sent_again", interview_id)
    return RedirectResponse(f"/console/interviews/{interview_id}#letters", 303)


@router.post("/interviews/{interview_id}/slot")
def slot_form(request: Request, interview_id: str, form: Form, account: Recruiter, services: House) -> Response:
    with services.database.reading() as session:
        if session.get(Interview, interview_id) is None:
            raise InterviewUnknown("there is no interview with this id")
    problem = ""
    try:
        if field(form, "do") == "drop":
            drop_slot(services, interview_id, account)
        else:
            book_slot(services, interview_id, field(form, "slot"), account)
    except tuple(SLOT_PROBLEMS) as error:
        problem = f"?slot={SLOT_PROBLEMS[type(error)]}"
    return RedirectResponse(f"/console/interviews/{interview_id}{problem}#letters", 303)
