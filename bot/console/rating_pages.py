"""A reviewer's own levels on the review screen: blind ratings, and corrections of the scorer's."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account
from bot.console.access import field, person, sent_form
from bot.console.decisions import EvidenceUnopened, ReasonMissing, ReportMissing, note_report_read
from bot.console.page_route import PageRoute
from bot.console.ratings import LEVELS, LevelMissing, RatingIncomplete, correct_level, rate
from bot.console.review_pages import chosen_sort, screen_page
from bot.services import Services, services_of
from core.errors import Refused
from scoring.report import newest_report

router = APIRouter(prefix="/console/review", route_class=PageRoute, include_in_schema=False)
Reviewer = Annotated[Account, Depends(person("reviews.rate"))]
Corrector = Annotated[Account, Depends(person("reviews.correct"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

RATING_PROBLEMS: Final[dict[type[Refused], str]] = {
    RatingIncomplete: "problem.rating_incomplete",
    LevelMissing: "problem.level_missing",
    ReasonMissing: "problem.reason_missing",
    ReportMissing: "problem.report_missing",
    EvidenceUnopened: "problem.evidence_unopened",
}


@router.post("/{interview_id}/ratings")
def ratings_form(
    request: Request,
    interview_id: str,
    form: Form,
    account: Reviewer,
    services: House,
    position: str = "",
    sort: str = "urgency",
) -> Response:
    """Keep the reviewer's own levels; the scorer's are shown from now on."""
    given = {name.removeprefix("level_"): field(form, name) for name in form if name.startswith("level_")}
    levels = {key: _level(level) for key, level in given.items() if level}
    try:
        rate(services, interview_id, levels, account)
    except tuple(RATING_PROBLEMS) as error:
        problem = RATING_PROBLEMS[type(error)]
        return screen_page(request, interview_id, account, services, position[:80], chosen_sort(sort), problem)
    return _back_to(interview_id, position, sort)


@router.post("/{interview_id}/reveal")
def reveal_form(
    interview_id: str, form: Form, account: Reviewer, services: House, position: str = "", sort: str = "urgency"
) -> Response:
    """Show the scorer's levels to somebody who would rather not rate; what they rate later is not blind."""
    with services.database.reading() as session:
        report = newest_report(session, interview_id)
    note_report_read(services, interview_id, report, account)
    return _back_to(interview_id, position, sort)


@router.post("/{interview_id}/correction")
def correction_form(
    request: Request,
    interview_id: str,
    form: Form,
    account: Corrector,
    services: House,
    position: str = "",
    sort: str = "urgency",
) -> Response:
    """Put the reviewer's level in place of the scorer's."""
    level, competency = _level(field(form, "level")), field(form, "competency")
    try:
        correct_level(services, interview_id, competency, level, field(form, "reason"), account, field(form, "report"))
    except tuple(RATING_PROBLEMS) as error:
        problem = RATING_PROBLEMS[type(error)]
        return screen_page(
            request, interview_id, account, services, position[:80], chosen_sort(sort), problem, correcting=competency
        )
    return _back_to(interview_id, position, sort, f"#competency-{competency}")


def _level(given: str) -> int:
    """The BARS level that was chosen, 0 for anything else."""
    return next((level for level in LEVELS if given == str(level)), 0)


def _back_to(interview_id: str, position: str, sort: str, place: str = "") -> Response:
    query = urlencode({"position": position[:80], "sort": chosen_sort(sort)})
    return RedirectResponse(f"/console/review/{interview_id}?{query}{place}", 303)
