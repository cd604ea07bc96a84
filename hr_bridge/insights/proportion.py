"""Shares of people with how sure they are. Everything about one share or the difference of two is reckoned here."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

Z: Final = NormalDist().inv_cdf(0.975)
"""Of a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends, each a share of 0 to 1 or a difference of two."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """`count` out of `of` people."""

    count: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.of:
            raise ValueError(f"{self.count} of {self.of} is no share")

    @property
    def rate(self) -> float | None:
        """0 to 1; None of nobody."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """The interval of 95 %; None of nobody."""
        return self.interval_at(Z)

    def interval_at(self, z: float) -> Interval | None:
        """The score interval of `z` standard deviations; None of nobody.

        E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
        """
        if not self.of:
            return None
        p, n, square = self.count / self.of, self.of, z * z
        centre = p + square / (2 * n)
        reach = z * sqrt(p * (1 - p) / n + square / (4 * n * n))
        low, high = (centre - reach) / (1 + square / n), (centre + reach) / (1 + square / n)
        return Interval(0.0 if self.count == 0 else low, 1.0 if self.count == self.of else high)


@dataclass(frozen=True, slots=True)
class Difference:
    """The rate of one share minus that of another, with its interval, of 95 % where nothing else is said."""

    point: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out that there is no difference."""
        return self.low > 0 or self.high < 0


def difference(first: Share, second: Share, z: float = Z) -> Difference | None:
    """The first rate minus the second, from independent samples; None where either is of nobody.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
    (1998), method 10: hybrid of two score intervals.
    """
    one, other = first.interval_at(z), second.interval_at(z)
    if one is None or other is None:
        return None
    p, q = first.count / first.of, second.count / second.of
    return Difference(
        point=p - q,
        low=p - q - sqrt((p - one.low) ** 2 + (other.high - q) ** 2),
        high=p - q + sqrt((one.high - p) ** 2 + (q - other.low) ** 2),
    )
