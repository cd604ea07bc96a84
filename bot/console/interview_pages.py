"""The list of interviews, the invitation form, and the report page with its decision."""

from __future__ import annotations

import hmac
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, csrf_token, record
from bot.console.access import SESSION_COOKIE, field, person, sent_form, session_key
from bot.console.decisions import (
    VALUES,
    DecidedMeanwhile,
    EvidenceUnopened,
    InterviewUnknown,
    ReasonMissing,
    ReportChanged,
    ReportMissing,
    decide,
    decision_on_page,
    note_report_read,
)
from bot.console.interview_list import SORTS, TO_DECIDE, ListFilter, list_interviews
from bot.console.letter_lines import read_letters
from bot.console.page_route import PageRoute
from bot.console.pay_approval_view import requests_of
from bot.console.rendering import page
from bot.console.report_document import read_report_document
from bot.console.report_view import read_report
from bot.console.review_screen import rates_blind
from bot.console.rights_pages import request_lines
from bot.console.talk_lines import read_talk
from bot.console.talk_pages import TALK_SENTENCES
from bot.console.texts import language_of
from bot.outreach.contact import EmailUnusable, PhoneUnusable
from bot.outreach.invitation import (
    AlreadyInvited,
    ContactMissing,
    Invitation,
    InvitationRequest,
    LanguageNotOffered,
    NameUnusable,
    PositionClosed,
    invite,
    renew_link,
    revoke_links,
    telegram_url,
)
from bot.positions import newest_positions
from bot.roles import may
from bot.scope import sees
from bot.services import Services, services_of
from bot.status import TITLES, Status
from core.errors import Refused
from core.tables import Interview
from scoring.rubric import load_competency

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("interviews.read"))]
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Downloader = Annotated[Account, Depends(person("reports.download"))]
Decider = Annotated[Account, Depends(person("decisions.make"))]
Version = Annotated[int | None, Query(ge=1)]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

LINK_COOKIE: Final = "mianshi_new_link"
LINK_SHOWN_FOR_S: Final = 300
INVITE_FIELDS: Final = ("position", "name", "phone", "email", "language", "channel", "external_id")
INVITE_PROBLEMS: Final[dict[type[Refused], tuple[str, str]]] = {
    NameUnusable: ("name", "problem.name_unusable"),
    PhoneUnusable: ("phone", "problem.phone_unusable"),
    EmailUnusable: ("email", "problem.email_unusable"),
    ContactMissing: ("phone", "problem.contact_missing"),
    LanguageNotOffered: ("language", "problem.language_not_offered"),
    PositionClosed: ("position", "problem.position_closed"),
    AlreadyInvited: ("external_id", "problem.already_invited"),
}
"""Which field is at fault, and the sentence beside it."""
SLOT_SENTENCES: Final = {name: f"letters.{name}" for name in ("slot_unreadable", "slot_unusable", "slot_begun")}
DECISION_PROBLEMS: Final[dict[type[Refused], str]] = {
    ReasonMissing: "problem.reason_missing",
    ReportMissing: "problem.report_missing",
    EvidenceUnopened: "problem.evidence_unopened",
    DecidedMeanwhile: "problem.decided_meanwhile",
    ReportChanged: "problem.report_changed",
}


@router.get("")
def interviews(
    request: Request,
    account: Reader,
    services: House,
    q: str = "",
    position: str = "",
    status: str = "",
    sort: str = "urgency",
    p: int = 1,
) -> Response:
    wanted = ListFilter(q[:100], position, status, sort if sort in SORTS else "urgency", p)
    found = list_interviews(services, wanted, account)
    with services.database.unit_of_work() as session:
        record(session, account, "interviews_listed", status[:20] or "all")
    return page(
        request,
        "interviews.html",
        account,
        found=found,
        wanted=wanted,
        statuses=Status,
        titles=TITLES,
        sorts=SORTS,
        to_decide=TO_DECIDE,
    )


@router.get("/invite")
def invite_page(request: Request, account: Recruiter, services: House) -> Response:
    return _invite_page(request, account, services, dict.fromkeys(INVITE_FIELDS, ""), None)


@router.post("/invite")
def invite_form(request: Request, form: Form, account: Recruiter, services: House) -> Response:
    given = {name: field(form, name) for name in INVITE_FIELDS}
    try:
        position, name, phone, email, language, channel, external_id = (given[one] for one in INVITE_FIELDS)
        request_made = InvitationRequest(position, name, language, phone, email, channel, external_id)
        made = invite(services, request_made, account)
    except tuple(INVITE_PROBLEMS) as error:
        return _invite_page(request, account, services, given, error)
    return show_link(request, services, made)


@router.get("/interviews/{interview_id}")
def report(request: Request, interview_id: str, account: Reader, services: House, version: Version = None) -> Response:
    return _report_page(request, interview_id, account, services, version=version)


