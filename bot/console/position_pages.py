"""The positions, and for each what its competencies weigh beside what history and description say they should."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.console.weight_proposal import adopt_proposal, read_proposal
from bot.positions import PositionChanged, WeightsAlike, newest_positions
from bot.scope import sees
from bot.services import Services, services_of
from core.errors import Refused
from hr_bridge.position import PositionInvalid, PositionProfile
from scoring.description import DescriptionMatcher
from scoring.rubric import load_competency

router = APIRouter(prefix="/console/positions", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("positions.read"))]
Admin = Annotated[Account, Depends(person("positions.change"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

PROBLEMS: Final[dict[type[Refused], str]] = {
    PositionChanged: "weights.changed_meanwhile",
    WeightsAlike: "weights.alike",
    PositionInvalid: "weights.invalid",
}


def descriptions_of(request: Request) -> DescriptionMatcher:
    """FastAPI dependency: what reads job descriptions in the app that serves this request."""
    matcher: DescriptionMatcher = request.app.state.descriptions
    return matcher


Descriptions = Annotated[DescriptionMatcher, Depends(descriptions_of)]


@router.get("")
def positions(request: Request, account: Reader, services: House) -> Response:
    """Every position in its newest version, with its weights."""
    language = language_of(request, account)
    with services.database.reading() as session:
        rows = [
            (row, PositionProfile.model_validate(row.profile))
            for row in newest_positions(session)
            if sees(account, row.key)
        ]
    listed = [
        (
            row,
            profile.title.text(language),
            [(load_competency(key).title.text(language), weight) for key, weight in profile.weights.items()],
        )
        for row, profile in rows
    ]
    return page(request, "positions.html", account, listed=listed)


@router.get("/{key}/weights")
def weights(request: Request, key: str, account: Reader, services: House, matcher: Descriptions) -> Response:
    return _weights_page(request, key, account, services, matcher, adopted="adopted" in request.query_params)


@router.post("/{key}/weights")
def adopt_form(
    request: Request, key: str, form: Form, account: Admin, services: House, matcher: Descriptions
) -> Response:
    """Adopt the proposal that the form was shown with."""
    try:
        adopt_proposal(services, matcher, key, field(form, "proposal"), account)
    except tuple(PROBLEMS) as error:
        problem = next(sentence for kind, sentence in PROBLEMS.items() if isinstance(error, kind))
        return _weights_page(request, key, account, services, matcher, problem)
    return RedirectResponse(f"/console/positions/{key}/weights?adopted", 303)


def _weights_page(
    request: Request,
    key: str,
    account: Account,
    services: Services,
    matcher: DescriptionMatcher,
    problem: str | None = None,
    adopted: bool = False,
) -> Response:
    view = read_proposal(services, matcher, key, language_of(request, account))
    with services.database.unit_of_work() as session:
        record(session, account, "weights_read", view.position.id)
    return page(request, "weights.html", account, 422 if problem else 200, view=view, problem=problem, adopted=adopted)
