"""What candidates may tell of themselves once the interview is over, for the fairness tables and for nothing else.

The one place that touches the table: what it holds reaches no scorer, no reviewer, no page about a person and no program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from sqlmodel import Session, col, func, select

from bot.conversation import hold_interview
from bot.services import Services
from core.clock import now
from core.encryption import DataKey, Undecipherable
from core.errors import CandidateErased, Refused
from core.tables import Candidate, DemographicAnswer, Interview
from dialogue.interview_plan import profile_of
from hr_bridge.insights.groups import GroupQuestion, Groups, group_questions, read_groups
from hr_bridge.policy import load_policy

PURPOSE: Final = "demographics"
AT_ONCE: Final = 500
"""Ids in one query; databases bound how many there may be."""


class NothingAsked(Refused):
    """These questions come after the end, once, and only where the policy asks them."""


def questions_for(services: Services, interview_id: str) -> Mapping[str, GroupQuestion]:
    """What the candidate may still be asked, by key; empty before the end, after the answer, or where the policy asks
    nothing."""
    with services.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        if interview.finished_at is None or session.get(DemographicAnswer, interview_id) is not None:
            return {}
        return {key: group_questions()[key] for key in _asked(session, interview)}


def keep_answers(services: Services, interview_id: str, given: Mapping[str, str]) -> None:
    """Keep what was told, sealed; a second time changes nothing. Raises NothingAsked."""
    with services.database.unit_of_work() as session:
        interview = hold_interview(session, interview_id)
        asked = _asked(session, interview)
        if interview.finished_at is None or not asked:
            raise NothingAsked("these questions come after the end, where the policy asks them")
        if session.get(DemographicAnswer, interview_id) is None:
            _keep(session, services.key_of(session, interview), interview_id, read_groups(given, asked))


def keep_simulated(session: Session, key: DataKey, interview_id: str, groups: Groups) -> None:
    """For people who do not exist (`bot/demo_rows.py`): keep what they would have told."""
    _keep(session, key, interview_id, groups)


def _keep(session: Session, key: DataKey, interview_id: str, groups: Groups) -> None:
    sealed = key.seal(json.dumps(dict(groups)), PURPOSE)
    session.add(DemographicAnswer(interview_id=interview_id, sealed=sealed, given_at=now()))


def groups_of(services: Services, session: Session, interview_ids: Iterable[str]) -> Mapping[str, Groups]:
    """What was told, by interview, for tables that count; the erased are left out."""
    ids, found = list(interview_ids), {}
    for start in range(0, len(ids), AT_ONCE):
        rows = (
            select(DemographicAnswer.interview_id, DemographicAnswer.sealed, Candidate.wrapped_key)
            .join(Interview, col(Interview.id) == col(DemographicAnswer.interview_id))
            .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
            .where(col(DemographicAnswer.interview_id).in_(ids[start : start + AT_ONCE]))
        )
        for interview_id, sealed, wrapped in session.exec(rows):
            try:
                found[interview_id] = json.loads(services.keys.unwrap(wrapped).open(sealed, PURPOSE))
            except (CandidateErased, Undecipherable):
                continue
    return found


def how_many_answered(session: Session) -> int:
    """How many were asked and answered, would-not-say included."""
    return session.exec(select(func.count()).select_from(DemographicAnswer)).one()


def told_by(services: Services, session: Session, interview_id: str) -> Groups:
    """What one candidate told, for the copy of their own data and nobody else."""
    return groups_of(services, session, [interview_id]).get(interview_id, {})


def _asked(session: Session, interview: Interview) -> tuple[str, ...]:
    return load_policy(profile_of(session, interview).policy).asked_groups
