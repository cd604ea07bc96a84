"""Candidates at or above the pass line advance by themselves, where position and policy profile allow it.

Nothing here rejects anybody: whoever does not advance waits for a person. Each advance is a decision like a person's,
with its reason, its report and its entry in the log, by the actor `policy`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.console.decisions import DecidedMeanwhile, ReportChanged, decide
from bot.console.review_doubts import Case, Kind, doubts_of
from bot.console.review_queue import read_cases
from bot.console.texts import say
from bot.positions import is_closed, newest_positions
from bot.services import Services
from core.clock import now
from core.errors import CandidateErased
from core.tables import Decision, Interview, Override, Position, Report, RightsRequest
from dialogue.notice import advances_by_itself, language_of
from hr_bridge.position import PositionProfile
from scoring.report import newest_report

POLICY: Final = Account(id="policy", name="policy", role="policy")
STOPS: Final[frozenset[Kind]] = frozenset(
    {"asks_person", "weak_spot", "apart", "low_confidence", "environment", "signals"}
)
"""Reasons to look that only a person can settle. Near the line is over the line; up to half may be unscored."""

log = logging.getLogger("mianshi.policy")


def may_advance(case: Case, moment: datetime) -> bool:
    """Whether nothing in the report stands against advancing without a person."""
    over_line = case.match is not None and case.match >= case.pass_line
    return over_line and not case.held and not STOPS & {doubt.kind for doubt in doubts_of(case, moment)}


def advance_due(services: Services) -> int:
    """Advance everybody who may; how many. Whom somebody decided on meanwhile is left to them."""
    moment, done = now(), 0
    with services.database.reading() as session:
        cases = read_cases(session, _candidates(session))
    for case in cases:
        done += may_advance(case, moment) and _advance(services, case)
    return done


def _advance(services: Services, case: Case) -> bool:
    with services.database.reading() as session:
        language = language_of(session.get_one(Interview, case.id))
        report = newest_report(session, case.id)
    if report is None or report.match != case.match:
        return False
    reason = say(language, "policy.reason", match=f"{case.match:.1f}", line=f"{case.pass_line:g}")
    try:
        decide(services, case.id, "advance", reason, POLICY, report.id, 0)
    except (DecidedMeanwhile, ReportChanged, CandidateErased):
        return False
    log.info("interview %s advances by policy", case.id)
    return True


def _candidates(session: Session) -> Iterable[str]:
    """Undecided interviews over the line whose candidate was told of automatic advance before the start, and whose
    position still wants it and is open."""
    wanted = {row.key for row in newest_positions(session) if _is_on(row) and not is_closed(row)}
    told = [row.id for row in session.exec(select(Position).where(col(Position.key).in_(wanted))) if _is_on(row)]
    rows = (
        select(Interview.id)
        .join(Report, col(Report.interview_id) == col(Interview.id))
        .where(
            col(Interview.position_id).in_(told),
            col(Interview.consented_at).is_not(None),
            col(Interview.withdrawn_at).is_(None),
            col(Interview.id).not_in(select(Decision.interview_id)),
            # Whoever corrects a level is at work on this one and decides it.
            col(Interview.id).not_in(select(Override.interview_id)),
            # Whoever objected to automatic processing is decided on by a person.
            col(Interview.id).not_in(select(RightsRequest.interview_id).where(RightsRequest.kind == "objection")),
        )
    )
    return set(session.exec(rows)) if told else ()


def _is_on(position: Position) -> bool:
    return advances_by_itself(PositionProfile.model_validate(position.profile))
