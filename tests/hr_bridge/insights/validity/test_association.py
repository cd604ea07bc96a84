from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from hr_bridge.insights.validity.association import (
    Array,
    Association,
    adjusted,
    associate,
    correct_for_range,
    pairs_of,
    smallest_seen,
    well_seen,
)

RUNS = 1000
LEAST_COVERED = 930
RNG = np.random.default_rng


def made(rng: np.random.Generator, n: int, rho: float) -> tuple[Array, Array]:
    x = rng.standard_normal(n)
    return x, rho * x + math.sqrt(1 - rho * rho) * rng.standard_normal(n)


def found(x: Array, y: Array, *, binary: bool = False) -> Association:
    result = associate(x, y, binary=binary)
    assert isinstance(result, Association)
    return result


def test_r_p_and_interval_are_those_of_scipy() -> None:
    x, y = made(RNG(3), 47, 0.4)
    ours, theirs = found(x, y), stats.pearsonr(x, y)
    ends = theirs.confidence_interval(0.95)
    assert (ours.r, ours.p, ours.low, ours.high) == pytest.approx(
        (theirs.statistic, theirs.pvalue, ends.low, ends.high), abs=1e-9
    )


def test_of_yes_or_no_r_is_scipy_s_point_biserial_and_the_area_is_mann_and_whitney_s() -> None:
    rng = RNG(5)
    x = rng.integers(40, 60, 80).astype(float)
    y = (x + rng.normal(0, 12, 80) > 48).astype(float)
    result = found(x, y, binary=True)
    assert result.r == pytest.approx(stats.pointbiserialr(y, x).statistic, abs=1e-9)
    u = stats.mannwhitneyu(x[y == 1], x[y == 0]).statistic
    assert result.pairs is not None
    assert result.pairs.auc == pytest.approx(u / (result.pairs.yes * result.pairs.no), abs=1e-12)


def test_the_ends_of_the_area_solve_newcombe_s_equation_also_where_all_pairs_agree() -> None:
    scores, left = np.arange(30.0), (np.arange(30) >= 24).astype(float)
    pairs = pairs_of(scores, left)
    assert (pairs.auc, pairs.high) == (1.0, 1.0)
    k, a = 15 - 1, pairs.low
    variance = a * (1 - a) * (1 + k * (1 - a) / (2 - a) + k * a / (1 + a)) / (6 * 24)
    assert 1 - a == pytest.approx(1.959964 * math.sqrt(variance), abs=1e-6)


@pytest.mark.parametrize(("n", "rho"), [(12, 0.5), (60, 0.3)])
def test_the_true_correlation_lies_in_at_least_93_of_100_intervals(n: int, rho: float) -> None:
    rng = RNG(11)
    results = [found(*made(rng, n, rho)) for _ in range(RUNS)]
    assert sum(each.low <= rho <= each.high for each in results) >= LEAST_COVERED


def test_the_true_point_biserial_and_area_lie_in_at_least_93_of_100_intervals() -> None:
    rng, rho, share, n = RNG(12), 0.4, 0.25, 60
    line = stats.norm.ppf(share)
    big_x, big_y = made(rng, 400_000, rho)
    truth = float(np.corrcoef(big_x, big_y > line)[0, 1])
    area = pairs_of(big_x[:60_000], (big_y[:60_000] > line).astype(float)).auc
    results = []
    while len(results) < RUNS:
        x, y = made(rng, n, rho)
        result = associate(x, (y > line).astype(float), binary=True)
        results += [result] if isinstance(result, Association) else []
    assert sum(each.low <= truth <= each.high for each in results) >= LEAST_COVERED
    assert (
        sum(each.pairs is not None and each.pairs.low <= area <= each.pairs.high for each in results) >= LEAST_COVERED
    )


def test_the_applicants_correlation_lies_in_at_least_93_of_100_corrected_intervals_and_not_in_the_plain_ones() -> None:
    rng, rho, n = RNG(13), 0.5, 60
    plain = corrected = 0
    for _ in range(RUNS):
        x, y = made(rng, 240, rho)
        hired = np.argsort(-x)[:n]
        result = found(x[hired], y[hired])
        taken = correct_for_range(result, float(x[hired].std(ddof=1)), float(x.std(ddof=1)), 240)
        plain += result.low <= rho <= result.high
        corrected += taken.low <= rho <= taken.high
    assert corrected >= LEAST_COVERED
    assert plain < 800, "uncorrected, the selection hides most of the link"


def test_thorndike_s_case_ii_reckoned_by_hand() -> None:
    """r = .30 among hires whose spread is two thirds of the applicants': .45 / √(1 + .09 × 1.25) = .4266."""
    result = Association(100, 0.3, 0.1, 0.5, 0.01, None)
    taken = correct_for_range(result, 10.0, 15.0, 400)
    assert taken.r == pytest.approx(0.45 / math.sqrt(1 + 0.09 * 1.25), abs=1e-12)
    assert taken.r == pytest.approx(0.4266, abs=1e-4)
    assert taken.low < taken.r < taken.high


def test_what_18_hires_can_show() -> None:
    assert smallest_seen(18) == pytest.approx(0.4683, abs=1e-4), (
        "the table of critical values for 16 degrees of freedom"
    )
    assert well_seen(18) == pytest.approx(math.tanh((1.959964 + 0.841621) / math.sqrt(15)), abs=1e-6)
    assert smallest_seen(3) == well_seen(3) == 1.0


@pytest.mark.parametrize(("n", "comparisons"), [(18, 24), (60, 72), (200, 10)])
def test_what_could_be_a_finding_is_the_r_at_which_scipy_s_p_passes_the_correction(n: int, comparisons: int) -> None:
    least = smallest_seen(n, 0.05 / comparisons)
    for r, passes in ((least + 1e-6, True), (least - 1e-6, False)):
        p = 2 * stats.t.sf(r * math.sqrt((n - 2) / (1 - r * r)), n - 2)
        assert bool(adjusted([p, *[1.0] * (comparisons - 1)])[0] <= 0.05) is passes
    assert least > smallest_seen(n)
    assert well_seen(n, 0.05 / comparisons) > well_seen(n)


def test_a_true_link_that_is_called_well_seen_is_found_four_times_in_five() -> None:
    rng = RNG(14)
    seen = sum(found(*made(rng, 40, well_seen(40))).p <= 0.05 for _ in range(RUNS))
    assert 760 <= seen <= 840


def test_adjusted_p_values_are_those_of_statsmodels() -> None:
    p_values = [0.001, 0.2, 0.011, 0.04, 0.9, 0.012, 0.012]
    assert adjusted(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)
    assert adjusted([]) == []


@pytest.mark.parametrize(
    ("scores", "outcomes", "binary", "why"),
    [
        ([], [], False, "nobody"),
        ([1, 2, 3], [3, 1, 2], False, "too_few"),
        ([70] * 12, range(12), False, "constant_score"),
        (range(12), [0.5] * 12, False, "constant_outcome"),
        (range(12), [1] * 12, True, "one_group"),
        (range(12), [0] * 4 + [1] * 8, True, "one_group"),
    ],
)
def test_nothing_is_concluded_from(scores: list[float], outcomes: list[float], binary: bool, why: str) -> None:
    x, y = np.array(list(scores), dtype=float), np.array(list(outcomes), dtype=float)
    assert associate(x, y, binary=binary) == why
