"""Which approved fact answers a candidate's question, if any. A wrong fact is worse than none: where in doubt, a person
answers. Threshold and lead were chosen on the seen half of the measured questions (docs/recruiter-chat.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from bot.recruiter_chat.intent import Encode, Letters
from bot.recruiter_chat.slots import fold
from core.content import Language

SURE_FROM: Final = 0.35
LEAD: Final = 0.05
"""So far ahead of the next topic a match has to be."""
LETTERS_WEIGH: Final = 0.5
LONGEST: Final = 120
"""Characters; a longer text asks several things at once."""
OTHER: Final = "other"
_QUESTIONS: Final = Path(__file__).with_name("fact_questions.yml")


@dataclass(frozen=True, slots=True)
class KnownFact:
    """`key` is a topic of the position's profile, or an approved answer's id with the question it was approved for."""

    key: str
    answer: str
    question: str = ""


class FactMatcher:
    """Compares a question with those that each fact answers, and with those that no fact answers."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._vectors: dict[str, Any] = {}

    def match(self, question: str, language: Language, facts: Sequence[KnownFact]) -> KnownFact | None:
        """The fact that answers the question; None where none is near enough, or two are as near."""
        text = fold(question)
        if not text or len(text) > LONGEST or not facts:
            return None
        likeness = self.likeness(text, language, facts)
        ranked = sorted(likeness, key=lambda key: likeness[key], reverse=True)
        best, next_best = ranked[0], likeness[ranked[1]] if len(ranked) > 1 else 0.0
        if likeness[best] < SURE_FROM or likeness[best] - next_best < LEAD:
            return None
        return next((fact for fact in facts if fact.key == best), None)

    def likeness(self, text: str, language: Language, facts: Sequence[KnownFact]) -> Mapping[str, float]:
        """Of the question to each topic and each approved question, about 0 to 1."""
        asked = [(topic, fold(one)) for topic, by_language in topics().items() for one in by_language[language]]
        asked += [(fact.key, fold(fact.question)) for fact in facts if fact.question]
        vectors = np.array([self._vector(one) for _, one in asked], dtype=np.float32)
        common = vectors.mean(0)
        near = _unit(vectors - common) @ _unit(self._encode(text) - common)
        letters = Letters([one for _, one in asked]).likeness(text)
        both = (1 - LETTERS_WEIGH) * near + LETTERS_WEIGH * letters
        found: dict[str, float] = {}
        for (key, _), value in zip(asked, both, strict=True):
            found[key] = max(found.get(key, -1.0), float(value))
        return found

    def _vector(self, text: str) -> Any:
        if text not in self._vectors:
            self._vectors[text] = self._encode(text)
        return self._vectors[text]


@cache
def topics() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Topic → language → questions."""
    found: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(_QUESTIONS.read_text("utf-8"))
    return found


def _unit(rows: Any) -> Any:
    return rows / (np.linalg.norm(rows, axis=-1, keepdims=True) + 1e-9)
