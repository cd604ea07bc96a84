"""What a reviewer should know about how an answer came to be. It never changes a number.

Texts are compared in memory when the report is made; ids and a figure are all that is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sqlmodel import Session, col, select

from core.clock import now
from core.content import Language
from core.encryption import DataKey, KeyRing
from core.errors import MianshiError
from core.tables import Answer, Candidate, IntegritySignal, Interview, Position, Question, TypedInput
from scoring.resemblance import overlap, runs, share_found
from scoring.rubric import parallel_form
from scoring.scored_answers import asked_text

Kind = Literal["similar_answer", "parallel_form", "pasted", "fast_typing"]
Runs = frozenset[tuple[str, ...]]

SIMILAR_FROM: Final = 0.5
"""Of 66,156 pairs of real answers by different people the closest shared .16; with one word in ten left out, 19 of 20
copies still share .58 or more."""
FOLLOWS_FROM: Final = 0.5
"""The most of another question that turned up in any of 505 real answers was .30."""
SHORTEST_QUESTION: Final = 5
PASTED_FROM: Final = 0.5
FEWEST_CHARACTERS: Final = 40
FASTEST: Final[Mapping[Language, float]] = {"zh": 8.0, "en": 15.0}
"""Characters a second: about twice a practised typist."""
MOST_COMPARED: Final = 3_000
"""Interviews of a position, newest first, so that a large one does not hold the report up."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing noticed; `value` is a share, of fast typing characters a second."""

    question_id: str
    kind: Kind
    value: float
    other_interview_id: str | None = None
    other_question_id: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class _Given:
    """One scored question of an interview with what was said to it."""

    interview_id: str
    question: Question
    text: str
    said: Runs
    asked: Runs


def find_signals(session: Session, keys: KeyRing, interview: Interview) -> list[Signal]:
    """Look at every scored answer of an interview, and at those of other people for the same position."""
    own = list(_given(session, keys, interview))
    found: dict[tuple[str, Kind], Signal] = {}
    for other in _others(session, interview):
        try:
            for theirs in _given(session, keys, other):
                for mine in own:
                    for signal in _compared(mine, theirs):
                        known = found.get((signal.question_id, signal.kind))
                        if known is None or signal.value > known.value:
                            found[signal.question_id, signal.kind] = signal
        except MianshiError:
            continue  # erased meanwhile, or unreadable: nobody's report waits for it
    return [*found.values(), *_typing(session, interview, own)]


def keep_signals(session: Session, interview_id: str, signals: list[Signal]) -> None:
    """Store what is new inside the caller's transaction; each kind once a question."""
    known = {
        (row.question_id, row.kind)
        for row in session.exec(select(IntegritySignal).where(IntegritySignal.interview_id == interview_id))
    }
    for signal in signals:
        if (signal.question_id, signal.kind) not in known:
            session.add(
                IntegritySignal(
                    interview_id=interview_id,
                    question_id=signal.question_id,
                    kind=signal.kind,
                    value=round(signal.value, 3),
                    other_interview_id=signal.other_interview_id,
                    other_question_id=signal.other_question_id,
                    noticed_at=now(),
                )
            )


def _others(session: Session, interview: Interview) -> Iterator[Interview]:
    position = session.get_one(Position, interview.position_id)
    rows = (
        select(Interview)
        .join(Position, col(Interview.position_id) == col(Position.id))
        .where(
            Position.key == position.key,
            Interview.candidate_id != interview.candidate_id,
            Interview.language == interview.language,
            col(Interview.started_at).is_not(None),
        )
    )
    yield from session.exec(rows.order_by(col(Interview.id).desc()).limit(MOST_COMPARED))


def _given(session: Session, keys: KeyRing, interview: Interview) -> Iterator[_Given]:
    """Scored questions of an interview that were asked. Raises CandidateErased."""
    key = keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
    language: Language = "en" if interview.language == "en" else "zh"
    rows = select(Question).where(
        Question.interview_id == interview.id,
        col(Question.competency).is_not(None),
        col(Question.asked_at).is_not(None),
    )
    texts = _texts(session, interview.id, key)
    for question in session.exec(rows):
        text = texts.get(question.id, "")
        yield _Given(interview.id, question, text, runs(text), runs(asked_text(question, language, key)))


def _texts(session: Session, interview_id: str, key: DataKey) -> dict[str, str]:
    texts: dict[str, str] = {}
    for answer in session.exec(select(Answer).where(Answer.interview_id == interview_id).order_by(col(Answer.id))):
        texts[answer.question_id] = texts.get(answer.question_id, "") + "\n" + key.open(answer.text_sealed)
    return texts


def _compared(mine: _Given, theirs: _Given) -> Iterator[Signal]:
    similar = overlap(mine.said, theirs.said)
    if similar >= SIMILAR_FROM:
        yield Signal(mine.question.id, "similar_answer", similar, theirs.interview_id, theirs.question.id)
    if (
        mine.question.competency == theirs.question.competency
        and "resume" not in (mine.question.stage, theirs.question.stage)
        and theirs.question.source in parallel_form(mine.question.source)
        and len(theirs.asked) >= SHORTEST_QUESTION
    ):
        follows = share_found(theirs.asked, mine.said)
        if follows >= FOLLOWS_FROM and follows > share_found(theirs.asked, mine.asked):
            yield Signal(mine.question.id, "parallel_form", follows, theirs.interview_id, theirs.question.id)


def _typing(session: Session, interview: Interview, own: list[_Given]) -> Iterator[Signal]:
    """What the web page saw of pasting and typing; nothing where it saw only a part of an answer."""
    seen = {row.turn_id: row for row in session.exec(select(TypedInput).where(TypedInput.interview_id == interview.id))}
    turns: dict[str, list[str]] = {}
    for answer in session.exec(select(Answer).where(Answer.interview_id == interview.id)):
        turns.setdefault(answer.question_id, []).append(answer.turn_id)
    fastest = FASTEST["en" if interview.language == "en" else "zh"]
    for given in own:
        inputs = [seen.get(turn_id) for turn_id in turns.get(given.question.id, [])]
        length = len(given.text.strip())
        if not inputs or None in inputs or length < FEWEST_CHARACTERS:
            continue
        pasted = min(sum(i.pasted_chars for i in inputs if i), length)
        seconds = sum(i.typing_ms for i in inputs if i) / 1000
        typed = length - pasted
        if pasted >= FEWEST_CHARACTERS and pasted >= PASTED_FROM * length:
            yield Signal(given.question.id, "pasted", pasted / length)
        elif typed >= FEWEST_CHARACTERS and seconds > 0 and typed / seconds > fastest:
            yield Signal(given.question.id, "fast_typing", typed / seconds)
