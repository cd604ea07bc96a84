"""What a competency profile is derived from, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

FEWEST_TO_CONCLUDE: Final = 10
"""Pairs under which nothing is concluded, whatever the interval says."""

Verdict = Literal["none", "too_few", "all_alike", "unclear", "helps", "hurts"]


@dataclass(frozen=True, slots=True, repr=False)
class PastHire:
    """One person who was hired for the position's family: what was seen of them, and how it went.

    `interview` are the scores of our own interview, `rated` those that the HR system gave at work; both 0-100 by
    competency. `performance` is the mean appraisal, 0 worst to 1 best. `stayed` tells whether they were still there a
    year after the start; None while that is open, or where they left for a reason that says nothing about them.
    """

    interview: Mapping[str, float] = field(default_factory=dict)
    rated: Mapping[str, float] = field(default_factory=dict)
    performance: float | None = None
    stayed: bool | None = None


@dataclass(frozen=True, slots=True)
class SentenceMatch:
    """One sentence of the job description, and what share of it, 0 to 1, each competency of the library has."""

    sentence: str
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Importance:
    """How important a competency's Work Styles are in an occupation: the mean of O*NET's `IM` over `elements`.

    `deviation` is in standard deviations from the mean over all occupations: 0 means as important as anywhere.
    """

    occupation: str
    elements: tuple[str, ...]
    value: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Effect:
    """How a competency's score goes with an outcome: Pearson's r, which is the standardised slope, with its 95 %
    interval. All three are None where `n` pairs are too few for an interval, or do not vary."""

    n: int
    r: float | None = None
    low: float | None = None
    high: float | None = None
    precision: float = 0.0
    """1 / variance of atanh(r): n - 3, summed over the sources."""
    all_alike: bool = False

    @property
    def concludes(self) -> bool:
        """Whether it may move a weight: what the page says of it and what it does are one thing."""
        return self.verdict in ("unclear", "helps", "hurts")

    @property
    def verdict(self) -> Verdict:
        """What may be said of it."""
        if self.n == 0:
            return "none"
        if self.all_alike:
            return "all_alike"
        if self.n < FEWEST_TO_CONCLUDE or self.low is None or self.high is None:
            return "too_few"
        if self.low > 0:
            return "helps"
        return "hurts" if self.high < 0 else "unclear"


@dataclass(frozen=True, slots=True)
class ProposedWeight:
    """What a competency should weigh, and everything that says so.

    `prior` is the weight without any history. `sentence` is the one of the description that speaks most for the
    competency; `sentence_share` is its share in it, 0 to 1.
    """

    key: str
    weight: float
    prior: float
    performance: Effect
    staying: Effect
    sentence: str | None
    sentence_share: float
    importance: Importance | None


@dataclass(frozen=True, slots=True)
class Profile:
    """The proposed weights, in the order asked for; they add up to 1. `others` are competencies of the library that are
    not among them, those that the description speaks most for first; they weigh nothing.

    `strength` is how much interview scores tell of performance over all these competencies, as atanh(r), already
    shrunk towards 0 by its own uncertainty: 0 means that history moves nothing.
    """

    weights: tuple[ProposedWeight, ...]
    others: tuple[ProposedWeight, ...]
    hires: int
    strength: float

    def rounded(self) -> dict[str, float]:
        """Return the weights in whole per cents that add up to exactly 1, by largest remainders."""
        cents = {each.key: int(each.weight * 100 + 1e-9) for each in self.weights}
        by_remainder = sorted(self.weights, key=lambda each: cents[each.key] - each.weight * 100)
        for each in by_remainder[: 100 - sum(cents.values())]:
            cents[each.key] += 1
        return {key: value / 100 for key, value in cents.items()}
