"""What a job description speaks of: each clause is shared out among the competencies of the library.

A clause and a competency are compared by the last layer of the sentence encoder, without what all competencies have in
common; a softmax over the library makes shares of the cosines. Evidence for a prior, no more: a clause is short, and
few name a competency outright.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

import numpy as np

from core.content import Language
from hr_bridge.position import PositionProfile
from hr_bridge.profile.shapes import SentenceMatch
from scoring.engines.embedder import FloatArray, compute_on_one_core
from scoring.engines.reader import TOPIC_LAYERS, Reader
from scoring.rubric import load_library

TEMPERATURE: Final = 0.1
"""Of the softmax over cosines."""
MOST_CLAUSES: Final = 60
_SHORTEST: Final = 3
_ENDS: Final = re.compile(r"[。；：，！？\n]+|[;:,.!?](?=\s|$)")
_TELLING_ANCHORS: Final = (3, 4, 5)


class DescriptionMatcher:
    """Compares clauses with the library; what the library says is read once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def match(self, profile: PositionProfile) -> tuple[SentenceMatch, ...]:
        """Share out the clauses of the description, or of the summary where there is none, in the position's first
        language. Takes a second the first time."""
        language = profile.languages[0]
        return self.match_text((profile.description or profile.summary).text(language), language)

    def match_text(self, text: str, language: Language) -> tuple[SentenceMatch, ...]:
        """Share out the clauses of a text, the first 60 of them."""
        compute_on_one_core()
        keys, library = self._zh if language == "zh" else self._en
        common = library.mean(0)
        directions = _unit(library - common)
        matches = []
        for clause in clauses(text)[:MOST_CLAUSES]:
            cosines = directions @ _unit(self._vector(clause) - common)
            odds = np.exp((cosines - cosines.max()) / TEMPERATURE)
            shares = odds / odds.sum()
            matches.append(SentenceMatch(clause, dict(zip(keys, map(float, shares), strict=True))))
        return tuple(matches)

    @cached_property
    def _zh(self) -> tuple[tuple[str, ...], FloatArray]:
        return self._library("zh")

    @cached_property
    def _en(self) -> tuple[tuple[str, ...], FloatArray]:
        return self._library("en")

    def _library(self, language: Language) -> tuple[tuple[str, ...], FloatArray]:
        """Keys, and a vector each [competencies, width]: the mean of the definition and the anchors that say how it is
        when it is there."""
        library = load_library()
        vectors = []
        for competency in library.values():
            title, definition = competency.title.text(language), competency.definition.text(language)
            anchors = [competency.anchors[level].text(language) for level in _TELLING_ANCHORS]
            said = [f"{title}：{definition}" if language == "zh" else f"{title}: {definition}", *anchors]
            vectors.append(np.mean([self._vector(text) for text in said], axis=0))
        return tuple(library), _unit(np.array(vectors, dtype=np.float32))

    def _vector(self, text: str) -> FloatArray:
        topic = self._reader.topic_of(text)
        return _unit(np.split(topic, len(TOPIC_LAYERS))[-1])


def clauses(text: str) -> list[str]:
    """Return the parts of a text between its punctuation, without what is too short to say anything."""
    parts = (part.strip() for part in _ENDS.split(text))
    return [part for part in parts if len(part) >= _SHORTEST]


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / (np.linalg.norm(rows, axis=-1, keepdims=True) + 1e-9), dtype=np.float32)
