"""What was asked and what was said, as the scorer and the report read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from core.content import Language
from core.encryption import DataKey
from core.tables import Answer, Interview, Position, Question, Recording
from hr_bridge.policy import load_policy
from hr_bridge.position import PositionProfile
from hr_bridge.resume.prior_pay import mask_prior_pay
from scoring.rubric import question as library_question

FOLLOW_UP_BREAK = "\n"
LOW_CONFIDENCE = 0.6
"""Mean word confidence under which a transcript is scored only after the candidate confirmed it."""
POOR_SOUND = 0.7
"""The most that a transcript of poor sound is worth."""


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """An answered question of the scored kind. `answer` is the copy that everything reads: the answer, then on new
    lines the one to the follow-up and what came late, prior pay masked where the policy says so. Offsets of evidence
    count in it.

    Of transcripts that were hard to make out and not confirmed it holds blanks in their place; `withheld` where nothing
    else was said. `transcript_confidence` (0-1) is the mean over what was spoken and typed, None for typed text alone.
    """

    question_id: str
    competency: str
    stage: str
    question: str
    answer: str
    transcript_confidence: float | None = None
    withheld: bool = False


def asked_text(question: Question, language: Language, key: DataKey) -> str:
    """The words of a core or résumé question."""
    if question.text_sealed is not None:
        return key.open(question.text_sealed)
    return library_question(question.source).text.text(language)


def read_answer(session: Session, question_id: str, key: DataKey, policy: str) -> str | None:
    """The readable copy of what was answered to a question, or None when nothing was."""
    rows = _answers(session, question_id)
    return _readable([key.open(row.text_sealed) for row, _ in rows], policy) if rows else None


def is_withheld(answer: Answer, recording: Recording | None) -> bool:
    """Whether an answer is a transcript that nobody may be judged on: hard to make out, and not confirmed."""
    if recording is None or answer.transcript_confirmed:
        return False
    return (recording.transcript_confidence or 0.0) < LOW_CONFIDENCE


def confidence_of(answer: Answer, recording: Recording | None) -> float | None:
    """How far the words of an answer are the candidate's: None where they were typed or corrected by hand.

    A confirmed transcript counts as heard well enough; poor sound lowers what the recogniser was sure of.
    """
    if recording is None or recording.corrected_at is not None:
        return None
    confidence = recording.transcript_confidence or 0.0
    if answer.transcript_confirmed:
        confidence = max(confidence, LOW_CONFIDENCE)
    return min(confidence, POOR_SOUND) if recording.verdict == "poor" else confidence


def _answers(session: Session, question_id: str) -> list[tuple[Answer, Recording | None]]:
    rows = select(Answer).where(Answer.question_id == question_id).order_by(col(Answer.id))
    return [(row, session.get(Recording, row.recording_id) if row.recording_id else None) for row in session.exec(rows)]


def _readable(texts: Sequence[str], policy: str) -> str:
    text = FOLLOW_UP_BREAK.join(texts)
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
        given = _answers(session, row.id)
        if not given:
            continue
        texts = [key.open(answer.text_sealed) for answer, _ in given]
        held = [is_withheld(answer, recording) for answer, recording in given]
        shown = [" " * len(text) if blank else text for text, blank in zip(texts, held, strict=True)]
        found.append(
            ScoredAnswer(
                row.id,
                row.competency,
                row.stage,
                asked_text(row, language, key),
                _readable(shown, profile.policy),
                _confidence(given, texts, held),
                all(held),
            )
        )
    return found


def _confidence(
    given: Sequence[tuple[Answer, Recording | None]], texts: Sequence[str], held: Sequence[bool]
) -> float | None:
    """Mean over the parts that are scored, by their length; typed ones count as certain."""
    parts = [
        (confidence_of(answer, recording), len(text))
        for (answer, recording), text, blank in zip(given, texts, held, strict=True)
        if not blank
    ]
    length = sum(size for _, size in parts)
    if not length or all(confidence is None for confidence, _ in parts):
        return None
    return sum((1.0 if confidence is None else confidence) * size for confidence, size in parts) / length
