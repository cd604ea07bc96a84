"""What candidates do on their own page: get a code, enter it, and ask for what is theirs. Every form but the two of the
code carries the token of its session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.after_interview import RatingUnusable, rate_interview
from bot.candidate_rights.corrections import NothingChanged, OptionUnknown, confirm_address, correct
from bot.candidate_rights.door import (
    LASTS,
    FormStale,
    Holder,
    NotIdentified,
    checked_form,
    close_sessions,
    cookie_name,
    open_session,
    send_code,
)
from bot.candidate_rights.new_address import send_proof
from bot.candidate_rights.requests import (
    TooManyRequests,
    WordsUnusable,
    ask_for_person,
    ask_for_review_again,
    call_recruiter,
    object_to_automation,
)
from bot.candidate_rights.withdrawal import erase, withdraw
from bot.console.body_limit import limited
from bot.gateway.code_sender import CodeSender, code_sender_of
from bot.gateway.letter_code_sender import CodeUnsent
from bot.gateway.rate_limit import RateLimit, TooFast
from bot.gateway.status_page import PATH, erased_page, refused_page, shown
from bot.hr_talk.booking import (
    NoTalk,
    PhoneMissing,
    TalkBegun,
    TalkNotOffered,
    TimeGone,
    TooManyChanges,
    book_talk,
    cancel_talk,
)
from bot.identity import CodeUsedUp, CodeWrong, TooManyCodes, find_interview
from bot.outreach.contact import EmailUnusable, PhoneUnusable
from bot.outreach.invitation import NameUnusable
from bot.services import Services, services_of
from core.errors import CandidateErased, LinkUnknown, MianshiError, Refused

PROBLEMS: Final[Mapping[type[MianshiError], tuple[int, str]]] = {
    CodeWrong: (403, "code_wrong"),
    CodeUsedUp: (403, "code_used_up"),
    TooManyCodes: (429, "too_many_codes"),
    CodeUnsent: (503, "unsent"),
    TooFast: (429, "too_fast"),
    NotIdentified: (403, "again"),
    FormStale: (403, "again"),
    WordsUnusable: (422, "words"),
    TooManyRequests: (429, "too_many"),
    PhoneUnusable: (422, "phone"),
    EmailUnusable: (422, "email"),
    NameUnusable: (422, "name"),
    OptionUnknown: (422, "option"),
    NothingChanged: (422, "nothing"),
    RatingUnusable: (422, "not_now"),
    TimeGone: (409, "time_gone"),
    TalkNotOffered: (409, "no_talks"),
    PhoneMissing: (422, "phone_missing"),
    TalkBegun: (409, "talk_begun"),
    NoTalk: (409, "no_talk"),
    TooManyChanges: (429, "talk_changes"),
}

router = APIRouter(prefix=PATH, include_in_schema=False)
House = Annotated[Services, Depends(services_of)]
acting_rate = RateLimit(burst=20, per_second=0.5)
"""By interview; codes and tries at them are counted in the database besides."""


class Unsure(Refused):
    """The box that says that it is meant was not ticked."""


@router.post("/code")
def code_form(
    token: str, request: Request, services: House, sender: Annotated[CodeSender, Depends(code_sender_of)]
) -> Response:
    try:
        interview = find_interview(services, token)
        acting_rate.take(interview.id)
        sent_to = send_code(services, interview.id, sender)
        if sent_to is None:
            call_recruiter(services, interview.id)
    except tuple(PROBLEMS) as error:
        return _told(services, token, request, error, asked_for_code=isinstance(error, TooManyCodes))
    except CandidateErased:
        return erased_page(interview.language)
    except MianshiError as error:
        return refused_page(request, error)
    return shown(services, token, request, asked_for_code=True, sent_to=sent_to)


@router.post("/enter")
async def enter_form(token: str, request: Request, services: House) -> Response:
    form = await limited(request).form(max_files=0, max_fields=5)
    return await run_in_threadpool(_enter, services, token, request, form)


@router.post("/close")
async def close_form(token: str, request: Request, services: House) -> Response:
    return await _acting(services, token, request, _close, "close")


@router.post("/{what}")
async def act_form(what: str, token: str, request: Request, services: House) -> Response:
    if what not in ACTIONS:
        return await run_in_threadpool(refused_page, request, LinkUnknown("no such address"))
    return await _acting(services, token, request, ACTIONS[what], what)


def _enter(services: Services, token: str, request: Request, form: FormData) -> Response:
    digits, sent_to = _field(form, "code")[:12], _field(form, "to")[:80]
    try:
        acting_rate.take(find_interview(services, token).id)
        interview_id, secret = open_session(services, token, digits)
    except CodeWrong as error:
        return _told(services, token, request, error, asked_for_code=True, sent_to=sent_to or None)
    except tuple(PROBLEMS) as error:
        return _told(services, token, request, error)
    except MianshiError as error:
        return refused_page(request, error)
    response = _back(token)
    response.set_cookie(
        cookie_name(interview_id),
        secret,
        max_age=int(LASTS.total_seconds()),
        path=PATH.format(token=token),
        httponly=True,
        samesite="lax",
        secure=services.settings.web.secure,
    )
    return response


Action = Callable[[Services, Holder, FormData], str | None]
"""Does what a form asks for; the key of the sentence that says so."""


async def _acting(services: Services, token: str, request: Request, action: Action, what: str) -> Response:
    form = await limited(request).form(max_files=0, max_fields=40)
    return await run_in_threadpool(_act, services, token, request, form, action, what)


def _act(services: Services, token: str, request: Request, form: FormData, action: Action, what: str) -> Response:
    try:
        interview = find_interview(services, token)
        acting_rate.take(interview.id)
        holder = checked_form(services, interview, request.cookies, _field(form, "csrf"))
        done = action(services, holder, form)
    except Unsure:
        return shown(services, token, request, 422, problem="confirm", opened=what)
    except tuple(PROBLEMS) as error:
        return _told(services, token, request, error, opened=what)
    except CandidateErased:
        return erased_page(interview.language)
    except MianshiError as error:
        return refused_page(request, error)
    return _back(token, done)


def _human(services: Services, holder: Holder, form: FormData) -> str:
    if not (words := _field(form, "words")):
        raise WordsUnusable("a message says something")
    ask_for_person(services, holder, words)
    return "human"


def _review(services: Services, holder: Holder, form: FormData) -> str:
    ask_for_review_again(services, holder, _field(form, "words"))
    return "review"


def _objection(services: Services, holder: Holder, form: FormData) -> str:
    object_to_automation(services, holder, _field(form, "words"))
    return "objection"


def _correct(services: Services, holder: Holder, form: FormData) -> str:
    facts = {name.removeprefix("fact_"): _field(form, name) for name in form if name.startswith("fact_")}
    proofs = correct(services, holder, _field(form, "name"), _field(form, "phone"), _field(form, "email"), facts)
    for proof in proofs:
        send_proof(services, proof)
    return "address_sent" if proofs else "correction"


def _address(services: Services, holder: Holder, form: FormData) -> str:
    confirm_address(services, holder, _field(form, "field"), _field(form, "code")[:12])
    return "correction"


def _withdraw(services: Services, holder: Holder, form: FormData) -> str:
    _be_sure(form)
    withdraw(services, holder)
    return "withdrawal"


def _erase(services: Services, holder: Holder, form: FormData) -> str:
    _be_sure(form)
    return "erasure" if erase(services, holder) else "erasure_held"


def _rating(services: Services, holder: Holder, form: FormData) -> str:
    stars = _field(form, "stars")
    rate_interview(services, holder.interview_id, int(stars) if stars.isdecimal() else 0, _field(form, "words"))
    return "rating"


def _talk(services: Services, holder: Holder, form: FormData) -> str:
    book_talk(services, holder.interview_id, _field(form, "time"), holder.account)
    return "talk"


def _talk_off(services: Services, holder: Holder, form: FormData) -> str:
    cancel_talk(services, holder.interview_id, holder.account)
    return "talk_off"


def _close(services: Services, holder: Holder, form: FormData) -> None:
    with services.database.unit_of_work() as session:
        close_sessions(session, holder.interview_id)


ACTIONS: Final[Mapping[str, Action]] = {
    "human": _human,
    "review": _review,
    "objection": _objection,
    "correct": _correct,
    "address": _address,
    "withdraw": _withdraw,
    "erase": _erase,
    "rating": _rating,
    "talk": _talk,
    "talk-off": _talk_off,
}


def _told(
    services: Services,
    token: str,
    request: Request,
    error: MianshiError,
    *,
    opened: str | None = None,
    asked_for_code: bool = False,
    sent_to: str | None = None,
) -> Response:
    status, problem = next(PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS)
    return shown(
        services,
        token,
        request,
        status,
        problem=problem,
        opened=opened,
        asked_for_code=asked_for_code,
        sent_to=sent_to,
    )


def _back(token: str, done: str | None = None) -> RedirectResponse:
    address = PATH.format(token=token) + (f"?done={done}" if done else "")
    return RedirectResponse(address, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _be_sure(form: FormData) -> None:
    if _field(form, "sure") != "yes":
        raise Unsure("not confirmed")


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
