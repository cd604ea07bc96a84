"""New weights for a position, from what became of its hires, tried out on later hires that had no part in them.

**Proposal** (ridge regression shrunk to the present weights). With scores x, performance y, present weights w0 and m0
the present match, the slope c of y on m0 is found by least squares; then b minimises

    |y - X b|² + k |b - c w0|²          (X and y centred)     b = (X'X + k I)⁻¹ (X'y + k c w0)

as A. E. Hoerl and R. W. Kennard, "Ridge regression" (Technometrics 12, 1970), with the prior mean in place of 0. k, from
nearly none to nothing but the present weights, is what predicts best in ten-fold cross-validation *within* the training
hires. New weights are b as shares, none under `LEAST` and none changed by more than `MOST_MOVED`, in whole per cents.

**Back-test**: hires are put in order of their start; the latest `LATER` of them are never trained on. There the match under
new and present weights is correlated with performance, and the difference of these two correlations (they share the
outcome) must be above 0 with its whole 90 % interval: G. Y. Zou, "Toward using confidence intervals to compare
correlations" (Psychological Methods 12, 2007). So weights without any advantage pass at most one time in twenty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hr_bridge.insights.validity.association import Array, varies
from hr_bridge.profile.effects import to_z

FEWEST_TRAINED: Final = 40
FEWEST_LATER: Final = 20
LATER: Final = 1 / 3
FOLDS: Final = 10
LEAST: Final = 0.05
MOST_MOVED: Final = 0.15
"""A weight may go from 20 % to 35 % in one step and no further."""
PENALTIES: Final = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 1000.0)
"""k as a multiple of the number of trained hires, on scores of spread 1; the last leaves the present weights."""
SURE: Final = 0.90

Refusal = Literal["too_few", "constant", "no_link", "no_change", "not_better"]
"""Why nothing is proposed: too few hires with all scores and performance; no spread; the present match does not go with
performance at all and nothing better was found; the weights stay the same; later hires are not predicted better."""


@dataclass(frozen=True, slots=True)
class ScoredHire:
    """One hire: scores by competency, standardised performance, and the day they started."""

    scores: Mapping[str, float]
    performance: float
    started_on: date


@dataclass(frozen=True, slots=True)
class BackTest:
    """How the match goes with performance among later hires under either weights, and the difference's 90 % interval."""

    hires: int
    since: date
    present: float
    proposed: float
    low: float
    high: float

    @property
    def improves(self) -> bool:
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Retuning:
    """What was found. `weights` add up to 1 and are there even where refused after the back-test, to be shown."""

    present: Mapping[str, float]
    weights: Mapping[str, float] | None
    trained: int
    later: int
    penalty: float | None
    back_test: BackTest | None
    refusal: Refusal | None


def retune(hires: Sequence[ScoredHire], present: Mapping[str, float]) -> Retuning:
    """Work out a proposal for `present` weights, which add up to 1. Nothing is raised; `refusal` says why none is made."""
    keys = list(present)
    whole = sorted((one for one in hires if all(key in one.scores for key in keys)), key=lambda one: one.started_on)
    count = len(whole)
    later = max(FEWEST_LATER, round(count * LATER))
    trained = max(0, count - later)

    def refused(why: Refusal, weights: Mapping[str, float] | None = None, test: BackTest | None = None) -> Retuning:
        return Retuning(present, weights, trained, min(later, count), penalty, test, why)

    penalty: float | None = None
    if trained < FEWEST_TRAINED:
        return refused("too_few")
    x = np.array([[one.scores[key] for key in keys] for one in whole])
    y = np.array([one.performance for one in whole])
    before, after = slice(None, trained), slice(trained, None)
    if not varies(y[before]) or not varies(y[after]) or not all(varies(x[before, i]) for i in range(len(keys))):
        return refused("constant")
    w0 = np.array([present[key] for key in keys])
    penalty = _best_penalty(x[before], y[before], w0)
    effects = _ridge(x[before], y[before], w0, penalty)
    if effects.sum() <= 0 or not np.any(effects > 0):
        return refused("no_link")
    weights = dict(zip(keys, _shares(effects, w0), strict=True))
    if all(abs(weights[key] - present[key]) < 0.005 for key in keys):
        return refused("no_change", weights)
    w1 = np.array([weights[key] for key in keys])
    test = _back_test(x[after], y[after], w0, w1, whole[trained].started_on)
    if test is None:
        return refused("constant", weights)
    if not test.improves:
        return refused("not_better", weights, test)
    return Retuning(present, weights, trained, count - trained, penalty, test, None)


