"""Lists beside the review queue: figures, whom nobody has opened, and candidates side by side."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account
from bot.after_interview import rating_words, ratings_by_position
from bot.console.access import person, sent_form
from bot.console.agreement import FEWEST, read_agreement, read_review_times
from bot.console.comparison import MOST, NotComparable, compare
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.review_unopened import read_unopened
from bot.console.texts import language_of
from bot.positions import newest_positions
from bot.roles import may
from bot.scope import sees
from bot.services import Services, services_of
from scoring.rubric import load_competency

router = APIRouter(prefix="/console/review", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("figures.read"))]
Reviewer = Annotated[Account, Depends(person("interviews.read"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]


@router.get("/figures")
def figures(request: Request, account: Reader, services: House) -> Response:
    """How far reviewers and scorer agree, and how long a review takes."""
    with services.database.reading() as session:
        months, competencies = read_agreement(session, account)
        times = read_review_times(session, account)
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
        words=rating_words(services, account) if may(account.role, "interviews.read") else (),
        liked=[(positions[key][language], stars[key]) for key in sorted(stars) if sees(account, key)],
        fewest=FEWEST,
        titles={each.name: load_competency(each.name).title.text(language) for each in competencies},
    )


@router.get("/unopened")
def unopened(request: Request, account: Reviewer, services: House) -> Response:
    """Whom nobody has opened for five days."""
    return page(
        request, "review_unopened.html", account, rows=read_unopened(services, language_of(request, account), account)
    )


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
