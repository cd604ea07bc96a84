"""The review queue, and one screen on which an interview is heard, read and decided by keyboard alone."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import field, person, sent_form
from bot.console.agreement import FEWEST, read_agreement, read_review_times
from bot.console.batch_decisions import BatchOutcome, decide_batch
from bot.console.comparison import MOST, NotComparable, compare
from bot.console.decisions import (
    VALUES,
    EvidenceUnopened,
    ReasonMissing,
    ReportMissing,
    decide,
    note_report_read,
    seen_decision,
)
from bot.console.interview_pages import DECISION_PROBLEMS
from bot.console.page_route import PageRoute
from bot.console.ratings import LEVELS, LevelMissing, RatingIncomplete, correct_level, rate
from bot.console.rendering import page
from bot.console.review_doubts import SORTS, Sort
from bot.console.review_queue import read_queue
from bot.console.review_screen import read_screen
from bot.console.review_unopened import read_unopened
from bot.console.texts import language_of
from bot.feedback import rating_words, ratings_by_position
from bot.positions import newest_positions
from bot.services import Services, services_of
from scoring.report import newest_report
from scoring.rubric import load_competency

router = APIRouter(prefix="/console/review", route_class=PageRoute, include_in_schema=False)
Reviewer = Annotated[Account, Depends(person("admin", "recruiter"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

RATING_PROBLEMS = {
    RatingIncomplete: "problem.rating_incomplete",
    LevelMissing: "problem.level_missing",
    ReasonMissing: "problem.reason_missing",
    ReportMissing: "problem.report_missing",
    EvidenceUnopened: "problem.evidence_unopened",
}


@router.get("")
def queue(
    request: Request, account: Reviewer, services: House, position: str = "", sort: str = "urgency", p: int = 1
) -> Response:
    return _queue_page(request, account, services, position[:80], _sort(sort), p)


@router.post("")
def decide_several(request: Request, form: Form, account: Reviewer, services: House) -> Response:
    """Advance or hold everybody who was ticked, each for themselves; a rejection is never made here."""
    position, sort = field(form, "position"), _sort(field(form, "sort"))
    ticked = [str(each) for each in form.getlist("ticked")]
    outcome = decide_batch(services, ticked, field(form, "value"), field(form, "reason"), account)
    return _queue_page(request, account, services, position, sort, 1, outcome)


@router.get("/figures")
def figures(request: Request, account: Reviewer, services: House) -> Response:
    """How far reviewers and scorer agree, and how long a review takes."""
    with services.database.reading() as session:
        months, competencies = read_agreement(session)
        times = read_review_times(session)
        stars = ratings_by_position(session)
        positions = {row.key: row.profile["title"] for row in newest_positions(session)}
    language = language_of(request, account)
    return page(
        request,
        "review_figures.html",
        account,
        months=months,
        competencies=competencies,
        times=times,
        words=rating_words(services),
        liked=[(positions[key][language], stars[key]) for key in sorted(stars)],
        fewest=FEWEST,
        titles={each.name: load_competency(each.name).title.text(language) for each in competencies},
    )


@router.get("/unopened")
def unopened(request: Request, account: Reviewer, services: House) -> Response:
    """Whom nobody has opened for five days."""
    return page(request, "review_unopened.html", account, rows=read_unopened(services, language_of(request, account)))


@router.post("/compare")
def compare_form(form: Form, account: Reviewer) -> Response:
    """From the ticked rows of the queue to an address that can be kept and sent on."""
    ticked = [str(each).partition(":")[0] for each in form.getlist("ticked")]
    return RedirectResponse(f"/console/review/compare?{urlencode({'of': ','.join(ticked[: MOST + 1])})}", 303)


@router.get("/compare")
def compare_page(request: Request, account: Reviewer, services: House, of: str = "") -> Response:
    """Up to five candidates of one position side by side."""
    try:
        found = compare(services, of[:400].split(","), language_of(request, account), account)
    except NotComparable as error:
        return page(request, "compare.html", account, 422, found=None, problem=error.problem)
    return page(request, "compare.html", account, found=found, problem=None)


@router.get("/{interview_id}")
def screen(
    request: Request, interview_id: str, account: Reviewer, services: House, position: str = "", sort: str = "urgency"
) -> Response:
    return _screen_page(request, interview_id, account, services, position[:80], _sort(sort))


@router.post("/{interview_id}/decision")
def decision_form(request: Request, interview_id: str, form: Form, account: Reviewer, services: House) -> Response:
    """Keep the decision and go on to whoever comes next in the queue."""
    position, sort = field(form, "position"), _sort(field(form, "sort"))
    value, reason = field(form, "value"), field(form, "reason")
    if value not in VALUES:
        problem = "problem.value_missing"
        return _screen_page(request, interview_id, account, services, position, sort, problem, value, reason)
    _, following = read_queue(services, language_of(request, account), account, position, sort).beside(interview_id)
    try:
        decide(services, interview_id, value, reason, account, field(form, "report"), seen_decision(form))
    except tuple(DECISION_PROBLEMS) as error:
        problem = DECISION_PROBLEMS[type(error)]
        return _screen_page(request, interview_id, account, services, position, sort, problem, value, reason)
    target = f"/console/review/{following}" if following else "/console/review"
    return RedirectResponse(f"{target}?{urlencode({'position': position, 'sort': sort})}", 303)


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
        return _screen_page(request, interview_id, account, services, position[:80], _sort(sort), problem)
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
    account: Reviewer,
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
        return _screen_page(
            request, interview_id, account, services, position[:80], _sort(sort), problem, correcting=competency
        )
    return _back_to(interview_id, position, sort, f"#competency-{competency}")


def _level(given: str) -> int:
    """The BARS level that was chosen, 0 for anything else."""
    return next((level for level in LEVELS if given == str(level)), 0)


def _back_to(interview_id: str, position: str, sort: str, place: str = "") -> Response:
    query = urlencode({"position": position[:80], "sort": _sort(sort)})
    return RedirectResponse(f"/console/review/{interview_id}?{query}{place}", 303)


def _sort(asked: str) -> Sort:
    return next((sort for sort in SORTS if sort == asked), "urgency")


def _queue_page(
    request: Request,
    account: Account,
    services: Services,
    position: str,
    sort: Sort,
    number: int,
    outcome: BatchOutcome | None = None,
) -> Response:
    found = read_queue(services, language_of(request, account), account, position, sort, number)
    with services.database.unit_of_work() as session:
        record(session, account, "queue_listed", position[:64] or "all")
    return page(
        request,
        "review_queue.html",
        account,
        outcome.status if outcome else 200,
        found=found,
        position=position,
        sort=sort,
        sorts=SORTS,
        outcome=outcome,
    )


def _screen_page(
    request: Request,
    interview_id: str,
    account: Account,
    services: Services,
    position: str,
    sort: Sort,
    problem: str | None = None,
    value: str = "",
    reason: str = "",
    correcting: str | None = None,
) -> Response:
    language = language_of(request, account)
    shown = read_screen(services, interview_id, language, account)
    note_report_read(services, interview_id, None if shown.hidden else shown.view.report, account)
    found = read_queue(services, language, account, position, sort)
    earlier, following = found.beside(interview_id)
    return page(
        request,
        "review.html",
        account,
        422 if problem else 200,
        screen=shown,
        view=shown.view,
        values=VALUES,
        earlier=earlier,
        following=following,
        place=found.order.index(interview_id) + 1 if interview_id in found.order else None,
        waiting=len(found.order),
        position=position,
        sort=sort,
        problem=problem,
        chosen=value,
        reason=reason,
        correcting=correcting,
    )