def _ridge(x: Array, y: Array, w0: Array, penalty: float) -> Array:
    """Effects on the scores' own scale, shrunk to c w0; `penalty` counts on scores of spread 1 and a hire."""
    x, y = x - x.mean(axis=0), y - y.mean()
    spread = x.std(axis=0)
    match = x @ w0
    square = float(match @ match)
    slope = max(0.0, float(match @ y) / square) if square > 0 else 0.0
    z, prior = x / spread, slope * w0 * spread
    k = penalty * len(y)
    found = np.linalg.solve(z.T @ z + k * np.eye(len(w0)), z.T @ y + k * prior)
    return np.asarray(found / spread)


def _best_penalty(x: Array, y: Array, w0: Array) -> float:
    """The penalty with the least squared error over the folds; of nearly equal ones (within a standard error of the
    best) the largest, which stays nearest to the present weights."""
    folds = np.arange(len(y)) % min(FOLDS, len(y))
    errors = np.empty((len(PENALTIES), len(y)))
    for fold in np.unique(folds):
        out = folds == fold
        middle, level = x[~out].mean(axis=0), y[~out].mean()
        for row, penalty in enumerate(PENALTIES):
            predicted = level + (x[out] - middle) @ _ridge(x[~out], y[~out], w0, penalty)
            errors[row, out] = (y[out] - predicted) ** 2
    best = int(np.argmin(errors.mean(axis=1)))
    for row in range(len(PENALTIES) - 1, best, -1):
        worse = errors[row] - errors[best]
        if worse.mean() <= worse.std(ddof=1) / math.sqrt(len(y)):
            return PENALTIES[row]
    return PENALTIES[best]


def _shares(effects: Array, w0: Array) -> list[float]:
    """Effects as weights in whole per cents that add up to 1, each within what one step may do."""
    low = np.maximum(LEAST, w0 - MOST_MOVED)
    high = np.minimum(1.0, np.maximum(w0 + MOST_MOVED, low))
    wanted = np.maximum(effects, 0) / np.maximum(effects, 0).sum()
    shares = np.clip(wanted, low, high)
    for _ in range(100):  # what the bounds took is given to those that still have room
        gap = 1 - shares.sum()
        if abs(gap) < 1e-12:
            break
        room = (high - shares) if gap > 0 else (shares - low)
        shares = shares + gap * room / room.sum() if room.sum() > 0 else shares / shares.sum()
    return whole_per_cents(shares)


def whole_per_cents(shares: NDArray[np.float64]) -> list[float]:
    """Shares of 1 in whole per cents that add up to exactly 1, by largest remainders."""
    cents = np.floor(shares * 100 + 1e-9)
    for place in np.argsort(cents - shares * 100, kind="stable")[: 100 - int(cents.sum())]:
        cents[place] += 1
    return [float(each) / 100 for each in cents]


def _back_test(x: Array, y: Array, w0: Array, w1: Array, since: date) -> BackTest | None:
    old, new = x @ w0, x @ w1
    if not (varies(old) and varies(new)):
        return None
    present, proposed, alike = (float(np.corrcoef(a, b)[0, 1]) for a, b in ((old, y), (new, y), (old, new)))
    low, high = difference_of_correlations(proposed, present, alike, len(y))
    return BackTest(len(y), since, present, proposed, low, high)


def difference_of_correlations(
    first: float, second: float, alike: float, n: int, sure: float = SURE
) -> tuple[float, float]:
    """The interval of `first` - `second`, two correlations of the same people with one outcome; `alike` is the
    correlation of the two predictors (Zou 2007, section on overlapping correlations)."""
    z = float(special.ndtri((1 + sure) / 2)) / math.sqrt(n - 3)
    (l1, u1), (l2, u2) = ((math.tanh(to_z(r) - z), math.tanh(to_z(r) + z)) for r in (first, second))
    product = (1 - first**2) * (1 - second**2)
    common = (alike - first * second / 2) * (1 - first**2 - second**2 - alike**2) + alike**3
    c = common / product if product > 0 else 1.0
    gap = first - second
    below = (first - l1) ** 2 + (u2 - second) ** 2 - 2 * c * (first - l1) * (u2 - second)
    above = (u1 - first) ** 2 + (second - l2) ** 2 - 2 * c * (u1 - first) * (second - l2)
    return gap - math.sqrt(max(0.0, below)), gap + math.sqrt(max(0.0, above))
