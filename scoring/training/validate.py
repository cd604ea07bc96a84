"""Figures of agreement: leaving out people, and leaving out whole questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from scoring.training.data import RatedAnswer

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Held = Literal["person", "question"]
HELD: Final[tuple[Held, ...]] = ("person", "question")
MIDDLE: Final = (1.75, 4.0)


def folds(rated: list[RatedAnswer], held: Held, count: int = 5, seed: int = 0) -> Iterator[tuple[Ints, Ints]]:
    """Yield (train, test) indices; test holds answers of `en` and `zh` alone, and no person (question) of train."""
    rng = np.random.default_rng(seed)
    place: dict[str, int] = {}
    for source in ("en", "zh"):
        groups = sorted({getattr(a, held) for a in rated if a.source == source})
        rng.shuffle(groups)
        place |= {group: i % count for i, group in enumerate(groups)}
    fold = np.array([place.get(getattr(a, held), -1) if a.source in ("en", "zh") else -1 for a in rated])
    original = np.array([not a.manipulated for a in rated])
    for i in range(count):
        yield np.flatnonzero(fold != i), np.flatnonzero((fold == i) & original)


def pearson(a: Floats, b: Floats) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def agreement(predicted: Floats, rated: Floats, lengths: Floats) -> dict[str, float]:
    """Return r, r among the middle levels, partial r given log length, and quadratic weighted kappa on half levels."""
    middle = (rated >= MIDDLE[0]) & (rated <= MIDDLE[1])
    design = np.c_[np.ones(len(lengths)), np.log(lengths)]

    def rest(values: Floats) -> Floats:
        return np.asarray(values - design @ np.linalg.lstsq(design, values, rcond=None)[0])

    p, t = np.round(np.clip(predicted, 1, 5) * 2) / 2, np.round(rated * 2) / 2
    by_chance = ((p[:, None] - t[None]) ** 2).mean()
    return {
        "r": pearson(predicted, rated),
        "r_middle": pearson(predicted[middle], rated[middle]),
        "partial_r": pearson(rest(predicted), rest(rated)),
        "kappa": float(1 - ((p - t) ** 2).mean() / by_chance),
        "mae": float(np.abs(predicted - rated).mean()),
    }
