"""Whether a position should weigh its competencies otherwise; an admin adopts, nobody else and nothing by itself."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.accounts import Account, record
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.retuning_view import Groups, ProposalRefused, adopt_retuning, read_retuning
from bot.console.texts import language_of
from bot.positions import PositionChanged, WeightsAlike
from bot.services import Services, services_of
from core.errors import Refused
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


def groups_of(request: Request) -> Groups:
    """FastAPI dependency: what candidates told of themselves, where the app was given a reader of it; else nothing."""
    reader = getattr(request.app.state, "groups", None)
    return reader(services_of(request)) if reader is not None else {}


KnownGroups = Annotated[Groups, Depends(groups_of)]


@router.get("/{key}/retuning")
def retuning(request: Request, key: str, account: Reader, services: House, groups: KnownGroups) -> Response:
    return _page(request, key, account, services, groups, adopted="adopted" in request.query_params)


@router.post("/{key}/retuning")
def adopt_form(
    request: Request, key: str, form: Form, account: Admin, services: House, groups: KnownGroups
) -> Response:
    """Adopt the proposal that the form was shown with."""
    try:
        adopt_retuning(
            services, key, field(form, "proposal"), account, groups, harm_seen=field(form, "harm_seen") == "yes"
        )
    except tuple(PROBLEMS) as error:
        problem = next(sentence for kind, sentence in PROBLEMS.items() if isinstance(error, kind))
        return _page(request, key, account, services, groups, problem)
    return RedirectResponse(f"/console/positions/{key}/retuning?adopted", 303)


def _page(
    request: Request,
    key: str,
    account: Account,
    services: Services,
    groups: Groups,
    problem: str | None = None,
    adopted: bool = False,
) -> Response:
    view = read_retuning(services, key, language_of(request, account), groups)
    with services.database.unit_of_work() as session:
        record(session, account, "retuning_read", view.position.id)
    return page(request, "retuning.html", account, 422 if problem else 200, view=view, problem=problem, adopted=adopted)
