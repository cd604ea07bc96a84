"""Intervals against statsmodels 0.15 (`proportion_confint(method="wilson")`, `confint_proportions_2indep(compare="diff",
method="newcomb")`), scipy, and the worked examples of Newcombe 1998."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from hr_bridge.insights.proportion import Share, difference

WILSON = {
    (81, 263): (0.2552885198782742, 0.36620957698280004),
    (15, 148): (0.06238639953073628, 0.16048724172330803),
    (0, 20): (0.0, 0.1611251580528194),
    (1, 29): (0.006113214292762667, 0.17175521879320294),
    (40, 100): (0.30940128643245896, 0.49799741320893826),
}
NEWCOMBE = {
    (56, 70, 48, 80): (0.05243147240236498, 0.33387265403690614),
    (9, 10, 3, 10): (0.1705227239345029, 0.809017973535488),
    (60, 100, 40, 100): (0.061410729162439254, 0.3281259294607719),
    (600, 1000, 400, 1000): (0.15659697898210784, 0.24232065026785232),
    (0, 10, 0, 20): (-0.1611251580528194, 0.27753279986288926),
    (5, 56, 0, 29): (-0.038137147903536936, 0.19256001385511165),
}


@pytest.mark.parametrize("counts", WILSON)
def test_the_interval_of_a_share_is_wilsons(counts: tuple[int, int]) -> None:
    found = Share(*counts).interval
    theirs = binomtest(*counts).proportion_ci(method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx(WILSON[counts], abs=1e-6)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


@pytest.mark.parametrize("counts", NEWCOMBE)
def test_the_interval_of_a_difference_is_newcombes(counts: tuple[int, int, int, int]) -> None:
    found = difference(Share(*counts[:2]), Share(*counts[2:]))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(NEWCOMBE[counts], abs=1e-6)


def test_newcombes_own_first_table_comes_out_as_printed() -> None:
    found = difference(Share(56, 70), Share(48, 80))
    assert found is not None
    assert (round(found.point, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)


def test_of_nobody_there_is_no_rate_and_no_interval() -> None:
    assert Share(0, 0).rate is None
    assert Share(0, 0).interval is None
    assert difference(Share(0, 0), Share(3, 5)) is None


def test_more_than_all_is_refused() -> None:
    with pytest.raises(ValueError, match="5 of 4 is no share"):
        Share(5, 4)


def test_the_true_difference_lies_in_at_least_93_of_100_intervals() -> None:
    rng = np.random.default_rng(7)
    for p, q in ((0.4, 0.6), (0.05, 0.1), (0.9, 0.9)):
        held = 0
        for a, b in zip(rng.binomial(80, p, 1000), rng.binomial(60, q, 1000), strict=True):
            found = difference(Share(int(a), 80), Share(int(b), 60))
            assert found is not None
            held += found.low <= p - q <= found.high
        assert held >= 930, (p, q)


def test_without_a_difference_at_most_6_of_100_are_clear() -> None:
    rng = np.random.default_rng(8)
    counts = zip(rng.binomial(120, 0.5, 1000), rng.binomial(90, 0.5, 1000), strict=True)
    found = [difference(Share(int(a), 120), Share(int(b), 90)) for a, b in counts]
    assert sum(one is not None and one.is_clear for one in found) <= 60
