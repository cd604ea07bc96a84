from __future__ import annotations

import pytest

from hr_bridge.insights.weight_effects import Applicant, effects_of

PRESENT, PROPOSED = {"a": 0.5, "b": 0.5}, {"a": 0.8, "b": 0.2}


def people() -> tuple[list[Applicant], dict[str, dict[str, str]]]:
    """Forty women strong in b, forty men strong in a: present weights pass 24 and 24, the proposed ones 12 and 32."""
    scores = {
        "women": [{"a": 80.0, "b": 80.0}] * 12 + [{"a": 70.0, "b": 90.0}] * 12 + [{"a": 50.0, "b": 50.0}] * 16,
        "men": [{"a": 90.0, "b": 70.0}] * 24 + [{"a": 85.0, "b": 65.0}] * 8 + [{"a": 50.0, "b": 50.0}] * 8,
    }
    applicants = [
        Applicant(f"{group}-{i}", dict(one)) for group, of_group in scores.items() for i, one in enumerate(of_group)
    ]
    return applicants, {"sex": {one.candidate_id: one.candidate_id.split("-")[0] for one in applicants}}


def test_a_group_that_would_fall_under_four_fifths_is_named_first() -> None:
    applicants, groups = people()
    effects = effects_of(applicants, PRESENT, PROPOSED, 80, groups)
    assert (effects.present.count, effects.proposed.count, effects.present.of) == (48, 44, 80)
    (harmed,) = effects.harmed
    assert (harmed.attribute, harmed.group, harmed.present, harmed.proposed) == (
        "sex",
        "women",
        1.0,
        pytest.approx(12 / 32),
    )


def test_small_groups_are_hidden_and_the_silent_are_counted() -> None:
    applicants, groups = people()
    few = {"sex": {name: group for name, group in groups["sex"].items() if group == "men" or name.endswith("-1")}}
    effects = effects_of(applicants, PRESENT, PROPOSED, 80, few)
    assert [(line.group, line.present, line.proposed) for line in effects.groups] == [
        ("men", None, None), ("women", None, None)
    ]  # fmt: skip
    assert effects.unknown == 39
    assert effects.harmed == ()


def test_whoever_could_not_be_scored_passes_under_neither() -> None:
    effects = effects_of([Applicant("x", {"a": None, "b": None})], PRESENT, PROPOSED, 80, {})
    assert (effects.present.of, effects.present.rate, effects.groups) == (0, None, ())
