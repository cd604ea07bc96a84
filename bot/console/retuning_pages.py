"""Whether a position should weigh its competencies otherwise; an admin adopts, nobody else and nothing by itself."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import PageForbidden, field, person, sent_form
from bot.console.fairness_words import dimension_title, group_title
from bot.console.figures_state import figures_state
from bot.console.insight_pages import families_hidden
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.retuning_view import ProposalRefused, adopt_retuning, read_retuning
from bot.console.texts import language_of
from bot.positions import PositionChanged, WeightsAlike, newest_position
from bot.roles import may
from bot.services import Services, services_of
from core.errors import Refused
from hr_bridge.insights.suppression import FEWEST
from hr_bridge.position import PositionInvalid

router = APIRouter(prefix="/console/positions", route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Account, Depends(person("positions.read"))]
Admin = Annotated[Account, Depends(person("positions.change"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]

PROBLEMS: Final[dict[type[Refused], str]] = {
    PositionChanged: "weights.changed_meanwhile",
    WeightsAlike: "weights.alike",
    PositionInvalid: "weights.invalid",
    ProposalRefused: "retuning.not_adopted",
}


@router.get("/{key}/retuning")
def retuning(request: Request, key: str, account: Reader, services: House) -> Response:
    return _page(request, key, account, services, adopted="adopted" in request.query_params)


@router.post("/{key}/retuning")
def adopt_form(request: Request, key: str, form: Form, account: Admin, services: House) -> Response:
    """Adopt the proposal that the form was shown with."""
    try:
        adopt_retuning(services, key, field(form, "proposal"), account, harm_seen=field(form, "harm_seen") == "yes")
    except tuple(PROBLEMS) as error:
        problem = next(sentence for kind, sentence in PROBLEMS.items() if isinstance(error, kind))
        return _page(request, key, account, services, problem)
    return RedirectResponse(f"/console/positions/{key}/retuning?adopted", 303)


def _page(
    request: Request,
    key: str,
    account: Account,
    services: Services,
    problem: str | None = None,
    adopted: bool = False,
) -> Response:
    language = language_of(request, account)
    with services.database.reading() as session:
        if newest_position(session, key).profile["family"] in families_hidden(session, account):
            raise PageForbidden("these are the figures of all positions of the family")
        state = figures_state(session)
    sees_groups = may(account.role, "audit.read")
    view = services.computed.get(
        ("retuning", key, language, sees_groups), state, partial(read_retuning, services, key, language, account)
    )
    with services.database.unit_of_work() as session:
        record(session, account, "retuning_read", view.position.id)
    return page(
        request,
        "retuning.html",
        account,
        422 if problem else 200,
        view=view,
        problem=problem,
        adopted=adopted,
        fewest=FEWEST,
        dimension_title=partial(dimension_title, language=language),
        group_title=partial(group_title, language=language),
    )
