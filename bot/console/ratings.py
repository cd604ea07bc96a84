"""A reviewer's own levels: given blind beside the scorer's, or in place of them with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session, select

from bot.accounts import Account, record
from bot.console.decisions import (
    LONGEST_REASON,
    EvidenceUnopened,
    InterviewUnknown,
    ReasonMissing,
    ReportMissing,
    has_opened_evidence,
)
from bot.services import Services
from core.clock import now
from core.errors import Refused
from core.tables import Interview, Report, ReviewerRating
from hr_bridge.delivery import plan_delivery
from scoring.correction import correct
from scoring.report import assessment_of, newest_decision, newest_report

LEVELS = (1, 2, 3, 4, 5)


class LevelMissing(Refused):
    """A BARS level is 1, 2, 3, 4 or 5."""


class RatingIncomplete(Refused):
    """Who rates blind rates every competency, or the first level shown would colour the rest."""


def rate(services: Services, interview_id: str, levels: Mapping[str, int], by: Account) -> None:
    """Keep this reviewer's level of every competency, once; what was rated before stays.

    Raises InterviewUnknown, ReportMissing, RatingIncomplete or LevelMissing.
    """
    with services.database.unit_of_work() as session:
        _, report = _held(session, interview_id)
        if not all(each["key"] in levels for each in report.competencies):
            raise RatingIncomplete("every competency is to be rated")
        if not set(levels.values()) <= set(LEVELS):
            raise LevelMissing("a BARS level is a whole number from 1 to 5")
        rated = set(
            session.exec(
                select(ReviewerRating.competency).where(
                    ReviewerRating.interview_id == interview_id, ReviewerRating.reviewer == by.id
                )
            )
        )
        blind = not has_opened_evidence(session, interview_id, by)
        for each in report.competencies:
            if each["key"] not in rated:
                session.add(
                    ReviewerRating(
                        interview_id=interview_id,
                        report_version=report.version,
                        competency=each["key"],
                        reviewer=by.id,
                        level=levels[each["key"]],
                        # Of a corrected level the scorer's own: it is the scorer that is compared with.
                        machine_level=each.get("corrected_from", each["level"]),
                        blind=blind,
                        given_at=now(),
                    )
                )
        record(session, by, "rated", interview_id)


def correct_level(
    services: Services, interview_id: str, competency: str, level: int, reason: str, by: Account, seen_report: str
) -> Report:
    """Put a reviewer's level in place of the scorer's, make the report anew, and plan its delivery as a correction.

    `seen_report` is the id of the report that the reviewer had before them.
    Raises InterviewUnknown, ReportMissing, ReasonMissing, LevelMissing, EvidenceUnopened or NothingToCorrect.
    """
    reason = reason.replace("\0", "").strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise ReasonMissing("a correction needs a reason of 1 to 2,000 characters")
    if level not in LEVELS:
        raise LevelMissing("a BARS level is a whole number from 1 to 5")
    with services.database.unit_of_work() as session:
        interview, before = _held(session, interview_id)
        if before.id != seen_report or not has_opened_evidence(session, interview_id, by):
            raise EvidenceUnopened("the report has changed since it was read")
        report = correct(session, interview, before, (competency, level, reason), (by.id, by.name), services.keys)
        record(session, by, "level_corrected", report.id)
        assessment = assessment_of(
            session, services.keys, interview, report.version, newest_decision(session, interview_id)
        )
        for connector in services.settings.connectors:
            plan_delivery(session, services.keys, assessment, "correction", report.version, connector)
        return report


def _held(session: Session, interview_id: str) -> tuple[Interview, Report]:
    """The interview, held so that versions are given out one at a time, and its newest report."""
    interview = session.exec(select(Interview).where(Interview.id == interview_id).with_for_update()).first()
    if interview is None:
        raise InterviewUnknown("there is no interview with this id")
    report = newest_report(session, interview_id)
    if report is None:
        raise ReportMissing("there is no report yet")
    return interview, report
