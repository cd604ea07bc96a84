from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from hr_bridge import policy as policy_module
from hr_bridge.policy import PolicyBroken, PolicyUnknown, load_policy, policy_names, stale_rules


def test_strict_is_the_default_and_every_profile_of_the_product_is_there() -> None:
    assert load_policy().name == "strict"
    assert set(policy_names()) == {"strict", "eu", "us", "us-ca", "us-co", "us-il", "us-ny", "cn"}


@pytest.mark.parametrize("name", policy_names())
def test_every_rule_has_a_source_and_its_dates(name: str) -> None:
    policy = load_policy(name)
    for rule in [*policy.rules.values(), *policy.duties]:
        assert rule.source.strip()
        assert rule.in_force_from <= date(2027, 12, 31)
        assert rule.checked_on >= date(2026, 11, 23)
    assert set(policy.title) == {"zh", "en"}


def test_prior_pay_is_used_in_china_alone_and_only_if_given_freely() -> None:
    assert {name: load_policy(name).prior_pay for name in policy_names() if name != "cn"} == dict.fromkeys(
        set(policy_names()) - {"cn"}, "never"
    )
    assert load_policy("cn").prior_pay == "if_given_freely"


@pytest.mark.parametrize("name", policy_names())
def test_nobody_is_rejected_by_the_program_and_no_emotion_or_voiceprint_is_taken(name: str) -> None:
    policy = load_policy(name)
    assert policy.automatic_advance == "with_notice_and_log"
    assert policy.automatic_rejection == ("never" if name != "cn" else policy.automatic_rejection)
    assert policy.emotion_from_voice_or_face == "not_built"
    assert policy.voiceprint == "off"


def test_in_china_a_rejection_by_the_program_has_conditions_named_by_the_law() -> None:
    rule = load_policy("cn").rules["automatic_rejection"]
    assert load_policy("cn").automatic_rejection == "after_assessment_notice_explanation_and_right_to_refuse"
    assert "Art. 24, 55-56" in rule.source


def test_retention_follows_the_product_and_california_keeps_four_years() -> None:
    kept = {
        name: (p.recordings_kept_days, p.decision_record_kept_days)
        for name in policy_names()
        if (p := load_policy(name))
    }
    assert kept["strict"] == kept["eu"] == kept["cn"] == (90, 1096)
    assert kept["us"] == kept["us-ny"] == (366, 1096)
    assert kept["us-ca"] == (1461, 1461)


def test_data_leave_china_only_on_a_recorded_basis_and_ai_text_is_labelled_there() -> None:
    assert load_policy("cn").data_abroad == "off_until_basis_recorded"
    assert load_policy("cn").label_ai_text
    assert not load_policy("eu").label_ai_text


def test_new_york_audits_every_year_and_the_eu_duties_start_in_december_2027() -> None:
    assert "audit" in str(load_policy("us-ny").duties[0].value)
    assert load_policy("eu").duties[0].in_force_from == date(2027, 12, 2)


def test_a_rule_is_stale_after_180_days_and_not_before() -> None:
    policy = load_policy("us-ny")
    checked = date(2026, 11, 23)
    assert stale_rules(policy, checked + timedelta(days=180)) == ()
    stale = stale_rules(policy, checked + timedelta(days=181))
    assert "prior_pay" in stale
    assert len(stale) == len(policy.rules) + len(policy.duties)


@pytest.mark.parametrize("name", ["mars", "../settings", "us-xx", "", "CN"])
def test_an_unknown_profile_is_refused_with_the_names_that_exist(name: str) -> None:
    with pytest.raises(PolicyUnknown, match="strict"):
        load_policy(name)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("value: never", "value: perhaps"), "prior_pay"),
        (("checked_on: 2026-11-23", "checked_on: lately"), "checked_on"),
        (("source:", "origin:"), "source"),
        (("  label_ai_text:", "  label_everything:"), "label_ai_text"),
        (("value: 90", "value: 0"), "at least one day"),
        (("title: {", "title: ["), "parsing"),
        (("value: 90", "value: 1097"), "kept at least as long"),
        (("  voiceprint:", "  prior_pay:"), "“prior_pay” stands twice"),
        (("value: sex,age", "value: sex,sex"), "stands twice"),
    ],
)
def test_a_broken_profile_is_named_with_the_place_that_is_wrong(
    change: tuple[str, str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = (Path(policy_module.__file__).parent / "policies" / "strict.yml").read_text(encoding="utf-8")
    (tmp_path / "broken.yml").write_text(good.replace(*change), encoding="utf-8")
    monkeypatch.setattr(policy_module, "_FOLDER", tmp_path)
    policy_module._read.cache_clear()
    with pytest.raises(PolicyBroken, match=rf"broken\.yml.*{re.escape(complaint)}"):
        load_policy("broken")
    policy_module._read.cache_clear()
