"""What was asked and what was said, as the scorer and the report read it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from core.content import Language
from core.encryption import DataKey
from core.tables import Answer, Interview, Position, Question
from hr_bridge.policy import load_policy
from hr_bridge.position import PositionProfile
from hr_bridge.resume.prior_pay import mask_prior_pay
from scoring.rubric import question as library_question

FOLLOW_UP_BREAK = "\n"


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """An answered question of the scored kind. `answer` is the copy that everything reads: the answer, then the one
    to the follow-up on a new line, prior pay masked where the policy says so. Offsets of evidence count in it."""

    question_id: str
    competency: str
    stage: str
    question: str
    answer: str


def asked_text(question: Question, language: Language, key: DataKey) -> str:
    """The words of a core or résumé question."""
    if question.text_sealed is not None:
        return key.open(question.text_sealed)
    return library_question(question.source).text.text(language)


def read_answer(session: Session, question_id: str, key: DataKey, policy: str) -> str | None:
    """The readable copy of what was answered to a question, or None when nothing was."""
    rows = session.exec(select(Answer).where(Answer.question_id == question_id).order_by(col(Answer.id))).all()
    if not rows:
        return None
    text = FOLLOW_UP_BREAK.join(key.open(row.text_sealed) for row in rows)
    return mask_prior_pay(text) if load_policy(policy).prior_pay == "never" else text


def scored_answers(session: Session, interview: Interview, key: DataKey) -> list[ScoredAnswer]:
    """Every answered question with a competency, in the order asked."""
    profile = PositionProfile.model_validate(session.get_one(Position, interview.position_id).profile)
    language: Language = "en" if interview.language == "en" else "zh"
    rows = session.exec(
        select(Question).where(Question.interview_id == interview.id).order_by(col(Question.position))
    ).all()
    found = []
    for row in rows:
        if row.competency is None or row.skipped_at is not None:
            continue
        answer = read_answer(session, row.id, key, profile.policy)
        if answer is not None:
            found.append(ScoredAnswer(row.id, row.competency, row.stage, asked_text(row, language, key), answer))
    return found
