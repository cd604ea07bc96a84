"""Past hires of a position's family, read from what the HR system told and what we hold of their interviews."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import fmean

from sqlalchemy import or_
from sqlmodel import Session, col, select

from core.encryption import DataKey, KeyRing
from core.tables import (
    Candidate,
    CompetencyRating,
    Employee,
    Hire,
    Interview,
    PerformanceRating,
    Position,
    Report,
)
from core.tables.candidate import PSEUDONYM
from hr_bridge.employment import A_YEAR, FOR_CAUSE, Exit, stay
from hr_bridge.employment_reader import exits_known_until, read_exits
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.position import PositionProfile
from hr_bridge.profile.shapes import PastHire


@dataclass(slots=True)
class _Person:
    key: DataKey
    interview: dict[str, float] = field(default_factory=dict)
    rated: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    appraisals: list[float] = field(default_factory=list)
    starts: list[date] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    of_family: bool = False


def read_history(session: Session, keys: KeyRing, profile: PositionProfile) -> list[PastHire]:
    """Return everybody who was interviewed for the family of `profile` and hired, and everybody whose competencies
    were rated under one of its names. Whoever was erased, as candidate or as employee, is left out."""
    people = {
        employee.id: _Person(keys.unwrap(employee.wrapped_key))
        for employee in session.exec(select(Employee).where(col(Employee.wrapped_key).is_not(None)))
    }
    _add_interviews(session, people, profile)
    _add_ratings(session, people, {name.casefold() for name in profile.family_names})
    wanted = {id_: person for id_, person in people.items() if person.of_family}
    for appraisal in session.exec(select(PerformanceRating)):
        if (person := wanted.get(appraisal.employee_id)) is not None:
            person.appraisals.append(_position_of(person, appraisal.sealed))
    for employee, exits in read_exits(session, keys, wanted).items():
        wanted[employee].exits = sorted(exits, key=lambda one: one[0])
    known_until = exits_known_until(session)
    return [_past_hire(person, known_until) for _, person in sorted(wanted.items())]


def _add_interviews(session: Session, people: Mapping[str, _Person], profile: PositionProfile) -> None:
    scores = _interview_scores(session, profile.family)
    for hire in session.exec(select(Hire).order_by(col(Hire.started_on))):
        person = people.get(hire.employee_id)
        if person is None:
            continue
        person.starts.append(hire.started_on)
        if hire.candidate_external_id in scores:
            person.interview, person.of_family = scores[hire.candidate_external_id], True


def _interview_scores(session: Session, family: str) -> dict[str, dict[str, float]]:
    """By the candidate's external id, the scores of the newest report of their newest interview for the family."""
    positions = [row.id for row in session.exec(select(Position)) if row.profile.get("family") == family]
    rows = session.exec(
        select(Candidate.external_id, Report.competencies)
        .join(Interview, col(Interview.candidate_id) == col(Candidate.id))
        .join(Report, col(Report.interview_id) == col(Interview.id))
        .where(
            col(Candidate.external_id).is_not(None),
            # Whose time of keeping is over counts on under a pseudonym; who was erased does not.
            or_(col(Candidate.wrapped_key).is_not(None), col(Candidate.id).startswith(PSEUDONYM)),
            col(Interview.position_id).in_(positions),
        )
        .order_by(col(Interview.finished_at), col(Interview.id), col(Report.version))
    )
    return {
        str(name): {each["key"]: float(each["score"]) for each in competencies if each["score"] is not None}
        for name, competencies in rows
    }


def _add_ratings(session: Session, people: Mapping[str, _Person], names: set[str]) -> None:
    for rating in session.exec(select(CompetencyRating)):
        person = people.get(rating.employee_id)
        if person is None:
            continue
        if rating.family is not None and rating.family.casefold() in names:
            person.of_family = True
        elif rating.family is not None:
            continue
        person.rated[rating.competency].append(100 * _position_of(person, rating.sealed))


def _position_of(person: _Person, sealed: str) -> float:
    """Where a rating lies on its scale, 0 to 1."""
    return float(json.loads(person.key.open(sealed, PURPOSE))["position"])


def _past_hire(person: _Person, known_until: date | None) -> PastHire:
    reason = person.exits[-1][1] if person.exits else None
    # Who left for cause and was never appraised is the worst performance; an appraisal, where there is one, counts alone.
    performance = fmean(person.appraisals) if person.appraisals else 0.0 if reason in FOR_CAUSE else None
    stayed = stay(person.starts, person.exits, known_until, A_YEAR)[0] if person.starts else None
    return PastHire(
        interview=person.interview,
        rated={key: fmean(values) for key, values in person.rated.items()},
        performance=performance,
        stayed=None if stayed is None else stayed > 0,
    )
