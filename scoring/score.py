"""The shapes of a score: what is asked for, a value with its evidence, and "could not be scored" with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from scoring.rubric import competency_keys

Language = Literal["zh", "en"]
Kind = Literal["opening", "structured", "situational", "resume"]

COMPETENCIES: Final = competency_keys()


@dataclass(frozen=True)
class AnswerToScore:
    """One answer to one question. `language` is the interview's; the answer's own is read from its text.

    `transcript_confidence` (0-1) is the speech recogniser's mean word confidence; None for typed text.
    """

    competency: str
    question: str
    answer: str
    language: Language | None = None
    kind: Kind | None = None
    transcript_confidence: float | None = None


@dataclass(frozen=True)
class Evidence:
    """A verbatim passage: `answer[start:end] == quote`. `indicator` is the library's nearest one, or empty."""

    quote: str
    indicator: str
    start: int
    end: int


@dataclass(frozen=True)
class Star:
    """How specific each part is: 0 absent, 1 vague, 2 specific. In a plan, result is the expected outcome."""

    situation: float
    action: float
    result: float


@dataclass(frozen=True)
class Telling:
    """How an answer is told. `own` is whose deed it is as raters would see it: 0 unclear, 1 mostly "we", 2 clearly theirs.

    The rest is counted in the words: sentences in which the candidate acts, in which "we" do, and on what one ought to
    do; different numbers, times, names and verbatim remarks. `looks_back` is the passage, (start, end), that tells what
    was learned.
    """

    own: float
    own_deeds: int
    shared_deeds: int
    general: int
    numbers: int
    times: int
    names: int
    remarks: int
    looks_back: tuple[int, int] | None = None


@dataclass(frozen=True)
class DimensionShown:
    """A passage that shows a dimension of the competency: `answer[start:end]`."""

    key: str
    start: int
    end: int


@dataclass(frozen=True)
class AnswerScore:
    """`score` 0-100 and `level` 1-5, or both None with an `unscored_reason`; `confidence` 0-1; `relevance` 0-2."""

    score: float | None
    level: float | None
    confidence: float
    evidence: tuple[Evidence, ...]
    star: Star
    relevance: float
    unscored_reason: str | None
    model: str
    dimensions: tuple[DimensionShown, ...] = ()
    telling: Telling | None = None

    @classmethod
    def unscored(cls, reason: str, model: str) -> AnswerScore:
        """Not a zero: the answer could not be judged, for a reason that a recruiter understands."""
        return cls(None, None, 0.0, (), Star(0.0, 0.0, 0.0), 0.0, reason, model)

    def to_json(self) -> dict[str, Any]:
        """The document of `mianshi score --json`."""
        return {
            "score": self.score,
            "level": self.level,
            "confidence": self.confidence,
            "evidence": [
                {"quote": e.quote, "indicator": e.indicator, "start": e.start, "end": e.end} for e in self.evidence
            ],
            "star": {"situation": self.star.situation, "action": self.star.action, "result": self.star.result},
            "relevance": self.relevance,
            "unscored_reason": self.unscored_reason,
            "model": self.model,
        }
