"""The page behind an interview link. A GET changes nothing, so previews and scanners may open it.

What was said so far stands in the HTML, readable before any script has come over a slow line; the script then turns
it into the chat.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final

import yaml
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot import conversation
from bot.after_interview import review_is_asked
from bot.candidate_questions import replies_to
from bot.demographics import questions_for
from bot.feedback import told_candidate
from bot.gateway.assets import PAGES, asset_url
from bot.gateway.body_limit import FILE_BYTES
from bot.gateway.chat_state import read_state
from bot.gateway.error_responses import explain, language_of
from bot.gateway.error_responses import status_of as http_status_of
from bot.hr_talk.booking import is_offered
from bot.identity import admit, find_interview
from bot.outreach.letters import addressee
from bot.outreach.reminder import may_reopen
from bot.outreach.wording import Facts, facts_of
from bot.services import Services, services_of
from bot.status import OPEN, Status, status_of
from core.clock import now
from core.content import Language
from core.errors import CandidateErased, DeviceUnknown, MianshiError
from core.tables import Interview, InterviewRating, Position, Schedule
from dialogue.interview_plan import profile_of
from dialogue.notice import language_of as interview_language
from hr_bridge.insights.groups import GroupQuestion

DEEP_CHAT_STYLE: Final = "sha256-rTnZ3YcMkgNFQNnWrMEak97UyghXpcz+bhwjRmIqMaU="
"""The one style element that deep-chat makes where the browser has no adoptable style sheets."""
HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self'; style-src 'self' '{DEEP_CHAT_STYLE}'; img-src 'self' data:; "
        "connect-src 'self'; media-src blob:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TIMED: Final = ("opening", "structured", "situational", "resume")

router = APIRouter()


@router.get("/i/{token}", include_in_schema=False)
def chat_page(token: str, request: Request, services: Annotated[Services, Depends(services_of)]) -> HTMLResponse:
    try:
        interview = find_interview(services, token)
        status = status_of(interview, report_exists=False, delivered=False, now=now())
        if status not in OPEN:
            if (after := _afterwards(services, token, interview, request)) is not None:
                return _finished_page(interview.language, after, token)
            offer = f"/i/{token}/again" if status is Status.EXPIRED and _may_come_again(services, interview) else None
            return _status_page(interview.language, _ending(status), offer, token)
        return _chat(services, token, interview, request)
    except MianshiError as error:
        language = language_of(request)
        return _page(
            "status.html", language, http_status_of(error), sentence=explain(error, language), heading="closed"
        )


def _chat(services: Services, token: str, interview: Interview, request: Request) -> HTMLResponse:
    try:
        admit(services, token, request.cookies)
        messages = conversation.messages_after(services, interview.id, 0)
    except DeviceUnknown:
        messages = []  # the page asks for the code; what was said is shown after that
    with services.database.reading() as session:
        title = session.get_one(Position, interview.position_id).profile["title"][interview.language]
    return _page(
        "chat.html",
        interview.language,
        200,
        title=title,
        messages=messages,
        before=_before_it_begins(services, interview),
        mine_url=_mine(token),
        settings={
            "api": f"/api/chat/{token}",
            "interview": interview.id,
            "language": interview.language,
            "deep_chat": asset_url("deep-chat", "deepChat.bundle.js"),
            "styles": [asset_url("chat", "bubbles.css"), asset_url("chat", "inside.css")],
            "file_bytes": FILE_BYTES,
            "timed": TIMED,
            "questions": [m["question"] | {"seq": m["seq"]} for m in messages if m["question"]],
            "spoken": {m["seq"]: _of_recording(m) for m in messages if m.get("transcript") or m.get("retry")},
            "now": now().isoformat(),
            "state": read_state(services, interview.id).model_dump(),
            "words": _texts(interview.language)["script"],
        },
    )


def _of_recording(message: dict[str, Any]) -> dict[str, Any]:
    return {name: message[name] for name in ("transcript", "retry") if name in message}


def _mine(token: str) -> str:
    """The candidate's own page (bot/gateway/status_page.py)."""
    return f"/i/{token}/status"


