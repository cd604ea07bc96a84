"""A candidate's own page behind the interview link: where they stand and what comes next for anybody with the link, and
everything about their data once the 6-digit code was entered. A GET changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import yaml
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from bot.candidate_questions import replies_to
from bot.candidate_rights.corrections import known_data
from bot.candidate_rights.door import Holder, holder_of
from bot.candidate_rights.new_address import addresses_to_prove
from bot.candidate_rights.requests import Asked, has_objected, requests_of
from bot.candidate_rights.standing import Standing, standing_of
from bot.feedback import told_candidate
from bot.gateway.assets import PAGES
from bot.gateway.chat_page import form_page
from bot.gateway.error_responses import explain, language_of
from bot.gateway.error_responses import status_of as http_status_of
from bot.gateway.status_talk import talk_shown
from bot.hr_talk.booking import is_offered
from bot.identity import admit, find_interview
from bot.outreach.letters import addressee
from bot.outreach.wording import day_of, moment
from bot.privacy.erasure import is_erased
from bot.services import Services, services_of
from core.content import Language
from core.encryption import hash_token
from core.errors import CandidateErased, DeviceUnknown, LinkUnknown, MianshiError
from core.tables import Interview, InterviewRating
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of as interview_language
from dialogue.notice import who_decides
from scoring.report import newest_report

PATH: Final = "/i/{token}/status"
HIDDEN: Final = frozenset({"wait", "overdue", "advanced", "not_matched"})
"""What comes next after the end is for the candidate alone."""

router = APIRouter(include_in_schema=False)
House = Annotated[Services, Depends(services_of)]


@router.get(PATH)
def status_page(token: str, request: Request, services: House, done: str | None = None) -> HTMLResponse:
    return shown(services, token, request, done=done)


def shown(
    services: Services,
    token: str,
    request: Request,
    status: int = 200,
    *,
    problem: str | None = None,
    done: str | None = None,
    opened: str | None = None,
    asked_for_code: bool = False,
    sent_to: str | None = None,
) -> HTMLResponse:
    """The page as this browser may see it, with what came of the last thing done on it."""
    try:
        interview = find_interview(services, token)
        language = interview_language(interview)
        mine = my_texts(language)
        context = _everybody(services, token, interview, language)
        holder = holder_of(services, interview, request.cookies)
        own = holder is not None or _is_own_browser(services, token, request)
        if own:
            context |= _own(services, interview)
        elif context["next"] in HIDDEN:
            context |= {"next": "identify", "next_line": mine["next"]["identify"]}
        if holder is not None:
            context |= _holder(services, interview, holder, language)
            context["who_line"] += _gap(language) + mine["who_here"]
        else:
            context["who_line"] += _gap(language) + mine["who_after_code"]
            if own or context["is_open"]:
                context["title"] = context["position_title"]
    except CandidateErased:
        return erased_page(language)
    except LinkUnknown as error:
        with services.database.reading() as session:
            if is_erased(session, hash_token(token)):
                return erased_page(language_of(request))
        return refused_page(request, error)
    except MianshiError as error:
        return refused_page(request, error)
    context |= {
        "problem": problem,
        "done": done if done in mine["done"] else None,
        "opened": opened,
        "asked_for_code": asked_for_code,
        "sent_to": sent_to,
        "sent_line": mine["door"]["sent"].format(to=sent_to) if sent_to else mine["door"]["no_road"],
    }
    return form_page("my_page.html", language, status, **(_NOTHING | context))


def refused_page(request: Request, error: MianshiError) -> HTMLResponse:
    language = language_of(request)
    return form_page(
        "status.html", language, http_status_of(error), sentence=explain(error, language), heading="closed"
    )


def erased_page(language: str) -> HTMLResponse:
    mine = my_texts(language)
    words = {"shown": "erased", "next": "erased", "next_line": mine["next"]["erased"], "mine": mine}
    return form_page("my_page.html", language, 410, **(_NOTHING | words))


_NOTHING: Final[dict[str, Any]] = dict.fromkeys(
    (
        "title", "problem", "done", "opened", "asked_for_code", "sent_to", "sent_line", "told", "replies", "holder",
        "requests", "explained", "finished", "objected", "may_rate", "known", "to_prove", "csrf", "talk", "talk_offered", "token", "here", "colon",
        "objection_line", "who_line",
    ),
    "",
)  # fmt: skip


def _everybody(services: Services, token: str, interview: Interview, language: Language) -> dict[str, Any]:
    """What anybody with the link may see."""
    mine = my_texts(language)
    with services.database.reading() as session:
        standing, zone = standing_of(session, interview), _zone(services, session, interview)
        profile = profile_of(session, interview)
    company = services.settings.house.company
    named = {"zh": company, "en": f" at {company}" if company else ""}[language]
    return {
        "mine": mine,
        "token": token,
        "here": PATH.format(token=token),
        "colon": "：" if language == "zh" else ": ",
        "position_title": profile.title.text(language),
        "shown": standing.shown,
        "is_open": standing.is_open,
        "next": standing.next,
        "next_line": _next_line(standing, zone, language, profile.time_budget_minutes),
        "who_line": mine["who"].format(company=named),
        "objection_line": mine["objection"]["lead"].format(who_decides=who_decides(profile, language)),
        "finished": interview.finished_at is not None and interview.withdrawn_at is None,
    }


def _own(services: Services, interview: Interview) -> dict[str, Any]:
    """What the browser of the interview has always shown."""
    with services.database.reading() as session:
        offered = is_offered(session, interview)
    told = told_candidate(services, interview.id)
    return {"told": told, "replies": replies_to(services, interview.id), "talk_offered": offered}


def _holder(services: Services, interview: Interview, holder: Holder, language: Language) -> dict[str, Any]:
    """What the code opens."""
    mine = my_texts(language)
    with services.database.reading() as session:
        zone, objected = _zone(services, session, interview), has_objected(session, interview.id)
        rated = session.get(InterviewRating, interview.id) is not None
        explained = newest_report(session, interview.id) is not None
        title = profile_of(session, interview).title.text(language)
        talk = talk_shown(services, session, interview)
        to_prove = addresses_to_prove(services, session, interview)
    asked = [_line(each, mine, zone, language) for each in requests_of(services, interview.id)]
    return {
        "title": title,
        "talk": talk,
        "holder": holder,
        "csrf": holder.csrf,
        "objected": objected,
        "may_rate": interview.finished_at is not None and not rated,
        "explained": explained,
        "requests": asked,
        "known": known_data(services, interview.id),
        "to_prove": to_prove,
    }


def _line(asked: Asked, mine: Mapping[str, Any], zone: ZoneInfo, language: Language) -> dict[str, str]:
    waits = asked.waits and asked.due_at is not None
    return {
        "kind": asked.kind,
        "made": moment(asked.made_at, zone, language),
        "words": asked.words,
        "reply": asked.reply,
        "state": mine["requests"]["waits"].format(by=day_of(asked.due_at, zone, language))
        if waits and asked.due_at
        else mine["requests"]["done"],
    }


def _next_line(standing: Standing, zone: ZoneInfo, language: Language, minutes: int) -> str:
    by = ""
    if standing.by is not None:
        write = day_of if standing.next in ("wait", "overdue") else moment
        by = write(standing.by, zone, language)
    line: str = my_texts(language)["next"][standing.next].format(by=by, minutes=minutes)
    return line


def _zone(services: Services, session: Session, interview: Interview) -> ZoneInfo:
    return addressee(services, session, interview).zone


def _is_own_browser(services: Services, token: str, request: Request) -> bool:
    try:
        return admit(services, token, request.cookies).device_id is not None
    except (DeviceUnknown, LinkUnknown):
        return False


def _gap(language: str) -> str:
    return "" if language == "zh" else " "


@cache
def my_texts(language: str) -> dict[str, Any]:
    """my_page.yml, read once."""
    texts: dict[str, dict[str, Any]] = yaml.safe_load((PAGES / "chat" / "my_page.yml").read_text("utf-8"))
    return texts[language]
