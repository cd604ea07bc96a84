"""Which question comes next, as plain functions over the rows of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from core.tables import Answer, Interview, Position, Question
from dialogue.interview_clock import TIMED_STAGES
from dialogue.resume_questions import ResumeQuestion
from hr_bridge.position import Form, PositionProfile
from scoring.rubric import question as library_question

BACKGROUND_FORM = ("last_work", "years", "trade", "certificates")


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """A question before it is a row. `source` says where its text comes from."""

    stage: str
    source: str
    competency: str | None = None


OWN_QUESTIONS = PlannedQuestion("own_questions", "own")
"""The place for what the candidate asks us."""


def plan_before_start(profile: PositionProfile) -> list[PlannedQuestion]:
    """The offer of a résumé, the basic facts, and a place for the candidate's own questions."""
    return [
        PlannedQuestion("background", "resume_offer"),
        *(PlannedQuestion("facts", f"fact_{fact.key}") for fact in profile.must_have_facts),
        OWN_QUESTIONS,
    ]


def plan_background_form() -> list[PlannedQuestion]:
    return [PlannedQuestion("background", source) for source in BACKGROUND_FORM]


def plan_interview(
    profile: PositionProfile, drawn: Sequence[ResumeQuestion], form: Form = "a"
) -> list[PlannedQuestion]:
    """The opening, the core questions (the same for all who get `form` of this version), and those from the résumé."""
    plan = [PlannedQuestion("opening", "opening")]
    for kind in ("structured", "situational"):
        for competency in profile.competencies:
            for key in competency.questions_of(form):
                if library_question(key).kind == kind:
                    plan.append(PlannedQuestion(kind, key, competency.key))
    plan += [PlannedQuestion("resume", f"resume_{n}", question.competency) for n, question in enumerate(drawn, 1)]
    return plan


def profile_of(session: Session, interview: Interview) -> PositionProfile:
    return PositionProfile.model_validate(session.get_one(Position, interview.position_id).profile)


def add_to_plan(session: Session, interview: Interview, planned: Sequence[PlannedQuestion]) -> list[Question]:
    """Write planned questions as rows, once: what is there already stays. Scored ones are numbered from 1."""
    existing = {row.source: row for row in questions_of(session, interview.id)}
    number = max((row.number or 0 for row in existing.values()), default=0)
    rows = []
    for question in planned:
        if question.source in existing:
            rows.append(existing[question.source])
            continue
        if question.competency:
            number += 1
        row = Question(
            interview_id=interview.id,
            stage=question.stage,
            position=len(existing) + len(rows),
            source=question.source,
            competency=question.competency,
            number=number if question.competency else None,
        )
        session.add(row)
        rows.append(row)
    session.flush()
    return rows


def questions_of(session: Session, interview_id: str) -> list[Question]:
    """All questions of an interview, in order."""
    rows = select(Question).where(Question.interview_id == interview_id).order_by(col(Question.position))
    return list(session.exec(rows))


def open_question(session: Session, interview_id: str) -> Question | None:
    """The one that has been asked and waits for an answer."""
    for question in questions_of(session, interview_id):
        if question.asked_at and not question.closed_at:
            return question
    return None


def next_question(session: Session, interview_id: str, stage: str) -> Question | None:
    """The open question of this stage, or the first of it that has not been asked."""
    waiting = [q for q in questions_of(session, interview_id) if q.stage == stage and not q.closed_at]
    return next((q for q in waiting if q.asked_at), waiting[0] if waiting else None)


def leave_unasked(session: Session, interview_id: str, at: datetime) -> int:
    """Close every timed question that was never asked; how many there are, also when it is done again.

    "Not asked" is not a zero.
    """
    rest = [q for q in questions_of(session, interview_id) if q.stage in TIMED_STAGES and not q.asked_at]
    for question in rest:
        question.closed_at = question.closed_at or at
    return len(rest)


def answers_to(session: Session, question_id: str) -> list[Answer]:
    return list(session.exec(select(Answer).where(Answer.question_id == question_id).order_by(col(Answer.id))))
