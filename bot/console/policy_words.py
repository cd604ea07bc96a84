"""Rules of a policy in plain words: what each does to whom, and what changes with another policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.console.texts import all_texts, say
from core.content import Language
from hr_bridge.insights.groups import group_questions
from hr_bridge.policy import STALE_AFTER, Policy, Rule


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as the page shows it; `key` is empty for a further duty, which binds people and not the program."""

    key: str
    title: str
    value: str
    effect: str
    source: str
    in_force_from: date
    checked_on: date
    stale: bool
    in_force: bool


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that another policy has otherwise."""

    title: str
    before: str
    after: str
    effect: str


def rule_lines(policy: Policy, language: Language, today: date) -> Sequence[RuleLine]:
    """All rules, then the further duties."""
    lines = [
        _line(key, rule, say(language, f"rules.{key}"), say(language, f"effects.{key}"), language, today)
        for key, rule in policy.rules.items()
    ]
    duty = say(language, "audit.duty")
    return [*lines, *(_line("", rule, duty, say(language, "effects.duty"), language, today) for rule in policy.duties)]


def rule_value(key: str, value: str | int | bool, language: Language) -> str:
    """366 days, never, or the questions asked by their titles."""
    if key == "demographic_questions" and value != "none":
        comma = "、" if language == "zh" else ", "
        return comma.join(group_questions()[one].title.text(language) for one in str(value).split(","))
    if isinstance(value, bool):
        return say(language, "values.yes" if value else "values.no")
    if isinstance(value, int):
        return say(language, "values.days", n=value)
    known = all_texts().get(f"values.{value}")
    return known[language] if known else value


def rule_changes(before: Policy, after: Policy, language: Language) -> Sequence[RuleChange]:
    """The rules that the second policy has otherwise, and duties that come or go."""
    found = [
        RuleChange(
            say(language, f"rules.{key}"),
            rule_value(key, before.rules[key].value, language),
            rule_value(key, after.rules[key].value, language),
            say(language, f"effects.{key}"),
        )
        for key in after.rules
        if before.rules[key].value != after.rules[key].value
    ]
    old, new = ([str(rule.value) for rule in policy.duties] for policy in (before, after))
    duty, nothing = say(language, "audit.duty"), "–"
    effect = say(language, "effects.duty")
    gone = [RuleChange(duty, one, nothing, effect) for one in old if one not in new]
    return [*found, *gone, *(RuleChange(duty, nothing, one, effect) for one in new if one not in old)]


def _line(key: str, rule: Rule, title: str, effect: str, language: Language, today: date) -> RuleLine:
    return RuleLine(
        key=key,
        title=title,
        value=rule_value(key, rule.value, language),
        effect=effect,
        source=rule.source,
        in_force_from=rule.in_force_from,
        checked_on=rule.checked_on,
        stale=today - rule.checked_on > STALE_AFTER,
        in_force=rule.in_force_from <= today,
    )
