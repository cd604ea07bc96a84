"""Whether an answer deserves a follow-up: the slow part of a turn, begun before Rasa is told of the answer.

The manager begins the look as soon as it knows a text for an answer, while the rows are still being written; the
action, which Rasa calls a moment later, waits for what is left of it. An action in another process than the manager's
looks for itself: the answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

from sqlmodel import Session

from core.content import Language
from core.encryption import DataKey
from core.tables import Answer, Interview, Question
from dialogue.interview_clock import time_left_s
from dialogue.interview_plan import answers_to
from dialogue.notice import language_of
from scoring.score import Kind
from scoring.scored_answers import asked_text

FOLLOWED_UP_STAGES = ("structured", "situational")
LOOKS_AT_ONCE = 2
MOST_KEPT = 100

MissingStarPart = Callable[[str, str, Language, Kind], str | None]
"""(question, answer, language, stage) → the STAR part that a follow-up should ask for, or None."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What a look at an answer needs."""

    question: str
    answer: str
    language: Language
    stage: Kind


class FollowUps:
    """Looks at answers, each once. Safe to use from any thread."""

    def __init__(self, missing_star_part: MissingStarPart) -> None:
        self._missing_star_part = missing_star_part
        self._pool = ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix="follow-up")
        self._begun: dict[Glance, Future[str | None]] = {}

    def begin(self, glance: Glance) -> None:
        """Start to look at an answer, unless that is under way."""
        while len(self._begun) >= MOST_KEPT:  # turns that were cut off, or became something else than an answer
            self._begun.pop(next(iter(self._begun)), None)
        if glance not in self._begun:
            self._begun[glance] = self._pool.submit(self._look, glance)

    def missing_part(self, glance: Glance) -> str | None:
        """The STAR part to ask for, or None."""
        begun = self._begun.pop(glance, None)
        return begun.result() if begun is not None else self._look(glance)

    def _look(self, glance: Glance) -> str | None:
        return self._missing_star_part(glance.question, glance.answer, glance.language, glance.stage)


def glance_at(session: Session, interview: Interview, answer_id: str, key: DataKey) -> Glance | None:
    """What to look at, or None where no follow-up can be asked: another kind of question, one asked already, no time."""
    answer = session.get_one(Answer, answer_id)
    question = session.get_one(Question, answer.question_id)
    if not _may_be_followed_up(interview, question) or answers_to(session, question.id)[0].id != answer_id:
        return None
    return _glance(interview, question, key.open(answer.text_sealed), key)


def glance_ahead(
    session: Session, interview: Interview, question: Question | None, text: str, key: DataKey
) -> Glance | None:
    """The same for a text that will most likely be the answer to the open question, before it is stored as one."""
    if question is None or not _may_be_followed_up(interview, question) or answers_to(session, question.id):
        return None
    return _glance(interview, question, text, key)


def _may_be_followed_up(interview: Interview, question: Question) -> bool:
    if question.stage not in FOLLOWED_UP_STAGES or question.closed_at or question.follow_up:
        return False
    return time_left_s(interview) != 0


def _glance(interview: Interview, question: Question, text: str, key: DataKey) -> Glance:
    language = language_of(interview)
    return Glance(asked_text(question, language, key), text, language, cast(Kind, question.stage))
