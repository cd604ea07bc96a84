"""A reviewer's level in place of the scorer's: the report is made anew with it, as a further version."""

from __future__ import annotations

from sqlmodel import Session, col, select

from core.clock import now
from core.encryption import KeyRing
from core.errors import Refused
from core.tables import Candidate, Interview, Override, Position, Report, Score, new_id
from scoring.report import make_report
from scoring.spoken import SpokenDelivery

PURPOSE = "override"


class NothingToCorrect(Refused):
    """There is no report, or the competency is not in it."""


def correct(
    session: Session,
    interview: Interview,
    before: Report,
    override: tuple[str, int, str],
    by: tuple[str, str],
    keys: KeyRing,
) -> Report:
    """Write an override, (competency, level, reason), by (account id, name), and the report that follows from it.

    The caller holds the interview; `before` is its newest report. Answers keep the scorer's levels and evidence, which
    the new version takes over. Raises NothingToCorrect.
    """
    competency, level, reason = override
    old = next((each for each in before.competencies if each["key"] == competency), None)
    if old is None:
        raise NothingToCorrect("this report has no such competency")
    version = before.version + 1
    same = select(Score).where(Score.interview_id == interview.id, Score.version == before.version)
    for score in session.exec(same.order_by(col(Score.id))).all():
        session.add(Score(**{**score.model_dump(), "id": new_id(), "version": version}))
    session.add(
        Override(
            interview_id=interview.id,
            report_version=version,
            competency=competency,
            level_before=old["level"],
            level=level,
            reviewer=by[0],
            by=by[1],
            reason_sealed=keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key).seal(
                reason, PURPOSE
            ),
            made_at=now(),
        )
    )
    session.flush()
    delivery = SpokenDelivery(**before.delivery) if before.delivery else None
    position = session.get_one(Position, before.position_id)
    return make_report(session, interview, version, position, delivery, keys)
