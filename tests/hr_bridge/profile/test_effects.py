from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from hr_bridge.profile.effects import effect_of
from hr_bridge.profile.shapes import Effect


def pairs(n: int, r: float, seed: int = 3) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    y = r * x + math.sqrt(1 - r**2) * rng.standard_normal(n)
    return [(float(a), float(b)) for a, b in zip(50 + 9 * x, 0.5 + 0.1 * y, strict=True)]


@pytest.mark.parametrize(("n", "r"), [(4, 0.2), (12, -0.5), (40, 0.0), (200, 0.4)])
def test_r_and_its_interval_are_those_of_scipy(n: int, r: float) -> None:
    sample = pairs(n, r)
    effect = effect_of([sample])
    expected = stats.pearsonr(*zip(*sample, strict=True))
    interval = expected.confidence_interval(0.95)
    assert effect.r == pytest.approx(expected.statistic, abs=1e-6)
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high), abs=1e-6)


def test_r_is_the_slope_between_standardised_figures() -> None:
    sample = np.array(pairs(50, 0.3))
    standard = (sample - sample.mean(0)) / sample.std(0)
    slope = np.polyfit(standard[:, 0], standard[:, 1], 1)[0]
    assert effect_of([[(a, b) for a, b in sample]]).r == pytest.approx(slope, abs=1e-9)


def test_two_sources_are_weighed_by_their_size_and_never_thrown_together() -> None:
    one, other = pairs(30, 0.5, 1), [(x + 500, y - 0.4) for x, y in pairs(13, 0.1, 2)]
    z = np.arctanh([stats.pearsonr(*zip(*each, strict=True)).statistic for each in (one, other)])
    mean = (27 * z[0] + 10 * z[1]) / 37
    half = stats.norm.ppf(0.975) / math.sqrt(37)
    effect = effect_of([one, other])
    assert effect.n == 43
    assert (effect.r, effect.low, effect.high) == pytest.approx(tuple(np.tanh([mean, mean - half, mean + half])))


def test_the_interval_holds_the_truth_in_about_95_of_100_samples() -> None:
    found = [effect_of([pairs(25, 0.35, seed)]) for seed in range(400)]
    inside = sum(each.low < 0.35 < each.high for each in found if each.low is not None and each.high is not None)
    assert 365 <= inside <= 393


@pytest.mark.parametrize("n", [0, 1, 3])
def test_under_four_pairs_there_is_no_effect(n: int) -> None:
    effect = effect_of([pairs(9, 0.9)[:n]])
    assert (effect.n, effect.r, effect.low, effect.high) == (n, None, None, None)
    assert effect.verdict == ("none" if n == 0 else "too_few")


def test_nine_pairs_are_too_few_to_conclude_however_clear_they_look() -> None:
    line = [(float(i), i / 10 + (i % 2) / 50) for i in range(10)]
    assert effect_of([line[:9]]).verdict == "too_few"
    assert effect_of([line]).verdict == "helps"


def test_figures_all_alike_tell_nothing_and_perfect_ones_stay_finite() -> None:
    assert effect_of([[(70.0, i / 10) for i in range(12)]]).verdict == "all_alike"
    assert effect_of([[(float(i), 0.5) for i in range(12)]]).verdict == "all_alike"
    perfect = effect_of([[(float(i), float(i)) for i in range(12)]])
    assert perfect.r == pytest.approx(1)
    assert perfect.low is not None
    assert math.isfinite(perfect.low)


def test_an_interval_across_zero_is_unclear() -> None:
    assert Effect(20, 0.1, -0.3, 0.5, 17).verdict == "unclear"
    assert Effect(20, -0.6, -0.8, -0.2, 17).verdict == "hurts"
