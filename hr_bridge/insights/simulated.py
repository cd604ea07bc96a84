"""A house whose truth is known: applicants with scores, those hired, and what became of them.

Every competency's latent score is standard normal among applicants (pairwise correlation `ALIKE`), shown as
`MEAN + SPREAD * z` within 0-100. Whoever has a high match, give or take chance, is hired. An outcome is
`r * z + sqrt(1 - r²) * chance` on its own scale, so that `r` **is** the correlation with that one competency among
applicants, and its only cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy import stats

from hr_bridge.insights.validity.association import Array

ALIKE: Final = 0.25
MEAN: Final = 68.0
SPREAD: Final = 8.0
PERFORMANCE: Final = (60.0, 12.0)
"""Mean and standard deviation of appraisals, 0-100."""
PAY_GROWTH: Final = (8.0, 3.0)
"""The same of pay growth, per cent a year."""
LEFT_SOON: Final = 0.08
LEFT_IN_A_YEAR: Final = 0.22
"""Shares of hires that leave within 90 days and within a year, whatever their scores."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What holds in one simulated family: the competency that causes each outcome, and how strongly (0: none does)."""

    performance: tuple[str, float] | None = None
    pay_growth: tuple[str, float] | None = None

    @property
    def excess(self) -> float:
        """By how much the third of all applicants with the highest scores performs above the lowest third, as a share
        of it: the mean of a standard normal's top third is phi(z)/(1/3) = 1.0908, z its 2/3 point."""
        reach = 3 * float(stats.norm.pdf(stats.norm.ppf(2 / 3))) * (self.performance[1] if self.performance else 0.0)
        mean, spread = PERFORMANCE
        return (mean + reach * spread) / (mean - reach * spread) - 1


@dataclass(frozen=True, slots=True)
class SimulatedFamily:
    """`scores` by competency and `match`, one figure an applicant; `hired` are places in them. The outcomes are those
    of the hired, in that order: performance 0-100, growth in per cent a year, days until they left (infinite: stay)."""

    scores: Mapping[str, Array]
    hired: np.ndarray[tuple[int], np.dtype[np.int64]]
    performance: Array
    pay_growth: Array
    days_stayed: Array
    truth: Truth = field(default_factory=Truth)


def simulate_scores(
    rng: np.random.Generator, weights: Mapping[str, float], applicants: int
) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
    """The latent z of every competency, and the scores shown with the match they make, one figure an applicant."""
    common = rng.standard_normal(applicants)
    z = {key: np.sqrt(ALIKE) * common + np.sqrt(1 - ALIKE) * rng.standard_normal(applicants) for key in weights}
    scores = {key: np.clip(MEAN + SPREAD * each, 0, 100).round(1) for key, each in z.items()}
    match = sum(weights[key] * scores[key] for key in weights) / sum(weights.values())
    return z, {"match": np.asarray(match), **scores}


def simulate(
    rng: np.random.Generator, weights: Mapping[str, float], truth: Truth, applicants: int, hires: int
) -> SimulatedFamily:
    """Simulate one family whose positions weigh competencies so."""
    keys = list(weights)
    z, scores = simulate_scores(rng, weights, applicants)
    match = scores["match"]
    chosen = np.argsort(-(match + 6.0 * rng.standard_normal(applicants)))[:hires]
    hired = np.sort(chosen)

    def outcome(cause: tuple[str, float] | None) -> Array:
        key, r = cause or (keys[0], 0.0)
        return np.asarray(r * z[key][hired] + np.sqrt(1 - r * r) * rng.standard_normal(hires))

    when = rng.random(hires)
    days = np.where(
        when < LEFT_SOON, 20 + when / LEFT_SOON * 65, 95 + (when - LEFT_SOON) / (LEFT_IN_A_YEAR - LEFT_SOON) * 260
    )
    return SimulatedFamily(
        scores=scores,
        hired=hired,
        performance=np.clip(PERFORMANCE[0] + PERFORMANCE[1] * outcome(truth.performance), 0, 100),
        pay_growth=PAY_GROWTH[0] + PAY_GROWTH[1] * outcome(truth.pay_growth),
        days_stayed=np.where(when < LEFT_IN_A_YEAR, days, np.inf),
        truth=truth,
    )
