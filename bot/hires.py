"""A person hired somebody: what onboarding and training need is told once, by the connectors that tell of hires.

What is to be told is derived from rows (an applicant who was hired over there, an imported hire), so a crash leaves
nothing out, and the one delivery of an interview's hire keeps anything from being told twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.outreach.applicant_invitation import PURPOSE
from bot.services import Services
from core.content import Language
from core.encryption import DataKey
from core.errors import CandidateErased, Unavailable
from core.tables import Applicant, Candidate, Delivery, Employee, Interview, Position, Report
from core.tables import Hire as HireRow
from hr_bridge.assessment import DevelopmentNeed, Hire, HiredPackage
from hr_bridge.delivery import HEAR_OF_HIRES, plan_delivery
from hr_bridge.imports.employee_keepers import PURPOSE as EMPLOYMENT
from hr_bridge.match import EXPECTED_LEVEL, score_from_level
from hr_bridge.position import PositionProfile
from scoring.report import assessment_of, newest_report
from scoring.rubric import load_competency

LOOK_EVERY_S: Final = 30.0
FILES: Final = "files"

log = logging.getLogger("mianshi.hires")


@dataclass(frozen=True, slots=True, repr=False)
class _News:
    """Who was hired, as one source tells it."""

    interview_id: str
    hired_on: date | None
    starts_on: date | None
    package: HiredPackage | None
    source: str


def looking_for_hires(services: Services) -> Callable[[], Awaitable[None]]:
    """A job that looks every half minute, where anybody is to be told."""
    told = [name for name in services.settings.connectors if name in HEAR_OF_HIRES]
    next_look = 0.0

    async def look() -> None:
        nonlocal next_look
        if told and time.monotonic() >= next_look:
            next_look = time.monotonic() + LOOK_EVERY_S
            await asyncio.to_thread(announce_hires, services)

    return look


def announce_hires(services: Services) -> int:
    """Plan what has not been told yet; of how many interviews. Somebody without a report is told of once there is one,
    and somebody who was never interviewed here is not ours to tell of."""
    announced = 0
    for interview_id in _untold(services):
        try:
            with services.database.unit_of_work() as session:
                announced += _announce(services, session, interview_id)
        except CandidateErased:
            continue
        except Unavailable:
            raise
        except Exception as error:  # one that cannot be told of must not hold up the others; its message may quote
            log.error("interview %s: the hire failed with %s", interview_id, type(error).__name__)
    return announced


def _untold(services: Services) -> list[str]:
    told = select(Delivery.interview_id).where(Delivery.kind == "hired")
    reported = col(Interview.id).in_(select(Report.interview_id)) & col(Interview.id).not_in(told)
    over_there = select(Interview.id).join(Applicant, col(Applicant.interview_id) == col(Interview.id))
    in_files = (
        select(Interview.id)
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .join(HireRow, col(HireRow.candidate_external_id) == col(Candidate.external_id))
    )
    there = col(Candidate.wrapped_key).is_not(None)
    with services.database.reading() as session:
        found = [
            *session.exec(over_there.where(reported, col(Applicant.hired_on).is_not(None))),
            *session.exec(in_files.where(reported, there)),
        ]
    return sorted(set(found), reverse=True)  # of several interviews of one person the newest tells


def _announce(services: Services, session: Session, interview_id: str) -> bool:
    # Holding the interview keeps two workers from planning the same.
    interview = session.exec(select(Interview).where(Interview.id == interview_id).with_for_update()).one()
    report = newest_report(session, interview_id)
    if report is None or _was_told(session, interview):
        return False
    key = services.key_of(session, interview)
    news = list(_news(services, session, interview, key))
    if not news:
        return False
    hire = Hire(
        hired_on=next((one.hired_on for one in news if one.hired_on), None),
        starts_on=next((one.starts_on for one in news if one.starts_on), None),
        package=next((one.package for one in news if one.package), None),
        development=development_needs(session, interview, report),
        source=news[0].source,
    )
    assessment = assessment_of(session, services.keys, interview, report.version)
    for connector in services.settings.connectors:
        plan_delivery(session, services.keys, assessment.model_copy(update={"hire": hire}), "hired", 1, connector)
    log.info("interview %s: a hire is told of", interview_id)
    return True


def _was_told(session: Session, interview: Interview) -> bool:
    """Of this interview, or of another one of the same person."""
    candidate = session.get_one(Candidate, interview.candidate_id)
    same = (
        select(Delivery.id)
        .join(Interview, col(Interview.id) == col(Delivery.interview_id))
        .where(Delivery.kind == "hired")
    )
    if candidate.external_id is None:
        return session.exec(same.where(Interview.id == interview.id)).first() is not None
    same = same.join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
    return session.exec(same.where(Candidate.external_id == candidate.external_id)).first() is not None


def _news(services: Services, session: Session, interview: Interview, key: DataKey) -> Iterator[_News]:
    """What a file says of the hire, which knows the contract, before what the applicant's record says."""
    external_id = session.get_one(Candidate, interview.candidate_id).external_id
    rows = select(HireRow, Employee).join(Employee, col(Employee.id) == col(HireRow.employee_id))
    for row, employee in session.exec(
        rows.where(HireRow.candidate_external_id == external_id).order_by(col(HireRow.id).desc())
    ):
        if employee.wrapped_key is not None:
            told = json.loads(services.keys.unwrap(employee.wrapped_key).open(row.sealed, EMPLOYMENT))
            yield _News(interview.id, None, row.started_on, _package(told), FILES)
    applicants = select(Applicant).where(Applicant.interview_id == interview.id, col(Applicant.hired_on).is_not(None))
    for applicant in session.exec(applicants):
        told = json.loads(key.open(applicant.hire_sealed, PURPOSE)) if applicant.hire_sealed else {}
        starts_on = date.fromisoformat(told["starts_on"]) if told.get("starts_on") else None
        yield _News(interview.id, applicant.hired_on, starts_on, _package(told.get("package")), applicant.connector)


def _package(told: dict[str, Any] | None) -> HiredPackage | None:
    if not told or all(value is None for value in told.values()):
        return None
    return HiredPackage.model_validate(told)


def development_needs(session: Session, interview: Interview, report: Report) -> tuple[DevelopmentNeed, ...]:
    """Competencies under the level that the grade calls for, the widest gap first, each with what an answer at that
    level shows: the anchor of the rubric. What could not be scored is no need."""
    profile = PositionProfile.model_validate(session.get_one(Position, report.position_id).profile)
    language: Language = "en" if interview.language == "en" else "zh"
    expected = profile.expected_levels.get(profile.grade, {})
    needs = []
    for one in report.competencies:
        target = expected.get(one["key"], EXPECTED_LEVEL[profile.grade])
        if one["level"] is None or one["level"] >= target:
            continue
        rubric = load_competency(one["key"])
        needs.append(
            DevelopmentNeed(
                key=one["key"],
                title=rubric.title.text(language),
                score=one["score"],
                target=round(score_from_level(target), 1),
                practise=next(text for step, text in sorted(rubric.anchors.items()) if step >= target).text(language),
            )
        )
    return tuple(sorted(needs, key=lambda need: need.score - need.target))
