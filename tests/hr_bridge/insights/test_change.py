from __future__ import annotations

from datetime import timedelta

from hr_bridge.insights.change import SettingChange, changed_settings, compare_before_after
from tests.hr_bridge.insights.people import DAY, crowd


def test_a_longer_introduction_shows_in_completion_and_not_in_participation() -> None:
    changed = DAY + timedelta(days=30)
    before = crowd(400, 200, 120)
    after = crowd(400, 200, 160, invited_at=changed)
    participation, completion, passing = compare_before_after([*before, *after], changed)
    assert participation.change is not None
    assert not participation.change.is_clear
    assert completion.before.rate == 0.6
    assert completion.after.rate == 0.8
    assert completion.change is not None
    assert round(completion.change.point, 6) == 0.2
    assert 0.10 < completion.change.low < 0.12
    assert completion.is_judged
    assert passing.change is not None
    assert passing.change.point == 0


def test_the_day_itself_belongs_to_after_and_few_people_are_not_judged() -> None:
    lines = compare_before_after([*crowd(30, 10, invited_at=DAY - timedelta(seconds=1)), *crowd(5, 5)], DAY)
    assert [(line.before.of, line.after.of) for line in lines] == [(30, 5), (10, 5), (0, 0)]
    assert not any(line.is_judged for line in lines)
    assert lines[2].change is None


def test_what_a_version_of_a_position_changed_is_named_leaf_by_leaf() -> None:
    before = {"planned_minutes": {"opening": 2.0, "facts": 1.0}, "pass_line": 80, "languages": ["zh"]}
    after = {"planned_minutes": {"opening": 3.0, "facts": 1.0}, "pass_line": 80, "languages": ["zh", "en"]}
    assert changed_settings(before, after) == [
        SettingChange("languages", ["zh"], ["zh", "en"]),
        SettingChange("planned_minutes.opening", 2.0, 3.0),
    ]
