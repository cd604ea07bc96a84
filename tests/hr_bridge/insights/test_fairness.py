from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from scipy.stats import fisher_exact, hypergeom

from hr_bridge.insights.course import Course
from hr_bridge.insights.fairness import StepTable, compare_groups, fairness_report, fisher_p, impact_ratios
from hr_bridge.insights.groups import group_questions
from hr_bridge.insights.proportion import Share
from tests.hr_bridge.insights.people import DAY, course

SEX = ("sex",)


def people(counts: dict[tuple[str, ...], tuple[int, int]], keys: tuple[str, ...] = SEX):  # type: ignore[no-untyped-def]
    """(finished, passed) by group → courses and what they told."""
    courses: list[Course] = []
    told: dict[str, dict[str, str]] = {}
    for group, (of, passed) in counts.items():
        for number in range(of):
            one = course(
                len(courses), started=True, finished=True, scored=90.0 if number < passed else 50.0,
                reached_line=number < passed, passed=number < passed, decided_at=DAY,
            )  # fmt: skip
            courses.append(one)
            told[one.id] = {key: option for key, option in zip(keys, group, strict=True) if option}
    return courses, told


def table(report, step: str = "passed", dimension: tuple[str, ...] = SEX) -> StepTable:  # type: ignore[no-untyped-def]
    return next(one for one in report.tables if (one.step, one.dimension) == (step, dimension))


def test_the_example_of_the_uniform_guidelines_comes_out() -> None:
    """Questions and Answers on the Uniform Guidelines, 44 FR 11996 (1979), no. 12: of 80 white applicants 48 are hired
    and of 40 black applicants 12, so the rates are 60 % and 30 %, the ratio 50 %, which is adverse impact."""
    ratios = impact_ratios({("white",): Share(48, 80), ("black",): Share(12, 40)})
    assert ratios == pytest.approx({("white",): 1.0, ("black",): 0.5}, abs=1e-6)
    lines = {line.group: line for line in compare_groups({("white",): Share(48, 80), ("black",): Share(12, 40)})}
    assert lines[("black",)].verdict == "below"


@pytest.mark.parametrize("counts", [(48, 80, 12, 40), (3, 5, 1, 9), (0, 20, 9, 11), (555, 1181, 667, 1390)])
def test_fishers_p_is_that_of_scipy_and_of_the_hypergeometric_distribution(counts: tuple[int, int, int, int]) -> None:
    a, n, b, m = counts
    p = fisher_p(Share(a, n), Share(b, m))
    assert p == pytest.approx(fisher_exact([[a, n - a], [b, m - b]]).pvalue, abs=1e-6)
    chances = hypergeom(n + m, a + b, n).pmf(np.arange(0, n + 1))
    assert p == pytest.approx(chances[chances <= chances[a] * (1 + 1e-7)].sum(), abs=1e-6)


def test_both_tests_stand_side_by_side_and_may_disagree() -> None:
    small = compare_groups({("a",): Share(9, 10), ("b",): Share(6, 10)})
    assert [line.verdict for line in small] == ["most", "below_unclear"]
    large = compare_groups({("a",): Share(9000, 10000), ("b",): Share(8500, 10000)})
    assert [line.verdict for line in large] == ["most", "clear"]
    few = compare_groups({("a",): Share(9, 10), ("b",): Share(8, 10)})
    assert few[1].verdict == "too_few"


def test_a_group_under_two_percent_is_counted_and_not_judged() -> None:
    lines = {line.group: line for line in compare_groups({("a",): Share(500, 1000), ("b",): Share(10, 10)})}
    assert lines[("b",)].verdict == "left_out"
    assert lines[("a",)].verdict == "most"
    assert lines[("b",)].ratio is None


def test_where_nobody_was_selected_there_is_no_ratio() -> None:
    assert {line.verdict for line in compare_groups({("a",): Share(0, 30), ("b",): Share(0, 30)})} == {
        "nobody_selected"
    }


def test_rates_and_unknowns_are_counted_at_every_step() -> None:
    courses, told = people({("female",): (60, 20), ("male",): (80, 50), ("",): (15, 5)})
    report = fairness_report(courses, told, SEX)
    found = table(report)
    assert (report.people, report.told) == (155, 140)
    assert (found.rest.count, found.rest.of) == (5, 15)
    female = next(line for line in found.lines if line.group == ("female",))
    assert female.share == Share(20, 60)
    assert female.ratio == pytest.approx((20 / 60) / (50 / 80), abs=1e-6)
    assert female.verdict == "below"
    assert {one.step for one, _ in report.held_back} == {"above_median", "reached_line", "passed"}


def test_scores_are_compared_by_the_share_above_everybodys_median() -> None:
    scores = {"female": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0], "male": [35.0, 45.0, 55.0, 65.0, 75.0, 85.0]}
    courses, told = [], {}
    for sex, values in scores.items():
        for value in values:
            one = course(len(courses), started=True, finished=True, scored=value)
            courses.append(one)
            told[one.id] = {"sex": sex}
    found = table(fairness_report(courses, told, SEX), "above_median")
    assert {line.group[0]: line.share for line in found.lines} == {"female": Share(2, 6), "male": Share(4, 6)}


