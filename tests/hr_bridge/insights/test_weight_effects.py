from __future__ import annotations

import pytest

from hr_bridge.insights.weight_effects import Applicant, GroupEffect, effects_of

PRESENT, PROPOSED = {"a": 0.5, "b": 0.5}, {"a": 0.8, "b": 0.2}


def people() -> tuple[list[Applicant], dict[str, dict[str, str]]]:
    """Forty women strong in b, forty men strong in a: present weights pass 24 and 24, the proposed ones 12 and 32."""
    scores = {
        "female": [{"a": 80.0, "b": 80.0}] * 12 + [{"a": 70.0, "b": 90.0}] * 12 + [{"a": 50.0, "b": 50.0}] * 16,
        "male": [{"a": 90.0, "b": 70.0}] * 24 + [{"a": 85.0, "b": 65.0}] * 8 + [{"a": 50.0, "b": 50.0}] * 8,
    }
    applicants = [
        Applicant(f"{group}-{i}", dict(one)) for group, of_group in scores.items() for i, one in enumerate(of_group)
    ]
    return applicants, {one.interview_id: {"sex": one.interview_id.split("-")[0]} for one in applicants}


def test_a_group_that_would_fall_under_four_fifths_is_named_first() -> None:
    applicants, groups = people()
    effects = effects_of(applicants, PRESENT, PROPOSED, 80, groups)
    assert (effects.present.count, effects.proposed.count, effects.present.of) == (48, 44, 80)
    (harmed,) = effects.harmed
    assert harmed == GroupEffect("sex", "female", 1.0, pytest.approx(12 / 32))


def test_small_groups_are_hidden_as_in_the_fairness_tables_and_the_silent_are_counted() -> None:
    applicants, groups = people()
    few = {
        interview: told
        for interview, told in groups.items()
        if told["sex"] == "male" or interview.endswith(("-1", "-2"))
    }
    effects = effects_of(applicants, PRESENT, PROPOSED, 80, few)
    assert [(line.option, line.present, line.proposed) for line in effects.groups] == [
        ("female", None, None), ("male", None, None)
    ]  # fmt: skip
    assert effects.unknown == 38
    assert effects.harmed == ()


def test_a_group_under_2_per_cent_is_not_judged_and_sets_no_highest_rate() -> None:
    applicants, groups = people()
    many = [Applicant(f"{one.interview_id}.{copy}", one.scores) for one in applicants for copy in range(5)]
    told = {one.interview_id: groups[one.interview_id.split(".")[0]] for one in many}
    told |= {one.interview_id: {"sex": "another"} for one in many[:6]}
    lines = {line.option: line for line in effects_of(many, PRESENT, PROPOSED, 80, told).groups}
    assert (lines["another"].present, lines["another"].proposed) == (None, None)
    assert lines["male"].proposed == 1.0


def test_a_ratio_under_four_fifths_that_only_the_proposal_gives_counts_as_harm() -> None:
    assert GroupEffect("sex", "female", None, 0.5).falls_below
    assert not GroupEffect("sex", "female", 0.5, 0.6).falls_below
    assert not GroupEffect("sex", "female", 0.9, 0.8).falls_below
    assert not GroupEffect("sex", "female", 0.9, None).falls_below


def test_whoever_could_not_be_scored_passes_under_neither() -> None:
    effects = effects_of([Applicant("x", {"a": None, "b": None})], PRESENT, PROPOSED, 80, {})
    assert (effects.present.of, effects.present.rate, effects.groups) == (0, None, ())
