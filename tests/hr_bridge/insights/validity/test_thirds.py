from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep

from hr_bridge.insights.validity.thirds import compare_thirds


def people(seed: int, n: int = 90, slope: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    return 70 + 8 * x, 60 + slope * x + 10 * rng.standard_normal(n)


def test_the_difference_of_means_is_welch_s_as_scipy_reckons_it() -> None:
    x, y = people(1)
    thirds = compare_thirds(x, y, binary=False, has_zero=True)
    assert thirds is not None
    order = np.argsort(x)
    theirs = stats.ttest_ind(y[order[60:]], y[order[:30]], equal_var=False).confidence_interval(0.95)
    assert thirds.sizes == (30, 30, 30)
    assert (thirds.low, thirds.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_the_ends_of_the_ratio_solve_fieller_s_equation() -> None:
    x, y = people(2)
    thirds = compare_thirds(x, y, binary=False, has_zero=True)
    assert thirds is not None
    order = np.argsort(x)
    bottom, top = y[order[:30]], y[order[60:]]
    v0, v1 = bottom.var(ddof=1) / 30, top.var(ddof=1) / 30
    freedom = (v0 + v1) ** 2 / (v0**2 / 29 + v1**2 / 29)
    t = stats.t.ppf(0.975, freedom)

    def beyond(q: float) -> float:
        return float(abs(top.mean() - q * bottom.mean()) - t * math.sqrt(v1 + q * q * v0))

    ratio = top.mean() / bottom.mean()
    assert thirds.excess == pytest.approx(ratio - 1, abs=1e-12)
    assert thirds.excess_low == pytest.approx(optimize.brentq(beyond, 0.5, ratio) - 1, abs=1e-9)
    assert thirds.excess_high == pytest.approx(optimize.brentq(beyond, ratio, 2.0) - 1, abs=1e-9)


def test_twenty_per_cent_higher_is_in_at_least_93_of_100_intervals() -> None:
    """r = .42 with mean 60 and spread 12: the highest third performs 20 % above the lowest."""
    rng, covered, reach = np.random.default_rng(3), 0, 3 * stats.norm.pdf(stats.norm.ppf(2 / 3)) * 0.42 * 12
    truth = (60 + reach) / (60 - reach) - 1
    assert truth == pytest.approx(0.20, abs=0.005)
    for _ in range(1000):
        x = rng.standard_normal(90)
        y = 60 + 12 * (0.42 * x + math.sqrt(1 - 0.42**2) * rng.standard_normal(90))
        thirds = compare_thirds(x, y, binary=False, has_zero=True)
        assert thirds is not None
        assert thirds.excess_low is not None
        assert thirds.excess_high is not None
        covered += thirds.excess_low <= truth <= thirds.excess_high
    assert covered >= 930


def test_shares_of_those_who_stayed_have_newcombe_s_interval_as_statsmodels_reckons_it() -> None:
    x = np.arange(60.0)
    y = np.array([1.0] * 12 + [0.0] * 8 + [1.0] * 20 + [1.0] * 18 + [0.0] * 2)
    thirds = compare_thirds(x, y, binary=True, has_zero=False)
    assert thirds is not None
    theirs = confint_proportions_2indep(18, 20, 12, 20, method="newcomb", compare="diff")
    assert (thirds.low, thirds.high) == pytest.approx(theirs, abs=1e-6)
    assert thirds.excess is None


def test_no_ratio_is_given_of_a_mean_that_may_be_zero() -> None:
    x, y = people(4)
    thirds = compare_thirds(x, y - 58, binary=False, has_zero=True)
    assert thirds is not None
    assert (thirds.excess, thirds.excess_low) == (None, None)
    assert thirds.low < thirds.difference < thirds.high


@pytest.mark.parametrize("scores", [[70.0] * 30, [*range(12)], [50.0] * 20 + [60.0] * 10])
def test_thirds_that_are_none_are_not_compared(scores: list[float]) -> None:
    x = np.array(scores, dtype=float)
    assert compare_thirds(x, np.arange(len(x), dtype=float), binary=False, has_zero=True) is None