def test_one_group_only_is_refused_in_a_word() -> None:
    found = table(fairness_report(*people({("female",): (60, 20)}), SEX))
    assert (found.refused, found.lines) == ("one_group", ())


def test_nobody_and_nobody_who_told_are_refused() -> None:
    assert table(fairness_report([], {}, SEX)).refused == "nobody"
    assert table(fairness_report(*people({("",): (60, 20)}), SEX)).refused == "none_told"


def test_three_people_are_never_shown_and_neither_is_who_gives_them_away() -> None:
    found = table(fairness_report(*people({("female",): (3, 1), ("male",): (80, 50)}), SEX))
    assert found.refused == "too_small"
    courses, told = people({("female",): (40, 10), ("male",): (80, 50), ("another",): (3, 3)})
    found = table(fairness_report(courses, told, SEX))
    assert found.refused == "too_small"


def test_those_who_did_not_tell_cover_a_small_group() -> None:
    courses, told = people({("female",): (40, 10), ("male",): (80, 50), ("another",): (3, 3), ("",): (9, 0)})
    found = table(fairness_report(courses, told, SEX))
    assert [(line.group[0], line.verdict) for line in found.lines] == [
        ("female", "below"), ("male", "most"), ("another", "hidden"),
    ]  # fmt: skip
    assert found.rest.of == 12


def test_a_hidden_cell_of_an_intersection_hides_others_so_that_margins_give_nothing_away() -> None:
    keys = ("sex", "age")
    courses, told = people(
        {
            ("female", "under_40"): (50, 20), ("female", "40_and_over"): (3, 1), ("male", "under_40"): (60, 30),
            ("male", "40_and_over"): (45, 20), ("another", "under_40"): (30, 10), ("another", "40_and_over"): (40, 10),
        },
        keys,
    )  # fmt: skip
    report = fairness_report(courses, told, keys)
    found = table(report, "passed", keys)
    hidden = {line.group for line in found.lines if line.verdict == "hidden"}
    assert ("female", "40_and_over") in hidden
    for place in (0, 1):
        for option in {group[place] for group in hidden}:
            assert sum(group[place] == option for group in hidden) > 1, "one alone could be taken from the margin"
    assert not [line for line in table(report).lines if line.verdict == "hidden"]
    assert all(line.share is None and line.p is None for line in found.lines if line.verdict == "hidden")


def test_what_is_hidden_is_hidden_at_every_step() -> None:
    counts = {("female",): (40, 10), ("male",): (80, 50), ("another",): (3, 3), ("",): (4, 0)}
    report = fairness_report(*people(counts), SEX)
    hidden = [{line.group for line in one.lines if line.verdict == "hidden"} for one in report.tables if one.lines]
    assert all(one == hidden[0] for one in hidden)


def test_the_same_is_hidden_whichever_questions_are_looked_at() -> None:
    keys = ("sex", "age")
    courses, told = people(
        {("female", "under_40"): (50, 20), ("male", "under_40"): (60, 30), ("another", "40_and_over"): (3, 1)}, keys
    )
    one, both = fairness_report(courses, told, SEX), fairness_report(courses, told, keys)
    assert table(one) == table(both)
    assert {each.dimension for each in one.tables} == {SEX}
    assert fairness_report(courses, told, ()).tables == []


def test_equal_chances_give_a_finding_in_at_most_six_of_a_hundred_comparisons() -> None:
    rng = np.random.default_rng(11)
    found = compared = 0
    for a, b in zip(rng.binomial(90, 0.4, 600), rng.binomial(60, 0.4, 600), strict=True):
        for line in compare_groups({("a",): Share(int(a), 90), ("b",): Share(int(b), 60)}):
            compared += line.p is not None
            found += line.verdict in ("below", "clear")
    assert compared == 600
    assert found <= 36


def test_a_hundred_thousand_interviews_take_seconds_and_little_memory() -> None:
    rng = np.random.default_rng(1)
    keys = tuple(group_questions())
    options = [list(group_questions()[key].options) for key in keys]
    chosen = [rng.integers(0, len(each), 100_000) for each in options]
    scores = rng.normal(75, 12, 100_000).round(1).tolist()
    courses = [
        course(
            n, started=True, finished=True, scored=score, reached_line=score >= 80, passed=score >= 80, decided_at=DAY
        )
        for n, score in enumerate(scores)
    ]
    told = {
        one.id: {key: options[k][chosen[k][n]] for k, key in enumerate(keys)} for n, one in enumerate(courses)
    }  # fmt: skip
    tracemalloc.start()
    began = time.perf_counter()
    report = fairness_report(courses, told, keys)
    took, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(report.tables) == 5 * 6
    assert took < 60
    assert peak < 1e9
