"""How much a passage sounds like filler, or like talk to the scorer, and not like an answer: two lines in USE-m3 space.

USE-m3 puts Chinese and English on one scale, so a plea is known in either language and in words that no pattern lists.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from scoring.scorers.indicators import phrase_vectors

PassageKind = Literal["neutral", "plea"]
KINDS: Final[tuple[PassageKind, ...]] = ("neutral", "plea")
WEIGHTS: Final = Path(__file__).resolve().parent.parent / "heads" / "passage-kinds.safetensors"


class Likeness(NamedTuple):
    """Log odds of each kind against "part of an answer", one number a passage."""

    neutral: npt.NDArray[np.float64]
    plea: npt.NDArray[np.float64]


def likeness(passages: tuple[str, ...]) -> Likeness:
    """Return how much each passage is like each of KINDS; the same passages give the same numbers."""
    weights, bias = _lines()
    odds = phrase_vectors(passages).astype(np.float64) @ weights.T + bias if passages else np.zeros((0, len(KINDS)))
    return Likeness(odds[:, 0], odds[:, 1])


@cache
def _lines() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    arrays = load_file(WEIGHTS)
    return arrays["weights"].astype(np.float64), arrays["bias"].astype(np.float64)