def _status_page(language: str, ending: str, offer: str | None, token: str) -> HTMLResponse:
    if offer is not None:
        return offering_page(language, "missed", offer)
    sentence = _texts(language)["endings"][ending]
    return _page("status.html", language, 200, sentence=sentence, heading=ending, mine_url=_mine(token))


def offering_page(language: str, name: str, action: str | None) -> HTMLResponse:
    """A page with the heading and sentence called `name` in texts.yml, and a button that posts to `action`."""
    words = _texts(language)
    button = {"action": action, "title": words["offer_buttons"][name]} if action else None
    return form_page("status.html", language, sentence=words["offers"][name], heading=name, button=button)


def form_page(template: str, language: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page that may post to this house."""
    page = _page(template, language, status, **context)
    page.headers["Content-Security-Policy"] = HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    )
    return page


def _may_come_again(services: Services, interview: Interview) -> bool:
    with services.database.reading() as session:
        return may_reopen(session, interview)


def _before_it_begins(services: Services, interview: Interview) -> list[tuple[str, str]]:
    """What an SMS has no room for, until the notice is acknowledged: by when, what to prepare, and another way."""
    if interview.consented_at is not None:
        return []
    with services.database.reading() as session:
        to = addressee(services, session, interview)
        schedule = session.get(Schedule, interview.id)
        start = schedule.starts_at if schedule is not None else None
        facts = Facts(
            name="",
            profile=profile_of(session, interview),
            language=interview_language(interview),
            zone=to.zone,
            company=services.settings.house.company,
            voice=services.settings.voice.enabled,
            until=interview.expires_at,
            start=start,
        )
    return facts_of(facts, ["start" if start else "until", "minutes", "prepare", "pay"])


def _finished_page(language: str, after: dict[str, Any], token: str) -> HTMLResponse:
    """The end as its own candidate sees it: what they are told, and two forms that post to this house."""
    sentence = _texts(language)["endings"]["completed"]
    page = _page(
        "status.html", language, 200, sentence=sentence, heading="completed", after=after, mine_url=_mine(token)
    )
    policy = HEADERS["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'")
    page.headers["Content-Security-Policy"] = policy
    return page


def _afterwards(services: Services, token: str, interview: Interview, request: Request) -> dict[str, Any] | None:
    """What a candidate finds here after the end, in the browser in which they were interviewed alone."""
    if interview.finished_at is None or interview.withdrawn_at is not None:
        return None
    try:
        admit(services, token, request.cookies)
        told, replies = told_candidate(services, interview.id), replies_to(services, interview.id)
    except (CandidateErased, DeviceUnknown):
        return None
    with services.database.reading() as session:
        rated = session.get(InterviewRating, interview.id) is not None
        asked = review_is_asked(session, interview.id)
        talk = is_offered(session, interview)
    asks = questions_for(services, interview.id)
    after = {"told": told, "replies": replies, "rated": rated, "asked": asked, "api": f"/api/chat/{token}"}
    after |= {"talk": f"{_mine(token)}#door" if talk else None}
    return after | {"groups": [(key, _asked_in(interview.language, question)) for key, question in asks.items()]}


def _asked_in(language: str, question: GroupQuestion) -> dict[str, Any]:
    spoken: Language = "en" if language == "en" else "zh"
    options = [(key, title.text(spoken)) for key, title in question.options.items()]
    return {"title": question.title.text(spoken), "options": options}


def _ending(status: Status) -> str:
    return status.value if status in (Status.WITHDRAWN, Status.EXPIRED) else Status.COMPLETED.value


def _page(template: str, language: str, status: int, **context: Any) -> HTMLResponse:
    html = (
        _templates()
        .get_template(template)
        .render(
            language=language, html_language={"zh": "zh-CN", "en": "en"}[language], words=_texts(language), **context
        )
    )
    return HTMLResponse(html, status, HEADERS)


@cache
def _texts(language: str) -> dict[str, Any]:
    texts: dict[str, dict[str, Any]] = yaml.safe_load((PAGES / "chat" / "texts.yml").read_text("utf-8"))
    return texts[language]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PAGES / "chat"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset_url
    return environment
