from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from hr_bridge.insights.retuning import (
    LEAST,
    MOST_MOVED,
    ScoredHire,
    _ridge,
    difference_of_correlations,
    retune,
    whole_per_cents,
)

PRESENT = {"customer_communication": 0.2, "resilience": 0.4, "results": 0.4}


def hires(seed: int, n: int, effects: tuple[float, float, float]) -> list[ScoredHire]:
    rng = np.random.default_rng(seed)
    z = 0.5 * rng.standard_normal((n, 1)) + np.sqrt(0.75) * rng.standard_normal((n, 3))
    performance = z @ np.array(effects) + rng.standard_normal(n)
    return [
        ScoredHire(
            dict(zip(PRESENT, (70 + 8 * z[i]).tolist(), strict=True)),
            float(performance[i]),
            date(2023, 1, 1) + timedelta(days=i),
        )
        for i in range(n)
    ]


def test_a_competency_that_tells_more_than_it_weighs_is_proposed_to_weigh_more() -> None:
    found = retune(hires(1, 480, (0.6, 0.1, 0.1)), PRESENT)
    assert found.refusal is None
    assert found.weights is not None
    assert found.back_test is not None
    assert 0.25 <= found.weights["customer_communication"] <= 0.2 + MOST_MOVED
    assert sum(found.weights.values()) == pytest.approx(1.0)
    assert min(found.weights.values()) >= LEAST
    assert found.back_test.proposed > found.back_test.present
    assert (found.trained, found.later) == (320, 160)


def test_later_hires_have_no_part_in_the_weights() -> None:
    people = hires(1, 240, (0.6, 0.1, 0.1))
    spoiled = [replace(one, performance=-one.performance) if order >= 160 else one for order, one in enumerate(people)]
    honest, refused = retune(people, PRESENT), retune(spoiled[::-1], PRESENT)
    assert refused.weights == honest.weights
    assert refused.refusal == "not_better"


def test_weights_that_are_right_stay_and_weights_without_any_truth_pass_at_most_6_times_in_100() -> None:
    right = Counter(retune(hires(seed, 150, (0.2, 0.4, 0.4)), PRESENT).refusal for seed in range(100))
    none = Counter(retune(hires(seed, 150, (0.0, 0.0, 0.0)), PRESENT).refusal for seed in range(100))
    assert right[None] <= 6
    assert none[None] <= 6


def test_the_fewer_the_hires_the_closer_the_proposal_stays() -> None:
    moved = []
    for n in (60, 120, 480):
        tried = [retune(hires(seed, n, (0.45, 0.2, 0.2)), PRESENT).weights for seed in range(20)]
        moved.append(np.mean([weights["customer_communication"] - 0.2 if weights else 0.0 for weights in tried]))
    assert moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ([], "too_few"),
        (hires(1, 3, (1, 0, 0)), "too_few"),
        ([replace(one, scores={"results": 80.0}) for one in hires(1, 200, (1, 0, 0))], "too_few"),
        ([replace(one, performance=50.0) for one in hires(1, 200, (1, 0, 0))], "constant"),
        ([replace(one, scores=one.scores | {"results": 80.0}) for one in hires(1, 200, (1, 0, 0))], "constant"),
        ([replace(one, performance=-one.performance) for one in hires(1, 200, (0.6, 0.6, 0.6))], "no_link"),
    ],
)
def test_nothing_is_proposed_from(people: list[ScoredHire], why: str) -> None:
    found = retune(people, PRESENT)
    assert (found.refusal, found.weights, found.back_test) == (why, None, None)


def test_the_ridge_is_scikit_learn_s_where_the_prior_is_nothing() -> None:
    """Shrinking to c w0 is shrinking what is left after c w0 to 0."""
    people = hires(3, 90, (0.5, 0.2, 0.1))
    x = np.array([list(one.scores.values()) for one in people])
    y = np.array([one.performance for one in people])
    w0, penalty = np.array(list(PRESENT.values())), 0.7
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    match = (x - x.mean(axis=0)) @ w0
    slope = max(0.0, float(match @ (y - y.mean())) / float(match @ match))
    theirs = Ridge(alpha=penalty * 90).fit(z, y - slope * match).coef_ / x.std(axis=0) + slope * w0
    assert _ridge(x, y, w0, penalty) == pytest.approx(theirs, abs=1e-9)


def test_the_difference_of_two_correlations_lies_in_its_interval() -> None:
    """The interval of .396 - .179 (predictors correlated .088, n = 66) and its coverage over 1,000 samples."""
    low, high = difference_of_correlations(0.396, 0.179, 0.088, 66, sure=0.95)
    assert (low, high) == pytest.approx((-0.093, 0.517), abs=5e-4)
    rng, covered = np.random.default_rng(5), 0
    spread = np.linalg.cholesky(np.array([[1, 0.9, 0.5], [0.9, 1, 0.4], [0.5, 0.4, 1]]))
    for _ in range(1000):
        r = np.corrcoef(spread @ rng.standard_normal((3, 50)))
        ends = difference_of_correlations(r[0, 2], r[1, 2], r[0, 1], 50, sure=0.95)
        covered += ends[0] <= 0.1 <= ends[1]
    assert covered >= 930


def test_per_cents_add_up() -> None:
    assert whole_per_cents(np.array([1 / 3, 1 / 3, 1 / 3])) == [0.34, 0.33, 0.33]