@router.get("/interviews/{interview_id}/report.pdf")
def report_pdf(
    request: Request, interview_id: str, account: Downloader, services: House, version: Version = None
) -> Response:
    from bot.console.report_pdf import render_pdf  # the fonts' library takes a second to load; few pages need it

    view = read_report(services, interview_id, language_of(request, account), account, version)
    if view is None or view.report is None:
        raise InterviewUnknown("there is no report of this interview")
    with services.database.reading() as session:
        if rates_blind(session, view.interview, account):
            return RedirectResponse(f"/console/review/{interview_id}", 303)
    document = read_report_document(services, interview_id, language_of(request, account), view.report.version)
    with services.database.unit_of_work() as session:
        record(session, account, "report_downloaded", interview_id)
    return Response(
        render_pdf(document, view.name),
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="report-{interview_id}-v{document.version}.pdf"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.post("/interviews/{interview_id}/decision")
def decision_form(request: Request, interview_id: str, form: Form, account: Decider, services: House) -> Response:
    value, reason = field(form, "value"), field(form, "reason")
    if value not in VALUES:
        return _report_page(request, interview_id, account, services, "problem.value_missing", value, reason)
    try:
        decide(services, interview_id, value, reason, account, field(form, "report"), decision_on_page(form))
    except tuple(DECISION_PROBLEMS) as error:
        sentence = DECISION_PROBLEMS[type(error)]
        return _report_page(request, interview_id, account, services, sentence, value, reason)
    return RedirectResponse(f"/console/interviews/{interview_id}#decision", 303)


@router.post("/interviews/{interview_id}/link")
def link_form(request: Request, interview_id: str, form: Form, account: Recruiter, services: House) -> Response:
    """A new link in place of the old one, or none."""
    with services.database.reading() as session:
        if session.get(Interview, interview_id) is None:
            raise InterviewUnknown("there is no interview with this id")
    if field(form, "do") == "revoke":
        revoke_links(services, interview_id, account)
        return RedirectResponse(f"/console/interviews/{interview_id}", 303)
    return show_link(request, services, renew_link(services, interview_id, account))


def _invite_page(
    request: Request, account: Account, services: Services, given: dict[str, str], error: Refused | None
) -> Response:
    language = language_of(request, account)
    with services.database.reading() as session:
        positions = [
            (row.key, row.profile["title"][language]) for row in newest_positions(session) if sees(account, row.key)
        ]
    fault, sentence = INVITE_PROBLEMS[type(error)] if error else (None, None)
    return page(
        request,
        "invite.html",
        account,
        422 if error else 200,
        positions=positions,
        given=given,
        fault=fault,
        sentence=sentence,
        existing=error.interview_id if isinstance(error, AlreadyInvited) else None,
    )


def _report_page(
    request: Request,
    interview_id: str,
    account: Account,
    services: Services,
    problem: str | None = None,
    value: str = "",
    reason: str = "",
    version: int | None = None,
) -> Response:
    view = read_report(services, interview_id, language_of(request, account), account, version)
    if view is None:
        raise InterviewUnknown("there is no interview with this id")
    note_report_read(services, view.interview.id, view.report, account)
    token = _new_token(request, services, interview_id)
    return page(
        request,
        "report.html",
        account,
        422 if problem else 200,
        pay_requests=requests_of(services, interview_id, account, language_of(request, account)),
        view=view,
        titles=TITLES,
        values=VALUES,
        problem=problem,
        chosen=value,
        reason=reason,
        letters=read_letters(services, interview_id),
        rights=request_lines(services, interview_id),
        talk=read_talk(services, interview_id, account, language_of(request, account))
        if may(account.role, "candidates.invite")
        else None,
        talk_problem=TALK_SENTENCES.get(request.query_params.get("talk", "")),
        slot_problem=SLOT_SENTENCES.get(request.query_params.get("slot", "")),
        new_link=f"{services.settings.web.base_url}/i/{token}" if token else None,
        new_telegram_link=telegram_url(services, token) if token else None,
        competency_title=lambda key: load_competency(key).title.text(language_of(request, account)),
    )


def show_link(request: Request, services: Services, made: Invitation) -> Response:
    """Go to the interview's page with the link in a cookie of five minutes, so that a reload invites nobody twice."""
    path = f"/console/interviews/{made.id}"
    response = RedirectResponse(path, 303)
    proof = _link_proof(request, services, made.id, made.token)
    response.set_cookie(
        LINK_COOKIE,
        f"{made.token}.{proof}",
        max_age=LINK_SHOWN_FOR_S,
        path=path,
        httponly=True,
        secure=services.settings.web.secure,
        samesite="lax",
    )
    return response


def _new_token(request: Request, services: Services, interview_id: str) -> str | None:
    """The token of a link that was made a moment ago, for this session and interview alone."""
    token, _, proof = request.cookies.get(LINK_COOKIE, "").rpartition(".")
    if not token or not hmac.compare_digest(
        proof.encode(), _link_proof(request, services, interview_id, token).encode()
    ):
        return None
    return token


def _link_proof(request: Request, services: Services, interview_id: str, token: str) -> str:
    bound = f"{request.cookies.get(SESSION_COOKIE, '')}:{interview_id}:{token}"
    return csrf_token(session_key(services), f"link:{bound}")
