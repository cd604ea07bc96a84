"""Whom an asker may ask about. Every query of the recruiters' chat gets its people here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.console.review_queue import unblinded
from bot.console.standings import NOTHING_YET, read_standings
from bot.roles import may
from bot.scope import seen_interviews
from bot.services import Services
from bot.status import Status
from core.clock import now
from core.errors import CandidateErased, PermissionMissing
from core.tables import Candidate, Interview, Report


class AskingForbidden(PermissionMissing):
    """The account's role opens no report, so it gets no answer about one."""


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One interview of one candidate. `match` and `level` are None too where the asker still has to rate blind."""

    id: str
    name: str
    position_key: str
    position_title: Mapping[str, str]
    pass_line: float
    status: Status
    invited_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    match: float | None
    level: str | None
    decision: str | None
    asks_person: bool
    is_blind: bool

    @property
    def is_reported(self) -> bool:
        return self.status in (Status.SCORED, Status.DELIVERED)

    @property
    def is_to_decide(self) -> bool:
        return self.is_reported and self.decision in (None, "hold")

    @property
    def waited(self) -> timedelta:
        """Since the end of the interview, where somebody still has to decide."""
        return now() - self.finished_at if self.finished_at and self.is_to_decide else timedelta()


def may_ask(asker: Account) -> bool:
    """Whoever may open a report may ask about it."""
    return may(asker.role, "interviews.read")


def read_people(services: Services, session: Session, asker: Account) -> tuple[Person, ...]:
    """Everybody whose report page the asker may open, erased candidates left out. Raises AskingForbidden."""
    if not may_ask(asker):
        raise AskingForbidden(f"role {asker.role} may not ask about candidates")
    standings, moment = read_standings(session), now()
    open_to = unblinded(session, asker)
    joined = select(Interview, Candidate).join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
    people = []
    for interview, candidate in session.exec(joined.where(seen_interviews(asker)).order_by(col(Interview.id))):
        try:
            name = services.keys.unwrap(candidate.wrapped_key).open(candidate.name_sealed)
        except CandidateErased:
            continue
        key, profile = standings.positions[interview.position_id]
        outcome = standings.outcomes.get(interview.id, NOTHING_YET)
        is_blind = bool(profile.get("review", {}).get("blind_review")) and interview.id not in open_to
        people.append(
            Person(
                id=interview.id,
                name=name,
                position_key=key,
                position_title=profile["title"],
                pass_line=float(profile["pass_line"]),
                status=standings.status(interview, moment),
                invited_at=interview.invited_at,
                expires_at=interview.expires_at,
                finished_at=interview.finished_at,
                match=None if is_blind else outcome.match,
                level=None if is_blind else outcome.level,
                decision=standings.decisions.get(interview.id),
                asks_person=interview.human_asked_at is not None and interview.id not in standings.decisions,
                is_blind=is_blind,
            )
        )
    return tuple(people)


def read_results(session: Session, people: Sequence[Person]) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Interview → competency → its line in the newest report, for those whose levels the asker may see."""
    wanted = {person.id for person in people if person.is_reported and not person.is_blind}
    reports: Any = select(Report.interview_id, Report.competencies).order_by(col(Report.version))
    return {
        interview_id: {line["key"]: line for line in lines}
        for interview_id, lines in session.exec(reports)
        if interview_id in wanted
    }
