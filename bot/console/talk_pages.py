"""Ten minutes with a candidate after the interview: what a recruiter offers, the list of talks, and what came of each."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, account_by_id
from bot.console.access import field, person, sent_form
from bot.console.decisions import InterviewUnknown
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.talk_lines import list_talks
from bot.console.texts import language_of
from bot.hr_talk.booking import (
    LONGEST_WORDS,
    NoTalk,
    PhoneMissing,
    TalkBegun,
    TalkNotOffered,
    TalkToCome,
    TimeGone,
    WordsTooLong,
    book_talk,
    cancel_talk,
    mark_talk,
    tell_new_way,
)
from bot.hr_talk.offer import (
    MeetingLinkUnusable,
    NoTimeLeft,
    Way,
    Window,
    WindowAtNight,
    WindowUnusable,
    offer_of,
    offer_times,
    open_offers,
    own_times,
    set_offer,
    withdraw_times,
)
from bot.outreach.hours import TimeZoneUnknown
from bot.outreach.letters import plan_of
from bot.outreach.wording import day_of
from bot.positions import is_closed, newest_position
from bot.services import Services, services_of
from core.errors import Refused
from core.tables import Interview
from hr_bridge.position import PositionProfile

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Recruiter = Annotated[Account, Depends(person("candidates.invite"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

OFFER_PROBLEMS: Final[dict[type[Refused], str]] = {
    MeetingLinkUnusable: "talks.link_unusable",
    WindowUnusable: "talks.window_unusable",
    WindowAtNight: "talks.window_at_night",
    NoTimeLeft: "talks.no_time_left",
    TimeZoneUnknown: "talks.zone_unknown",
}
TALK_PROBLEMS: Final[dict[type[Refused], str]] = {
    NoTalk: "gone",
    TalkBegun: "begun",
    TalkToCome: "to_come_yet",
    TimeGone: "time_gone",
    TalkNotOffered: "not_offered",
    PhoneMissing: "no_phone",
    WordsTooLong: "words_long",
}
TALK_SENTENCES: Final = {name: f"talks.{name}" for name in TALK_PROBLEMS.values()}
"""What the address may say went wrong → its sentence."""
WINDOW_FIELDS: Final = ("first", "last", "begins", "ends", "zone", "days_off")


@router.get("/talks")
def talks(request: Request, account: Recruiter, services: House) -> Response:
    """Who is to be called or met, today first, and what still has to be noted."""
    lines = list_talks(services, account, language_of(request, account))
    problem = TALK_SENTENCES.get(request.query_params.get("talk", ""))
    waiting, coming = [each for each in lines if each.waits], [each for each in lines if not each.waits]
    return page(request, "talks.html", account, waiting=waiting, coming=coming, problem=problem)


@router.post("/interviews/{interview_id}/talk")
def talk_form(request: Request, interview_id: str, form: Form, account: Recruiter, services: House) -> Response:
    """Move, cancel, or note what came of it; back to where the form was."""
    with services.database.reading() as session:
        if session.get(Interview, interview_id) is None:
            raise InterviewUnknown("there is no interview with this id")
    do, words, problem = field(form, "do"), field(form, "words"), ""
    try:
        if do == "held":
            mark_talk(services, interview_id, "held", account)
        elif do == "missed":
            mark_talk(services, interview_id, "missed", account)
        elif do == "cancel":
            cancel_talk(services, interview_id, account, words)
        else:
            book_talk(services, interview_id, field(form, "time"), account, words)
    except tuple(TALK_PROBLEMS) as error:
        problem = f"?talk={TALK_PROBLEMS[type(error)]}"
    if field(form, "from") == "talks":
        return RedirectResponse(f"/console/talks{problem}", 303)
    return RedirectResponse(f"/console/interviews/{interview_id}{problem}#talk", 303)


@router.get("/positions/{key}/talks")
def offer(request: Request, key: str, account: Recruiter, services: House) -> Response:
    return _offer_page(request, key, account, services)


@router.post("/positions/{key}/talks")
def offer_form(request: Request, key: str, form: Form, account: Recruiter, services: House) -> Response:
    """Switch talks on or off and say how they are held, offer a window of times, or take free ones back."""
    do = field(form, "do")
    try:
        with services.database.unit_of_work() as session:
            newest_position(session, key)
            if do == "times":
                first, last, begins, ends, zone, days_off = (field(form, name) for name in WINDOW_FIELDS)
                offer_times(session, key, Window(first, last or first, begins, ends, zone, days_off == "yes"), account)
            elif do == "withdraw":
                withdraw_times(session, key, [str(each) for each in form.getlist("time")], account)
            else:
                way: Way = "phone" if field(form, "way") == "phone" else "link"
                set_offer(session, key, way, field(form, "meeting_url"), field(form, "is_on") == "yes", account)
    except tuple(OFFER_PROBLEMS) as error:
        return _offer_page(request, key, account, services, OFFER_PROBLEMS[type(error)], form)
    if do not in ("times", "withdraw"):
        tell_new_way(services, key, account.id)
    return RedirectResponse(f"/console/positions/{key}/talks#{'settings' if do == 'settings' else 'times'}", 303)


def _offer_page(
    request: Request,
    key: str,
    account: Account,
    services: Services,
    problem: str | None = None,
    form: FormData | None = None,
) -> Response:
    language = language_of(request, account)
    with services.database.reading() as session:
        position = newest_position(session, key)
        mine, others = offer_of(session, key, account.id), open_offers(session, key)
        hosts = [account_by_id(session, host) for host in others if host != account.id]
        plan, profile = plan_of(position), PositionProfile.model_validate(position.profile)
    given = {
        name: field(form, name) if form is not None else "" for name in (*WINDOW_FIELDS, "way", "meeting_url", "do")
    }
    if given["do"] != "settings" and mine is not None:
        given["way"], given["meeting_url"] = mine.way, mine.meeting_url
    zone = ZoneInfo(plan.time_zone)
    days = groupby(own_times(services, key, account), key=lambda each: day_of(each[0].starts_at, zone, language))
    return page(
        request,
        "talk_offer.html",
        account,
        422 if problem else 200,
        profile=profile,
        closed=is_closed(position),
        is_on=mine is not None and mine.is_on,
        given=given,
        zone=plan.time_zone,
        days=[
            (day, [(t.id, f"{t.starts_at.astimezone(zone):%H:%M}", taken) for t, taken in each]) for day, each in days
        ],
        colleagues=sorted(host.name for host in hosts if host is not None),
        problem=problem,
        longest=LONGEST_WORDS,
    )
