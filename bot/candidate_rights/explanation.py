"""How an outcome came about, for the person it is about (GDPR Art. 15(1)(h), PIPL Art. 24 and 48): facts alone, to be
said in plain words.

It holds what was asked, how much each competency counts, what was found in the candidate's own words, what the system
did and what people did. It never holds the anchors of a question, the employer's pay band, another candidate, or the
name of a reviewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.accounts import record
from bot.candidate_rights.door import Holder
from bot.candidate_rights.standing import told_outcome
from bot.services import Services
from core.content import Language
from core.encryption import DataKey
from core.tables import (
    AuditEntry,
    Candidate,
    Interview,
    Position,
    Question,
    Recording,
    Report,
    ReviewerRating,
    SecondRating,
)
from dialogue.notice import advances_by_itself, language_of, who_decides
from hr_bridge.match import score_from_level
from hr_bridge.position import PositionProfile
from scoring.feedback import MASK
from scoring.findings import CompetencyFacts
from scoring.report import newest_decision, newest_report
from scoring.report_facts import report_facts
from scoring.scored_answers import asked_text

Found = Literal["above", "meets", "below", "not_scored"]
CLEARLY: Final = 0.5
"""BARS levels over what the position asks for from which it is called more than that."""


@dataclass(frozen=True, slots=True, repr=False)
class ExplainedCompetency:
    """One competency. `weight` is its share of the match (0 to 1), `score` 0-100; quotes are verbatim."""

    title: str
    weight: float
    score: float | None
    found: Found
    not_scored_because: str | None
    questions: tuple[str, ...]
    quotes: tuple[str, ...]
    corrected: bool


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """`outcome` is what the candidate was told, None before that; `by_rule` where the position advanced them by itself.
    Counts are of people's acts: how many opened the evidence, rated, corrected a level, played a recording."""

    position: str
    match: float | None
    pass_line: float
    competencies: tuple[ExplainedCompetency, ...]
    model: str
    scored_at: datetime
    asked_on: datetime | None
    second_model: str | None
    spoken_counts: bool
    who_decides: str
    may_advance_by_itself: bool
    outcome: Literal["advance", "reject"] | None
    decided_at: datetime | None
    by_rule: bool
    people_opened: int
    people_rated: int
    people_corrected: int
    people_played: int


def explain_outcome(services: Services, holder: Holder) -> Explanation | None:
    """The explanation, and a line in the audit trail that it was given; None where nothing was scored. Raises
    CandidateErased."""
    with services.database.reading() as session:
        interview = session.get_one(Interview, holder.interview_id)
        report = _report_decided_on(session, interview)
        if report is None:
            return None
        key = services.keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
        found = _explain(session, interview, report, key)
    with services.database.unit_of_work() as session:
        record(session, holder.account, "outcome_explained", holder.interview_id)
    return found


def _report_decided_on(session: Session, interview: Interview) -> Report | None:
    decision = newest_decision(session, interview.id)
    seen = session.get(Report, decision.report_id) if decision is not None and decision.report_id else None
    return seen or newest_report(session, interview.id)


def _explain(session: Session, interview: Interview, report: Report, key: DataKey) -> Explanation:
    language = language_of(interview)
    profile = PositionProfile.model_validate(session.get_one(Position, report.position_id).profile)
    facts = report_facts(session, report, key)
    corrected = {one["key"] for one in report.competencies if "corrected_from" in one}
    told = told_outcome(session, interview.id)
    decision = newest_decision(session, interview.id) if told is not None else None
    second = session.exec(select(SecondRating.model).where(SecondRating.interview_id == interview.id)).first()
    spoken = report.delivery or {}
    return Explanation(
        position=profile.title.text(language),
        match=report.match,
        pass_line=profile.pass_line,
        competencies=tuple(
            _competency(one, profile, corrected, _questions(session, interview, one.key, key, language), language)
            for one in facts.competencies
        ),
        model=report.model,
        scored_at=report.reported_at,
        asked_on=interview.started_at,
        second_model=second,
        spoken_counts=bool(spoken.get("weight")),
        who_decides=who_decides(profile, language),
        may_advance_by_itself=advances_by_itself(profile),
        outcome=None if told is None else "advance" if told == "advance" else "reject",
        decided_at=decision.decided_at if decision is not None else None,
        by_rule=decision is not None and decision.by == "policy",
        people_opened=_people(session, "evidence_opened", _reports(session, interview.id)),
        people_rated=len(set(session.exec(_raters(interview.id)))),
        people_corrected=len(corrected),
        people_played=_people(session, "recording_played", _recordings(session, interview.id)),
    )


def _competency(
    one: CompetencyFacts, profile: PositionProfile, corrected: set[str], questions: tuple[str, ...], language: Language
) -> ExplainedCompetency:
    quotes = tuple(quote for answer in one.answers for quote in answer.quotes if MASK not in quote)
    reasons = [answer.unscored_reason for answer in one.answers if answer.level is None and answer.unscored_reason]
    return ExplainedCompetency(
        title=one.title.text(language),
        weight=profile.weights.get(one.key, 0.0),
        score=None if one.level is None else score_from_level(one.level),
        found=_found(one),
        not_scored_because=reasons[0] if one.level is None and reasons else None,
        questions=questions,
        quotes=tuple(dict.fromkeys(quotes)),
        corrected=one.key in corrected,
    )


def _found(one: CompetencyFacts) -> Found:
    if one.level is None:
        return "not_scored"
    if one.level < one.expected:
        return "below"
    return "above" if one.level >= one.expected + CLEARLY else "meets"


def _questions(
    session: Session, interview: Interview, competency: str, key: DataKey, language: Language
) -> tuple[str, ...]:
    """What this candidate was asked about it, in the words of the question."""
    rows = select(Question).where(
        Question.interview_id == interview.id, Question.competency == competency, col(Question.asked_at).is_not(None)
    )
    return tuple(asked_text(row, language, key) for row in session.exec(rows.order_by(col(Question.number))))


def _raters(interview_id: str) -> SelectOfScalar[str]:
    return select(ReviewerRating.reviewer).where(ReviewerRating.interview_id == interview_id)


def _reports(session: Session, interview_id: str) -> list[str]:
    return list(session.exec(select(Report.id).where(Report.interview_id == interview_id)))


def _recordings(session: Session, interview_id: str) -> list[str]:
    return list(session.exec(select(Recording.id).where(Recording.interview_id == interview_id)))


def _people(session: Session, action: str, subjects: list[str]) -> int:
    """How many people did it; programs and the policy are none."""
    rows = select(func.count(func.distinct(AuditEntry.actor))).where(
        AuditEntry.action == action, col(AuditEntry.subject).in_(subjects), col(AuditEntry.actor).startswith("user:")
    )
    return session.exec(rows).one()
