from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hr_bridge.match import GRADES, Grade, assessed_level, match, score_from_level

bars = st.floats(1, 5)
weight_tables = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 10), min_size=1)


@pytest.mark.parametrize(("level", "score"), [(1, 20), (2, 50), (2.5, 65), (3, 80), (3.5, 86), (4, 92), (5, 100)])
def test_each_level_has_the_score_of_the_published_scale(level: float, score: float) -> None:
    assert score_from_level(level) == score


def test_a_higher_target_moves_the_scale_and_the_score_stays_within_0_and_100() -> None:
    assert score_from_level(4, target=4) == 80
    assert score_from_level(2, target=2) == 80
    assert score_from_level(1, target=5) == 0
    assert score_from_level(1.5, target=4) == pytest.approx(5)
    assert score_from_level(5, target=2) == 100


@pytest.mark.parametrize("level", [0.99, 5.01, math.nan, math.inf, -1])
def test_a_level_off_the_scale_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        score_from_level(level)


@given(bars, bars, bars)
def test_the_score_never_falls_when_the_level_rises(a: float, b: float, target: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= score_from_level(low, target) <= score_from_level(high, target) <= 100


@given(bars, bars, bars)
def test_the_score_never_rises_with_the_target(level: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert score_from_level(level, high) <= score_from_level(level, low)


@given(bars, st.floats(-0.01, 0.01))
def test_a_small_change_of_level_is_a_small_change_of_score(level: float, change: float) -> None:
    assume(1 <= level + change <= 5)
    assert abs(score_from_level(level + change) - score_from_level(level)) <= 30 * abs(change) + 1e-6


def test_the_match_is_the_weighted_mean_of_what_was_scored() -> None:
    assert match({"a": 80, "b": 50}, {"a": 2, "b": 1}) == 70
    assert match({"a": 80, "b": None, "c": 50}, {"a": 2, "b": 1, "c": 1}) == 70


def test_what_could_not_be_scored_is_not_a_zero() -> None:
    assert match({"a": 90, "b": None}, {"a": 1, "b": 1}) == 90


def test_under_half_the_weight_there_is_no_match() -> None:
    assert match({"a": 90}, {"a": 0.49, "b": 0.51}) is None
    assert match({"a": 90}, {"a": 0.3, "b": 0.1, "c": 0.2, "d": 0.2, "e": 0.2}) is None
    assert match({}, {"a": 1}) is None


def test_half_the_weight_is_enough_even_when_floats_do_not_add_up() -> None:
    assert match({"a": 90, "b": 90}, {"a": 0.1, "b": 0.2, "c": 0.3}) == 90


@given(weight_tables, st.floats(0, 100))
def test_equal_scores_give_that_score_as_match(weights: dict[str, float], score: float) -> None:
    assert match(dict.fromkeys(weights, score), weights) == pytest.approx(score, abs=1e-8)
    assert match(dict.fromkeys(weights, 80.0), weights) == 80


@given(weight_tables, st.data())
def test_the_match_lies_between_lowest_and_highest_score_and_ignores_the_unit_of_weights(
    weights: dict[str, float], data: st.DataObject
) -> None:
    scores = {key: data.draw(st.floats(0, 100)) for key in weights}
    result = match(scores, weights)
    assert result is not None
    assert min(scores.values()) - 1e-6 <= result <= max(scores.values()) + 1e-6
    assert match(scores, {key: 4 * weight for key, weight in weights.items()}) == pytest.approx(result)


@pytest.mark.parametrize("weights", [{}, {"a": 0.0}, {"a": -1.0, "b": 2.0}, {"a": math.nan}, {"a": math.inf}])
def test_weights_that_mean_nothing_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        match({"a": 80}, weights)
    with pytest.raises(ValueError, match="weight"):
        assessed_level({"a": 3}, weights, applied_grade="mid")


@pytest.mark.parametrize("score", [-1.0, 100.1, math.nan])
def test_a_score_off_the_scale_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        match({"a": score}, {"a": 1})


def test_the_level_is_the_highest_grade_met_on_two_thirds_of_the_weight() -> None:
    weights = {"a": 1.0, "b": 1.0, "c": 1.0}
    assert assessed_level({"a": 4, "b": 4, "c": 1}, weights, applied_grade="mid") == "senior"
    assert assessed_level({"a": 4, "b": 3, "c": 3.9}, weights, applied_grade="mid") == "mid"
    assert assessed_level({"a": 2, "b": 2, "c": 1}, weights, applied_grade="mid") == "junior"


def test_the_level_is_at_most_one_above_the_grade_applied_for() -> None:
    assert assessed_level({"a": 5}, {"a": 1}, applied_grade="junior") == "mid"
    assert assessed_level({"a": 5}, {"a": 1}, applied_grade="mid") == "senior"


def test_a_must_have_below_the_grade_holds_it_back() -> None:
    levels, weights = {"a": 5, "b": 5, "c": 2}, {"a": 1, "b": 1, "c": 0.1}
    assert assessed_level(levels, weights, applied_grade="senior") == "senior"
    assert assessed_level(levels, weights, applied_grade="senior", must_have=["c"]) == "junior"


def test_a_must_have_that_could_not_be_scored_leaves_the_level_open() -> None:
    levels = {"a": 5.0, "b": None}
    assert assessed_level(levels, {"a": 3, "b": 1}, applied_grade="mid", must_have=["b"]) is None


def test_under_half_the_weight_the_level_is_unknown() -> None:
    assert assessed_level({"a": 5, "b": None}, {"a": 1, "b": 1.1}, applied_grade="mid") is None
    assert assessed_level({"a": 5, "b": None}, {"a": 1, "b": 1}, applied_grade="mid") == "senior"


def test_whoever_meets_no_grade_has_a_match_but_no_level() -> None:
    assert assessed_level({"a": 1.5}, {"a": 1}, applied_grade="junior") is None
    assert match({"a": score_from_level(1.5)}, {"a": 1}) == 35


def test_a_grade_may_expect_its_own_levels() -> None:
    expected: dict[Grade, dict[str, float]] = {"senior": {"a": 4.5}, "mid": {"a": 3.5}}
    assert assessed_level({"a": 4.4}, {"a": 1}, applied_grade="mid", expected=expected) == "mid"
    assert assessed_level({"a": 3.4}, {"a": 1}, applied_grade="mid", expected=expected) == "junior"


def test_a_level_off_the_scale_is_no_basis_for_a_grade() -> None:
    with pytest.raises(ValueError, match="level of a"):
        assessed_level({"a": 5.5}, {"a": 1}, applied_grade="mid")


@given(weight_tables, st.data(), st.sampled_from(GRADES))
def test_a_better_answer_never_lowers_the_level(weights: dict[str, float], data: st.DataObject, applied: Grade) -> None:
    levels = {key: data.draw(bars) for key in weights}
    better = {key: data.draw(st.floats(level, 5)) for key, level in levels.items()}
    rank = {None: -1} | {grade: index for index, grade in enumerate(GRADES)}
    before = assessed_level(levels, weights, applied_grade=applied)
    after = assessed_level(better, weights, applied_grade=applied)
    assert rank[before] <= rank[after] <= GRADES.index(applied) + 1
