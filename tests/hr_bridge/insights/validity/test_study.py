from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hr_bridge.insights.simulated import SimulatedFamily, Truth, simulate
from hr_bridge.insights.validity import Link, Study, study
from hr_bridge.insights.validity.people import OUTCOMES_OF_HIRES, SCORES, People

WEIGHTS = {"logical_thinking": 0.35, "problem_solving": 0.35, "learning": 0.3}


def people_of(family: SimulatedFamily, name: str = "technical") -> People:
    n = len(family.scores["match"])
    scores = {
        "person": np.tile(np.arange(n), len(family.scores)),
        "score": np.repeat(list(family.scores), n),
        "value": np.concatenate(list(family.scores.values())),
    }
    of_hires = {
        "performance": family.performance,
        "pay_growth": family.pay_growth,
        "stayed_90_days": (family.days_stayed >= 90).astype(float),
        "stayed_a_year": (family.days_stayed >= 365).astype(float),
    }
    outcomes = {
        "person": np.tile(family.hired, len(of_hires)),
        "outcome": np.repeat(list(of_hires), len(family.hired)),
        "value": np.concatenate(list(of_hires.values())),
    }
    return People(
        pl.DataFrame(scores).with_columns(pl.lit(name).alias("family")).select(SCORES.names()),
        pl.DataFrame(outcomes)
        .with_columns(pl.lit(name).alias("family"), pl.lit(None, pl.String).alias("why"))
        .select(OUTCOMES_OF_HIRES.names()),
        {},
        {},
    )


def link(found: Study, score: str, outcome: str) -> Link:
    return next(one for one in found.families[0].links if (one.score, one.outcome) == (score, outcome))


def findings(found: Study) -> set[tuple[str, str]]:
    return {(one.score, one.outcome) for family in found.families for one in family.links if one.verdict == "finding"}


def test_no_finding_is_weaker_than_what_the_page_says_could_be_one_and_nothing_stronger_is_missed() -> None:
    truth = Truth(performance=("logical_thinking", 0.42))
    links = [
        one
        for one in study(people_of(simulate(np.random.default_rng(7), WEIGHTS, truth, 520, 220))).families[0].links
        if one.association is not None
    ]
    assert {one.verdict for one in links} > {"finding"}
    for one in links:
        assert one.association is not None
        assert one.smallest_hinted < one.smallest_seen < one.well_seen
        assert (one.verdict == "finding") == (abs(one.association.r) >= one.smallest_seen)


def test_what_the_simulated_house_says_of_itself_is_found_within_its_interval_and_goes_when_nothing_has_an_effect() -> (
    None
):
    truth = Truth(performance=("logical_thinking", 0.42))
    found = study(people_of(simulate(np.random.default_rng(7), WEIGHTS, truth, 520, 220)))
    logical = link(found, "logical_thinking", "performance")
    assert ("logical_thinking", "performance") in findings(found)
    assert logical.corrected is not None
    assert logical.corrected.low <= 0.42 <= logical.corrected.high
    assert logical.thirds is not None
    assert logical.thirds.excess is not None
    assert 0.1 < logical.thirds.excess < 0.3
    assert findings(study(people_of(simulate(np.random.default_rng(7), WEIGHTS, Truth(), 520, 220)))) == set()


def test_the_truth_lies_in_at_least_93_of_100_corrected_intervals_also_where_people_were_chosen_by_the_match() -> None:
    covered, runs = 0, 200
    for seed in range(runs):
        family = simulate(np.random.default_rng(seed), WEIGHTS, Truth(performance=("logical_thinking", 0.42)), 520, 220)
        corrected = link(study(people_of(family)), "logical_thinking", "performance").corrected
        assert corrected is not None
        covered += corrected.low <= 0.42 <= corrected.high
    assert covered >= 0.93 * runs


def test_at_most_6_of_100_houses_without_any_effect_show_a_finding() -> None:
    runs = 1000
    shown = sum(
        bool(findings(study(people_of(simulate(np.random.default_rng(seed), WEIGHTS, Truth(), 120, 50)))))
        for seed in range(runs)
    )
    assert shown <= 0.06 * runs


def test_three_hires_are_named_and_nothing_is_said_of_them() -> None:
    found = study(people_of(simulate(np.random.default_rng(1), WEIGHTS, Truth(), 60, 3)))
    assert {one.verdict for one in found.families[0].links} == {"refused"}
    logical = link(found, "logical_thinking", "performance")
    assert (logical.n, logical.refusal, logical.association, logical.corrected, logical.thirds) == (
        3, "too_few", None, None, None
    )  # fmt: skip
    assert found.comparisons == 0


def test_everybody_hired_leaves_nothing_to_correct() -> None:
    found = study(people_of(simulate(np.random.default_rng(2), WEIGHTS, Truth(), 50, 50)))
    assert link(found, "learning", "performance").corrected is None


@pytest.mark.parametrize(("applicants", "corrected"), [(29, False), (40, True)])
def test_a_few_applicants_do_not_tell_their_spread(applicants: int, corrected: bool) -> None:
    found = study(people_of(simulate(np.random.default_rng(2), WEIGHTS, Truth(), applicants, 20)))
    assert (link(found, "learning", "performance").corrected is not None) is corrected


def test_missing_outcomes_are_counted_by_why() -> None:
    people = people_of(simulate(np.random.default_rng(3), WEIGHTS, Truth(), 100, 40))
    some = pl.col("person").is_in(people.outcomes["person"].unique().sort().head(7).to_list())
    gone = some & (pl.col("outcome") == "performance")
    outcomes = people.outcomes.with_columns(
        pl.when(~gone).then(pl.col("value")).alias("value"),
        pl.when(gone).then(pl.lit("not_rated")).alias("why"),
    )
    found = study(People(people.scores, outcomes, {"technical": 2}, {"technical": 1}))
    (family,) = found.families
    assert (family.counts[0].n, family.counts[0].missing) == (33, {"not_rated": 7})
    assert (link(found, "learning", "performance").n, link(found, "learning", "performance").missing) == (33, 7)
    assert (family.hires, family.moved, family.doubled) == (40, 2, 1)


def test_scores_that_are_all_the_same_give_no_figure() -> None:
    people = people_of(simulate(np.random.default_rng(4), WEIGHTS, Truth(), 80, 30))
    constant = people.scores.with_columns(
        pl.when(pl.col("score") == "learning").then(70.0).otherwise(pl.col("value")).alias("value")
    )
    found = link(study(People(constant, people.outcomes, {}, {})), "learning", "performance")
    assert (found.refusal, found.association, found.corrected) == ("constant_score", None, None)


def test_nobody_at_all_is_an_empty_study() -> None:
    nobody = People(pl.DataFrame(schema=SCORES), pl.DataFrame(schema=OUTCOMES_OF_HIRES), {}, {})
    assert study(nobody).families == ()
