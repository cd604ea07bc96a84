"""What became of the third with the highest scores beside the third with the lowest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from hr_bridge.insights.proportion import Share, difference
from hr_bridge.insights.validity.association import Array, varies

FEWEST_A_THIRD: Final = 5
_MOST_OF_ALL: Final = 0.5
"""With so many ties that a "third" is over half of all, thirds say nothing."""


@dataclass(frozen=True, slots=True)
class Thirds:
    """Mean outcomes of the thirds (shares of people where the outcome is yes or no), the difference of highest and
    lowest with its 95 % interval, and by how much the highest exceeds the lowest as a share of it (.2 is 20 % higher),
    which is None where the lower mean is not clearly above zero or the outcome has no zero."""

    sizes: tuple[int, int, int]
    means: tuple[float, float, float]
    difference: float
    low: float
    high: float
    excess: float | None = None
    excess_low: float | None = None
    excess_high: float | None = None


def compare_thirds(scores: Array, outcomes: Array, *, binary: bool, has_zero: bool) -> Thirds | None:
    """Compare them, or None with under five in a third or too many equal scores.

    Means: Welch's interval (B. L. Welch, Biometrika 34, 1947). Shares: Newcombe's hybrid score interval. The ratio:
    Fieller's interval (E. C. Fieller, "Some problems in interval estimation", JRSS B 16, 1954) at Welch's degrees of
    freedom.
    """
    first, second = np.quantile(scores, [1 / 3, 2 / 3])
    lowest, highest = scores <= first, scores > second
    if first == second:
        highest = scores >= second
        lowest = scores < first
    middle = ~lowest & ~highest
    sizes = (int(np.sum(lowest)), int(np.sum(middle)), int(np.sum(highest)))
    if min(sizes[0], sizes[2]) < FEWEST_A_THIRD or max(sizes[0], sizes[2]) > _MOST_OF_ALL * len(scores):
        return None
    bottom, top = outcomes[lowest], outcomes[highest]
    means = (float(bottom.mean()), float(outcomes[middle].mean()) if sizes[1] else math.nan, float(top.mean()))
    if binary:
        shares = difference(Share(int(top.sum()), len(top)), Share(int(bottom.sum()), len(bottom)))
        return None if shares is None else Thirds(sizes, means, shares.point, shares.low, shares.high)
    if not (varies(bottom) or varies(top)):
        return None
    of_bottom, of_top = (float(np.var(each, ddof=1)) / len(each) for each in (bottom, top))
    freedom = (of_bottom + of_top) ** 2 / (of_bottom**2 / (len(bottom) - 1) + of_top**2 / (len(top) - 1))
    t = float(special.stdtrit(freedom, 0.975))
    reach = t * math.sqrt(of_bottom + of_top)
    gap = means[2] - means[0]
    excess = _excess(means[2], means[0], of_top, of_bottom, t) if has_zero else (None, None, None)
    return Thirds(sizes, means, gap, gap - reach, gap + reach, *excess)


def _excess(
    top: float, bottom: float, of_top: float, of_bottom: float, t: float
) -> tuple[float | None, float | None, float | None]:
    """(top / bottom) - 1 and Fieller's ends of it: the roots of (top - q bottom)² = t² (V(top) + q² V(bottom))."""
    square = bottom * bottom - t * t * of_bottom
    if bottom <= 0 or square <= 0:
        return None, None, None
    half = top * bottom
    root = math.sqrt(max(0.0, half * half - square * (top * top - t * t * of_top)))
    return top / bottom - 1, (half - root) / square - 1, (half + root) / square - 1
