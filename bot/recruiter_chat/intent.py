"""Which of the questions that the records can answer a question is: by the nearest of the written phrases.

Two likenesses are added: of the sentence encoder the app has loaded anyway, and of the letters themselves. Weight and
threshold were chosen on the seen half of the measured questions; docs/recruiter-chat.md has the figures.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import yaml

from bot.recruiter_chat.slots import Slots, fold
from core.content import Language
from scoring.engines.embedder import FloatArray

LETTERS_WEIGH: Final = 0.5
SURE_FROM: Final = 0.38
NAMED: Final = 0.20
HINTED: Final = 0.10
NONE: Final = "none"
COUNTS: Final[Mapping[Language, Sequence[str]]] = {
    "zh": ("多少", "几个", "几位", "几人", "人数", "总共", "一共"),
    "en": ("how many", "number of", "count", "total"),
}
OF_PEOPLE: Final = frozenset({"summary", "why", "state", "pay", "said", NONE})
OF_SEVERAL: Final = frozenset({"compare"})
_PHRASES: Final = Path(__file__).with_name("phrases.yml")

Encode = Callable[[str], FloatArray]
"""A text to what it is about, a vector."""


@dataclass(frozen=True, slots=True)
class Intent:
    name: str
    likeness: float


class Intents:
    """The phrases with their vectors, which are kept in `store` once they were computed: there are hundreds."""

    def __init__(self, encode: Encode, encoder: str, store: Path | None = None) -> None:
        self._encode, self._encoder, self._store = encode, encoder, store
        self._ready: dict[Language, _Compared] = {}

    def of(self, slots: Slots) -> Intent:
        """The intent, among those that what is named leaves open; `none` where no phrase is near enough."""
        compared = self._compared(slots.language)
        likeness = compared.likeness(slots.masked, self._encode)
        expected = expected_intents(slots)
        scores = {
            name: _near(likeness[rows]) + expected.get(name, 0.0)
            for name, rows in compared.rows.items()
            if name in open_intents(slots)
        }
        best = max(scores, key=lambda name: scores[name])
        return Intent(best if scores[best] >= SURE_FROM or best in OF_SEVERAL else NONE, float(scores[best]))

    def _compared(self, language: Language) -> _Compared:
        if language not in self._ready:
            texts = [fold(text) for texts in phrases().values() for text in texts[language]]
            self._ready[language] = _Compared(language, texts, self._vectors(language, texts))
        return self._ready[language]

    def _vectors(self, language: Language, texts: Sequence[str]) -> FloatArray:
        mark = hashlib.sha256("\n".join((self._encoder, *texts)).encode()).hexdigest()[:16]
        file = self._store / f"recruiter-phrases-{language}-{mark}.npy" if self._store else None
        if file is not None and file.exists():
            return np.asarray(np.load(file, allow_pickle=False), dtype=np.float32)
        vectors = np.array([self._encode(text) for text in texts], dtype=np.float32)
        if file is not None:
            part = file.with_suffix(".part.npy")
            np.save(part, vectors, allow_pickle=False)
            part.replace(file)
        return vectors


def open_intents(slots: Slots) -> Collection[str]:
    """The intents that what a question names leaves open."""
    if len(slots.mentions) > 1:
        return OF_SEVERAL
    if slots.mentions:
        return OF_PEOPLE
    return phrases().keys() - OF_SEVERAL


def expected_intents(slots: Slots) -> Mapping[str, float]:
    """What the things that are named make likely by themselves: points added to a likeness."""
    if slots.competency:
        return {"why": NAMED} if slots.mentions else {"best": NAMED}
    if slots.mentions:
        return {}
    if slots.filter:
        counts = any(cue in slots.masked for cue in COUNTS[slots.language])
        return {"count": NAMED, "list": HINTED} if counts else {"list": NAMED, "count": HINTED}
    return dict.fromkeys(("pipeline", "best", "count", "list"), HINTED) if slots.positions else {}


@cache
def phrases() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Intent → language → phrases."""
    found: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(_PHRASES.read_text("utf-8"))
    return found


class _Compared:
    def __init__(self, language: Language, texts: Sequence[str], vectors: FloatArray) -> None:
        self.rows: dict[str, list[int]] = {}
        at = 0
        for name, by_language in phrases().items():
            self.rows[name] = list(range(at, at + len(by_language[language])))
            at += len(by_language[language])
        self._common = vectors.mean(0)
        self._vectors = _unit(vectors - self._common)
        self._letters = Letters(texts)

    def likeness(self, text: str, encode: Encode) -> FloatArray:
        """Of the text to every phrase, about 0 to 1."""
        by_meaning = self._vectors @ _unit(encode(text) - self._common)
        by_letters = self._letters.likeness(text)
        return np.asarray((1 - LETTERS_WEIGH) * by_meaning + LETTERS_WEIGH * by_letters, dtype=np.float32)


class Letters:
    """Likeness by shared pieces, the rare ones counting more: one to three characters in Chinese, words and pieces of
    words in English."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [Counter(pieces(text)) for text in texts]
        spread = Counter(piece for counts in counted for piece in counts)
        self._rarity = {piece: math.log((1 + len(texts)) / (1 + found)) + 1 for piece, found in spread.items()}
        self._places = {piece: place for place, piece in enumerate(self._rarity)}
        self._rows = np.array([self._weighed(counts) for counts in counted], dtype=np.float32)

    def likeness(self, text: str) -> FloatArray:
        return np.asarray(self._rows @ self._weighed(Counter(pieces(text))), dtype=np.float32)

    def _weighed(self, counts: Mapping[str, int]) -> FloatArray:
        row, unknown = np.zeros(len(self._places), np.float32), 0.0
        most = math.log(len(self._places) + 1) / 2
        for piece, times in counts.items():
            if piece in self._places:
                row[self._places[piece]] = (1 + math.log(times)) * self._rarity[piece]
            else:
                unknown += most
        return np.asarray(row / (math.sqrt(float(row @ row) + unknown) + 1e-9), dtype=np.float32)


def pieces(text: str) -> list[str]:
    words = re.findall(r"[^\W_㐀-鿿]+", text)
    letters = [f"<{word}>"[at : at + 4] for word in words for at in range(max(1, len(word) - 1))]
    pairs = [" ".join(pair) for pair in pairwise(words)]
    han = re.findall(r"[㐀-鿿]", text)
    runs = ["".join(han[at : at + length]) for length in (1, 2, 3) for at in range(len(han) - length + 1)]
    return [*words, *pairs, *letters, *runs]


def _near(likeness: FloatArray) -> float:
    """The mean of the two nearest phrases: one that is near by chance is not enough."""
    return float(np.sort(likeness)[-2:].mean())


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / (np.linalg.norm(rows, axis=-1, keepdims=True) + 1e-9), dtype=np.float32)
