"""How closely a score goes with an outcome, and how sure that is. Pure functions over arrays without gaps.

Correlation: Pearson's r with Fisher's interval (`hr_bridge/profile/effects.py` names the source). Of an outcome that is
yes or no, r is the point-biserial correlation and its standard error on Fisher's scale is
sqrt((1 - 1.5 r² + r² / (4pq)) / (n - 3)), Tate's asymptotic variance (R. F. Tate, "Correlation between a discrete and a
continuous variable", Annals of Mathematical Statistics 25, 1954) with n - 3 in place of n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from hr_bridge.profile.effects import Z_95, to_z
from hr_bridge.profile.shapes import FEWEST_TO_CONCLUDE

Array = NDArray[np.float64]
FEWEST_OF_EACH: Final = 5
"""People with either outcome, where it is yes or no, under which nothing is concluded."""
POWER: Final = 0.8
CHANCE: Final = 0.05
_SPREAD_OF_NOTHING: Final = 1e-9
"""A standard deviation below this share of the largest figure is rounding."""

Refusal = Literal["nobody", "too_few", "constant_score", "constant_outcome", "one_group"]
"""Why nothing is concluded: no pair, under ten, no spread in scores or outcomes, or (nearly) everybody the same."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """`auc` is the share of pairs of one person with the outcome and one without in which the first scored higher, ties
    counting half; 0 to 1, with its 95 % interval. `yes` and `no` are how many there are of each."""

    auc: float
    low: float
    high: float
    yes: int
    no: int


@dataclass(frozen=True, slots=True)
class Association:
    """r with its 95 % interval, the two-sided p of no association, and `pairs` where the outcome is yes or no."""

    n: int
    r: float
    low: float
    high: float
    p: float
    pairs: Pairs | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """r as it would be among all applicants, with its 95 % interval. `spread` is the applicants' standard deviation
    divided by that of those hired; `applicants` is how many it was read from."""

    r: float
    low: float
    high: float
    spread: float
    applicants: int


def refusal(scores: Array, outcomes: Array, *, binary: bool) -> Refusal | None:
    """Why nothing may be concluded from these pairs, or None where something may."""
    if not len(scores):
        return "nobody"
    if len(scores) < FEWEST_TO_CONCLUDE:
        return "too_few"
    if not varies(scores):
        return "constant_score"
    if binary and min(np.sum(outcomes > 0.5), np.sum(outcomes <= 0.5)) < FEWEST_OF_EACH:
        return "one_group"
    return None if varies(outcomes) else "constant_outcome"


def varies(values: Array) -> bool:
    """Whether there is any spread beyond rounding."""
    return len(values) > 1 and float(np.std(values)) > _SPREAD_OF_NOTHING * max(1.0, float(np.max(np.abs(values))))


def associate(scores: Array, outcomes: Array, *, binary: bool) -> Association | Refusal:
    """The association of scores and outcomes, person by person; `binary` outcomes are 0 or 1.

    p is that of the t test of r (for yes or no the two-sample t test), which is what `scipy.stats.pearsonr` gives.
    """
    if (refused := refusal(scores, outcomes, binary=binary)) is not None:
        return refused
    n = len(scores)
    x, y = scores - scores.mean(), outcomes - outcomes.mean()
    r = max(-1.0, min(1.0, float(x @ y) / math.sqrt(float(x @ x) * float(y @ y))))
    t = abs(r) * math.sqrt((n - 2) / max(1 - r * r, 1e-300))
    variance = 1 / (n - 3)
    if binary:
        share = float(np.mean(outcomes))
        variance *= 1 - 1.5 * r * r + r * r / (4 * share * (1 - share))
    low, high = _around(r, math.sqrt(variance))
    return Association(
        n, r, low, high, 2 * float(special.stdtr(n - 2, -t)), pairs_of(scores, outcomes) if binary else None
    )


def pairs_of(scores: Array, outcomes: Array) -> Pairs:
    """The area under the ROC curve (Mann and Whitney's U over the number of pairs) with an interval that is sound for
    small groups and at the ends.

    R. G. Newcombe, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2",
    Statistics in Medicine 25 (2006), method 5: the values a with |area - a| = 1.96 sqrt(V(a)), where
    V(a) = a (1 - a) (1 + k (1 - a) / (2 - a) + k a / (1 + a)) / (yes no) and k = (yes + no) / 2 - 1.

    Raises:
        ValueError: nobody, or everybody, has the outcome.
    """
    has = outcomes > 0.5
    yes, no = int(np.sum(has)), int(np.sum(~has))
    if not yes or not no:
        raise ValueError("There are no pairs of one person with the outcome and one without.")
    ranks = stats.rankdata(scores)
    auc = (float(np.sum(ranks[has])) - yes * (yes + 1) / 2) / (yes * no)

    def distance(value: float) -> float:
        k = (yes + no) / 2 - 1
        variance = value * (1 - value) * (1 + k * (1 - value) / (2 - value) + k * value / (1 + value)) / (yes * no)
        return (auc - value) ** 2 - Z_95**2 * variance

    low = 0.0 if auc <= 0 else float(optimize.brentq(distance, 0.0, auc))
    high = 1.0 if auc >= 1 else float(optimize.brentq(distance, auc, 1.0))
    return Pairs(auc, low, high, yes, no)


def correct_for_range(found: Association, hired_spread: float, applicants_spread: float, applicants: int) -> Corrected:
    """Take r and both ends of its interval to the spread among applicants.

    R. L. Thorndike, Personnel Selection (1949), case II: R = r u / sqrt(1 + r² (u² - 1)), u = applicants' standard
    deviation / that of those hired. It holds where people were chosen by this very score; where by something that goes
    with it, the true figure lies between r and R or a little above. Ends as in Hunter and Schmidt, Methods of
    Meta-Analysis (2004), ch. 3: u counts as known.
    """
    u = applicants_spread / hired_spread

    def taken(r: float) -> float:
        return r * u / math.sqrt(1 + r * r * (u * u - 1))

    return Corrected(taken(found.r), taken(found.low), taken(found.high), u, applicants)


def smallest_seen(n: int, chance: float = CHANCE) -> float:
    """The |r| that n pairs must show for the two-sided test at `chance` to call it more; 1 under 4 pairs."""
    if n < 4:
        return 1.0
    t = float(special.stdtrit(n - 2, 1 - chance / 2))
    return t / math.sqrt(n - 2 + t * t)


def well_seen(n: int, chance: float = CHANCE) -> float:
    """The true |r| that n pairs find four times in five: tanh((z + .84) / sqrt(n - 3)); 1 under 4 pairs. z is 1.96 for a
    `chance` of .05.

    J. Cohen, Statistical Power Analysis for the Behavioral Sciences (2nd ed. 1988), ch. 3, by Fisher's z.
    """
    return 1.0 if n < 4 else math.tanh(float(special.ndtri(1 - chance / 2) + special.ndtri(POWER)) / math.sqrt(n - 3))


def adjusted(p_values: Sequence[float]) -> list[float]:
    """The p values adjusted for being looked at together: calling those at or under .05 more than chance is wrong about
    even one of them in at most one study in twenty, whatever else is true.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    found, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        found[place] = largest
    return found


def _around(r: float, deviation: float) -> tuple[float, float]:
    z = to_z(r)
    return math.tanh(z - Z_95 * deviation), math.tanh(z + Z_95 * deviation)
