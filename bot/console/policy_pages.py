"""The policy profiles: every rule with its source, and what another policy would change for a position, before it is
saved."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import col, func, select
from starlette.datastructures import FormData

from bot.accounts import Account
from bot.console.access import field, person, sent_form
from bot.console.page_route import PageRoute
from bot.console.policy_words import rule_changes, rule_lines
from bot.console.rendering import page
from bot.console.texts import language_of
from bot.positions import PolicyAlike, PositionChanged, change_policy, newest_position, newest_positions
from bot.services import Services, services_of
from core.clock import now
from core.tables import Interview, Position
from hr_bridge.policy import DEFAULT_POLICY, load_policy, policy_names

router = APIRouter(prefix="/console/policies", route_class=PageRoute, include_in_schema=False)
Auditor = Annotated[Account, Depends(person("audit.read"))]
Admin = Annotated[Account, Depends(person("positions.change"))]
Form = Annotated[FormData, Depends(sent_form)]
House = Annotated[Services, Depends(services_of)]


@router.get("")
def policies(
    request: Request, account: Auditor, services: House, policy: str = "", position: str = "", to: str = ""
) -> Response:
    """All profiles; with `position` and `to` what would change."""
    return _page(request, account, services, policy, position, to)


@router.post("/{key}")
def save(request: Request, key: str, form: Form, account: Admin, services: House) -> Response:
    """Give a position another policy, as the page showed it."""
    to, version = field(form, "to"), field(form, "version")
    try:
        with services.database.unit_of_work() as session:
            base = newest_position(session, key)
            if str(base.version) != version:
                raise PositionChanged("somebody made a newer version of the position meanwhile")
            change_policy(session, base, load_policy(to).name, account)
    except (PositionChanged, PolicyAlike) as error:
        problem = "policies.changed_meanwhile" if isinstance(error, PositionChanged) else "policies.alike"
        return _page(request, account, services, to, key, to, problem)
    return RedirectResponse(f"/console/policies?policy={to}&saved", 303)


def _page(
    request: Request,
    account: Account,
    services: Services,
    policy: str,
    position: str,
    to: str,
    problem: str | None = None,
) -> Response:
    language, today = language_of(request, account), now().astimezone().date()
    with services.database.reading() as session:
        newest = {row.key: row for row in newest_positions(session)}
        undecided = (
            select(Position.key, func.count())
            .join(Interview, col(Interview.position_id) == col(Position.id))
            .where(col(Interview.finished_at).is_(None), col(Interview.withdrawn_at).is_(None))
            .where(col(Interview.expires_at) > now())
            .group_by(col(Position.key))
        )
        under_way = Counter(dict(session.exec(undecided).all()))
    chosen = newest.get(position)
    shown = load_policy(to if to in policy_names() else policy if policy in policy_names() else DEFAULT_POLICY)
    preview = None
    if chosen is not None and to in policy_names():
        before = load_policy(chosen.profile["policy"])
        preview = {
            "position": chosen,
            "title": chosen.profile["title"][language],
            "before": before.title[language],
            "after": shown.title[language],
            "changes": rule_changes(before, shown, language),
            "under_way": under_way[chosen.key],
            "to": to,
        }
    return page(
        request,
        "policies.html",
        account,
        422 if problem else 200,
        policies=[(name, load_policy(name).title[language]) for name in policy_names()],
        shown=shown,
        title=shown.title[language],
        lines=rule_lines(shown, language, today),
        positions=[(row.key, row.profile["title"][language], row.profile["policy"]) for row in newest.values()],
        users=[row.profile["title"][language] for row in newest.values() if row.profile["policy"] == shown.name],
        preview=preview,
        problem=problem,
        saved="saved" in request.query_params and not problem,
    )
