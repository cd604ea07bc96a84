"""Requests for pay beyond the suggestion as the pages show them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.console.policy_advance import POLICY
from bot.console.review_screen import rates_blind
from bot.console.texts import say
from bot.roles import may
from bot.scope import seen_interviews
from bot.services import Services
from core.content import Language
from core.tables import Candidate, Interview, PayApproval, Position, Report
from hr_bridge.pay.approval import PURPOSE, UNTIL

LATELY: Final = 20


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One request, opened with the candidate's key. `is_blind` is true while the approver still has to rate the candidate
    blind: match, grades and pay would give the scorer's levels away. `pay` is the suggestion that it goes beyond, of the grade applied
    for unless the higher one is asked for or agreed; `offer` thousands a month, None where the suggested point is meant.
    """

    id: str
    interview_id: str
    name: str
    position_title: str
    match: float | None
    pay: dict[str, Any]
    regrade: str | None
    offer: float | None
    reason: str
    asked_by: str
    asked_at: datetime
    is_own: bool
    is_blind: bool
    approved: bool | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


def read_requests(services: Services, by: Account, language: Language) -> tuple[list[Request], list[Request]]:
    """Who waits, the longest first, and what was answered lately, as far as `by` sees them. Erased candidates are left out."""
    seen = (
        select(PayApproval)
        .join(Interview, col(Interview.id) == col(PayApproval.interview_id))
        .where(seen_interviews(by))
    )
    with services.database.reading() as session:
        waiting = session.exec(
            seen.where(col(PayApproval.approved).is_(None)).order_by(col(PayApproval.asked_at))
        ).all()
        answered = session.exec(
            seen.where(col(PayApproval.approved).is_not(None))
            .order_by(col(PayApproval.answered_at).desc())
            .limit(LATELY)
        ).all()
        return _opened(session, services, waiting, by, language), _opened(session, services, answered, by, language)


def requests_of(services: Services, interview_id: str, by: Account, language: Language) -> list[Request]:
    """The requests of one interview, the newest first."""
    with services.database.reading() as session:
        rows = session.exec(
            select(PayApproval)
            .where(PayApproval.interview_id == interview_id)
            .order_by(col(PayApproval.version).desc())
        ).all()
        return _opened(session, services, rows, by, language)


def _opened(
    session: Session, services: Services, rows: Sequence[PayApproval], by: Account, language: Language
) -> list[Request]:
    opened = []
    for row in rows:
        interview = session.get_one(Interview, row.interview_id)
        candidate = session.get_one(Candidate, interview.candidate_id)
        if candidate.wrapped_key is None:
            continue
        key = services.keys.unwrap(candidate.wrapped_key)
        report = session.get_one(Report, row.report_id)
        pay = report.salary or {}
        if row.regrade is None and not _is_regraded(session, row.interview_id, pay.get("regrade")):
            pay = pay.get(UNTIL) or pay
        asked = json.loads(key.open(row.asked_sealed, PURPOSE))
        opened.append(
            Request(
                id=row.id,
                interview_id=row.interview_id,
                name=key.open(candidate.name_sealed),
                position_title=session.get_one(Position, report.position_id).profile["title"][language],
                match=report.match,
                pay=pay,
                regrade=row.regrade,
                offer=asked["offer"],
                reason=asked["reason"],
                asked_by=say(language, "policy.name") if row.asked_by == POLICY.id else row.asked_by_name,
                asked_at=row.asked_at,
                is_own=row.asked_by == by.id,
                is_blind=may(by.role, "reviews.rate") and rates_blind(session, interview, by),
                approved=row.approved,
                answer=key.open(row.answer_sealed, PURPOSE) if row.answer_sealed else None,
                answered_by=row.answered_by_name,
                answered_at=row.answered_at,
            )
        )
    return opened


def _is_regraded(session: Session, interview_id: str, grade: str | None) -> bool:
    agreed = select(PayApproval.id).where(
        PayApproval.interview_id == interview_id, PayApproval.regrade == grade, col(PayApproval.approved).is_(True)
    )
    return grade is not None and session.exec(agreed).first() is not None
