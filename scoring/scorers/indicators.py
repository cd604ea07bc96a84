"""Which observable behaviour of the library a quote comes nearest to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from scoring.engines.embedder import FloatArray
from scoring.engines.reader import Reader
from scoring.transcript import read_answer


def nearest_indicator(quote: str, phrases: Sequence[str], reader: Reader) -> str:
    """Return the phrase nearest in meaning to `quote`, or "" where the competency has none in this language."""
    if not phrases:
        return ""
    known = _vectors(tuple(phrases), reader)
    center = known.mean(0)
    vector = _vector(quote, reader) - center
    rest = known - center
    nearness = rest @ vector / (np.linalg.norm(rest, axis=1) * max(float(np.linalg.norm(vector)), 1e-6))
    return phrases[int(nearness.argmax())]


@lru_cache(maxsize=256)
def _vectors(phrases: tuple[str, ...], reader: Reader) -> FloatArray:
    return np.stack([_vector(phrase, reader) for phrase in phrases])


def _vector(text: str, reader: Reader) -> FloatArray:
    return np.asarray(reader.read(read_answer(text, ""), "").tokens.mean(0))
