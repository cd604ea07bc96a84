"""Behind the code: the copy of all data, on a page and as a file, with the recordings and résumés; and the explanation of
the outcome."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from bot.accounts import record
from bot.candidate_rights.data_copy import copy_of
from bot.candidate_rights.door import Holder, NotIdentified, holder_of
from bot.candidate_rights.explanation import Explanation, explain_outcome
from bot.console.recording_pages import MEDIA_TYPES
from bot.gateway.chat_page import form_page
from bot.gateway.status_page import PATH, erased_page, my_texts, refused_page, shown
from bot.identity import find_interview
from bot.outreach.letters import addressee
from bot.outreach.wording import day_of, moment
from bot.recordings import recorded_bytes
from bot.services import Services, services_of
from core.content import Language
from core.errors import CandidateErased, LinkUnknown, MianshiError
from core.tables import Interview, Recording, Resume
from dialogue.notice import language_of

PRIVATE: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
RESUME_TYPES: Final = {b"%PDF": ("pdf", "application/pdf"), b"PK\x03\x04": ("docx", "application/octet-stream")}

router = APIRouter(prefix=PATH, include_in_schema=False)
House = Annotated[Services, Depends(services_of)]


@router.get("/data")
def data_page(token: str, request: Request, services: House) -> Response:
    def answer(holder: Holder, interview: Interview) -> Response:
        language, zone = language_of(interview), _zone(services, interview)
        return form_page(
            "my_data.html",
            language,
            mine=my_texts(language),
            here=PATH.format(token=token),
            copy=copy_of(services, holder),
            when=lambda text: moment(datetime.fromisoformat(text), zone, language) if text else "",
            colon="：" if language == "zh" else ": ",
        )

    return _for_holder(services, token, request, answer)


@router.get("/data.json")
def data_file(token: str, request: Request, services: House) -> Response:
    def answer(holder: Holder, interview: Interview) -> Response:
        body = json.dumps(copy_of(services, holder), ensure_ascii=False, indent=1)
        name = {"Content-Disposition": f'attachment; filename="mianshi-{interview.id}.json"'}
        return Response(body, headers=PRIVATE | name, media_type="application/json")

    return _for_holder(services, token, request, answer)


@router.get("/recordings/{recording_id}")
def recording_file(token: str, recording_id: str, request: Request, services: House) -> Response:
    def answer(holder: Holder, interview: Interview) -> Response:
        with services.database.reading() as session:
            row = session.get(Recording, recording_id)
            if row is None or row.interview_id != interview.id:
                raise LinkUnknown("no such recording here")
            data = recorded_bytes(session, services.key_of(session, interview), row.id)
            kind = row.kind or "bin"
        _note(services, holder, "recording_copied", recording_id)
        name = {"Content-Disposition": f'attachment; filename="{recording_id}.{kind}"'}
        return Response(data, headers=PRIVATE | name, media_type=MEDIA_TYPES.get(kind, "application/octet-stream"))

    return _for_holder(services, token, request, answer)


@router.get("/resumes/{resume_id}")
def resume_file(token: str, resume_id: str, request: Request, services: House) -> Response:
    def answer(holder: Holder, interview: Interview) -> Response:
        with services.database.reading() as session:
            row = session.get(Resume, resume_id)
            if row is None or row.interview_id != interview.id:
                raise LinkUnknown("no such file here")
            data = services.key_of(session, interview).open_bytes(row.file_sealed, "resume file")
        _note(services, holder, "resume_copied", resume_id)
        ending, media_type = RESUME_TYPES.get(data[:4], ("txt", "application/octet-stream"))
        name = {"Content-Disposition": f'attachment; filename="{resume_id}.{ending}"'}
        return Response(data, headers=PRIVATE | name, media_type=media_type)

    return _for_holder(services, token, request, answer)


@router.get("/explanation")
def explanation_page(token: str, request: Request, services: House) -> Response:
    def answer(holder: Holder, interview: Interview) -> Response:
        explained = explain_outcome(services, holder)
        if explained is None:
            raise LinkUnknown("nothing was scored yet")
        language, zone = language_of(interview), _zone(services, interview)
        return form_page(
            "my_explanation.html",
            language,
            mine=my_texts(language),
            here=PATH.format(token=token),
            explained=explained,
            said=_in_sentences(explained, language, zone),
        )

    return _for_holder(services, token, request, answer)


def _in_sentences(explained: Explanation, language: Language, zone: ZoneInfo) -> dict[str, list[str]]:
    """Who did what, each a sentence."""
    words: dict[str, Any] = my_texts(language)["explain"]
    machine = [
        words["machine_asked"],
        words["machine_scored"].format(model=explained.model, on=day_of(explained.scored_at, zone, language)),
        words["machine_match"].format(match=_number(explained.match), line=_number(explained.pass_line))
        if explained.match is not None
        else words["machine_no_match"],
    ]
    if explained.second_model is not None:
        machine.append(words["machine_second"].format(model=explained.second_model))
    if explained.spoken_counts:
        machine.append(words["machine_spoken"])
    people = []
    if explained.outcome is None:
        people.append(words["open"])
    elif explained.by_rule:
        machine.append(words["machine_advanced"].format(on=_on(explained, zone, language)))
        people.append(words["people_none"])
    else:
        people.append(words["people_decided"].format(on=_on(explained, zone, language)))
    for count, key in (
        (explained.people_opened, "people_opened"),
        (explained.people_played, "people_played"),
        (explained.people_rated, "people_rated"),
        (explained.people_corrected, "people_corrected"),
    ):
        if count:
            people.append(words[key].format(count=count))
    return {"machine": machine, "people": people}


def _on(explained: Explanation, zone: ZoneInfo, language: Language) -> str:
    return day_of(explained.decided_at, zone, language) if explained.decided_at is not None else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}".removesuffix(".0")


Answer = Callable[[Holder, Interview], Response]


def _for_holder(services: Services, token: str, request: Request, answer: Answer) -> Response:
    """What whoever entered the code gets; anybody else the page with the way to a code."""
    try:
        interview = find_interview(services, token)
        holder = holder_of(services, interview, request.cookies)
        if holder is None:
            raise NotIdentified("the code is needed")
        return answer(holder, interview)
    except NotIdentified:
        return shown(services, token, request, 403, problem="again")
    except CandidateErased:
        return erased_page(language_of(interview))
    except MianshiError as error:
        return refused_page(request, error)


def _zone(services: Services, interview: Interview) -> ZoneInfo:
    with services.database.reading() as session:
        return addressee(services, session, interview).zone


def _note(services: Services, holder: Holder, action: str, subject: str) -> None:
    with services.database.unit_of_work() as session:
        record(session, holder.account, action, subject)
