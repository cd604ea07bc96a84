"""Who applied in the HR system: what came in, why somebody is not invited, and the button that invites them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import PageForbidden, person, sent_form
from bot.console.applicant_lines import list_applicants
from bot.console.interview_pages import show_link
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.outreach.applicant_invitation import CONNECTOR, ApplicantNotInvited, ApplicantUnknown, invite_applicant
from bot.outreach.invitation import AlreadyInvited
from bot.roles import may
from bot.services import Services, services_of
from core.errors import Refused, Rejected
from hr_bridge.connectors.odoo.cursor import Cursor
from hr_bridge.connectors.odoo.mapping import load_mapping

router = APIRouter(prefix="/console/applicants", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("applicants.read"))]
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def applicants(
    request: Request, account: Reader, services: House, p: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Response:
    return _list_page(request, account, services, p)


@router.post("/vanished")
def vanished_form(form: Form, account: Recruiter, services: House) -> Response:
    """Those who vanished are really deleted: the next look calls them off."""
    if account.positions is not None:
        raise PageForbidden("they may have applied for any position")
    count = Cursor(services.database, CONNECTOR).confirm_vanished()
    with services.database.unit_of_work() as session:
        record(session, account, "vanished_confirmed", f"applicants:{count}")
    return RedirectResponse("/console/applicants", 303)


@router.post("/{applicant_id}/invite")
def invite_form(request: Request, applicant_id: str, form: Form, account: Recruiter, services: House) -> Response:
    """Invite, and show the link once on the interview's page."""
    try:
        made = invite_applicant(services, applicant_id, account, external_id=bears_number(services))
    except ApplicantNotInvited as error:
        return _list_page(request, account, services, 1, error.problem or "gone")
    except AlreadyInvited as error:
        return RedirectResponse(f"/console/interviews/{error.interview_id}", 303)
    except ApplicantUnknown:
        return _list_page(request, account, services, 1, "gone")
    except Refused:
        return _list_page(request, account, services, 1, "not_possible")
    return show_link(request, services, made)


def _list_page(request: Request, account: Account, services: Services, p: int, refused: str | None = None) -> Response:
    found = list_applicants(services, language_of(request, account), p, account)
    with services.database.unit_of_work() as session:
        record(session, account, "applicants_listed", f"page:{found.page}")
    return page(
        request,
        "applicants.html",
        account,
        422 if refused else 200,
        found=found,
        refused=refused,
        is_set_up=bool(services.settings.odoo.url),
        may_invite=may(account.role, "candidates.invite"),
    )


def bears_number(services: Services) -> bool:
    """Whether the candidate's external id is the number of the record. Where that cannot be told it is left out; the
    link table leads results to the record all the same."""
    try:
        return load_mapping(services.settings.odoo.mapping).external_id == "applicant"
    except Rejected:
        return False
