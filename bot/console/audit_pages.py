"""The auditor's pages: the log of who did and read what, and the log of decisions. In ids and reasons, without names."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import col, func, select

from bot.accounts import Account, record
from bot.audit_chain import chain_has_gaps
from bot.console.access import person
from bot.console.page_route import PageRoute
from bot.console.rendering import page
from bot.console.texts import all_texts, language_of, say
from bot.identity import without_names
from bot.services import Services, services_of
from core.errors import CandidateErased
from core.tables import AuditEntry, AuditHead, Candidate, Decision, Interview, Position, User

router = APIRouter(prefix="/console/audit", route_class=PageRoute, include_in_schema=False)
Auditor = Annotated[Account, Depends(person("audit.read"))]
House = Annotated[Services, Depends(services_of)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]
PER_PAGE: Final = 100
DETAILS: Final = {
    "access_changed": "common.role_",
    "asked": "rights.kind_",
    "decided": "common.decision_",
    "duplicate": "audited_detail.duplicate_",
}
"""Where the words are for what an action carries behind its colon."""


def known_actions() -> tuple[str, ...]:
    """The code of every action that is worded."""
    return tuple(key.removeprefix("audited.") for key in all_texts() if key.startswith("audited."))


def action_words(language: str, action: str) -> str:
    """What an entry's code says to a person; the code itself where it has no words, as one of an earlier release may."""
    code, _, detail = action.partition(":")
    if code not in known_actions():
        return action
    words, detail_key = say(language, f"audited.{code}"), f"{DETAILS.get(code, '')}{detail}"
    if not detail:
        return words
    told = say(language, detail_key) if detail_key in all_texts() else detail
    return say(language, "audited_detail.with_detail", action=words, detail=told)


@router.get("")
def log(
    request: Request,
    account: Auditor,
    services: House,
    actor: str = "",
    action: str = "",
    subject: str = "",
    p: Number = 1,
) -> Response:
    """The newest entries first, those of one actor, action or subject where asked for."""
    wanted = {"actor": actor.strip()[:80], "action": action.strip()[:40], "subject": subject.strip()[:80]}
    with services.database.unit_of_work() as session:
        names = {f"user:{user.id}": user.name for user in session.exec(select(User))}
        ids = {name: id_ for id_, name in names.items()}
        found = select(AuditEntry)
        if wanted["actor"]:
            found = found.where(AuditEntry.actor == ids.get(wanted["actor"], wanted["actor"]))
        if wanted["action"]:
            found = found.where(col(AuditEntry.action).startswith(wanted["action"], autoescape=True))
        if wanted["subject"]:
            found = found.where(AuditEntry.subject == wanted["subject"])
        # One more than is shown tells whether there is another page; to count the whole log would take long.
        rows = session.exec(
            found.order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc())
            .offset((p - 1) * PER_PAGE)
            .limit(PER_PAGE + 1)
        ).all()
        head, gaps = session.get(AuditHead, 1), chain_has_gaps(session)
        record(session, account, "audit_read", f"page:{p}")
    language = language_of(request, account)
    return page(
        request,
        "audit.html",
        account,
        actions={code: action_words(language, code) for code in known_actions()},
        words={row.action: action_words(language, row.action) for row in rows},
        rows=rows[:PER_PAGE],
        more=len(rows) > PER_PAGE,
        p=p,
        wanted=wanted,
        names=names,
        head=head,
        gaps=gaps,
    )


@router.get("/decisions")
def decisions(request: Request, account: Auditor, services: House, p: Number = 1) -> Response:
    """Every decision, what was seen before it, and its reason, the names of the page's candidates blacked out; the newest
    first."""
    with services.database.unit_of_work() as session:
        total = session.exec(select(func.count()).select_from(Decision)).one()
        rows = session.exec(
            select(Decision, Interview, Position)
            .join(Interview, col(Interview.id) == col(Decision.interview_id))
            .join(Position, col(Position.id) == col(Interview.position_id))
            .order_by(col(Decision.decided_at).desc(), col(Decision.id).desc())
            .offset((p - 1) * PER_PAGE)
            .limit(PER_PAGE)
        ).all()
        names, reasons = set(), {}
        for decision, interview, _ in rows:
            with suppress(CandidateErased):
                key = services.key_of(session, interview)
                reasons[decision.id] = key.open(decision.reason_sealed)
                names.add(key.open(session.get_one(Candidate, interview.candidate_id).name_sealed))
        shown = [
            (
                decision,
                position.profile["title"],
                position.version,
                without_names(reasons[decision.id], names) if decision.id in reasons else None,
            )
            for decision, _, position in rows
        ]
        record(session, account, "decisions_read", f"page:{p}")
    pages = max(1, -(-total // PER_PAGE))
    return page(request, "audit_decisions.html", account, rows=shown, total=total, p=p, pages=pages)
