"""How closely two figures go together, and how sure that is.

r is Pearson's correlation, which is also the slope between standardised figures. Its 95 % interval is Fisher's:
atanh(r) ± 1.96 / √(n - 3), taken back by tanh (R. A. Fisher, "On the probable error of a coefficient of correlation
deduced from a small sample", Metron 1, 1921). Sources are never thrown together, because a level of one scale is not
that of another: each gives its own atanh(r), and the mean weighs them by n - 3 (Hedges and Olkin, "Statistical Methods
for Meta-Analysis", 1985, ch. 11).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Final

from hr_bridge.profile.shapes import Effect

Z_95: Final = 1.959963984540054
"""The normal distribution's 97.5 % point."""
FEWEST_PAIRS: Final = 4
"""Fisher's standard error needs n > 3."""
_NEARLY_ONE: Final = 1 - 1e-9
"""atanh(1) is infinite."""

Pairs = Sequence[tuple[float, float]]


def correlation(pairs: Pairs) -> float | None:
    """Return Pearson's r, or None where one of the two figures does not vary."""
    mean_x, mean_y = fmean(x for x, _ in pairs), fmean(y for _, y in pairs)
    xx = math.fsum((x - mean_x) ** 2 for x, _ in pairs)
    yy = math.fsum((y - mean_y) ** 2 for _, y in pairs)
    if min(xx, yy) <= 1e-12:
        return None
    xy = math.fsum((x - mean_x) * (y - mean_y) for x, y in pairs)
    return max(-1.0, min(1.0, xy / math.sqrt(xx * yy)))


def effect_of(sources: Sequence[Pairs]) -> Effect:
    """Return the effect over sources of (score, outcome) pairs; one with fewer than four pairs counts in `n` alone."""
    n = sum(len(pairs) for pairs in sources)
    enough = [pairs for pairs in sources if len(pairs) >= FEWEST_PAIRS]
    found = [(r, len(pairs) - 3) for pairs in enough if (r := correlation(pairs)) is not None]
    if not found:
        return Effect(n, all_alike=bool(enough))
    precision = float(sum(weight for _, weight in found))
    z = math.fsum(to_z(r) * weight for r, weight in found) / precision
    half = Z_95 / math.sqrt(precision)
    return Effect(n, math.tanh(z), math.tanh(z - half), math.tanh(z + half), precision)


def to_z(r: float) -> float:
    """Return Fisher's z of a correlation, finite at the ends too."""
    return math.atanh(max(-_NEARLY_ONE, min(_NEARLY_ONE, r)))
