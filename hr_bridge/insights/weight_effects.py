"""Who would pass under other weights: the share of applicants at or over the pass line, and of each group.

Groups are compared, and small ones hidden, by the rules of `fairness.py`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hr_bridge.insights.fairness import FOUR_FIFTHS, Group, compare_groups, hidden_groups
from hr_bridge.insights.groups import Groups, group_questions
from hr_bridge.insights.proportion import Share
from hr_bridge.match import match


@dataclass(frozen=True, slots=True)
class Applicant:
    """One scored interview: scores by competency, None where one could not be scored."""

    interview_id: str
    scores: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """One group's impact ratio under present and proposed weights; None where nobody passes, or where the group is not
    shown or not judged. `question` is what groups are told apart by, such as sex, `option` the group."""

    question: str
    option: str
    present: float | None
    proposed: float | None

    @property
    def falls_below(self) -> bool:
        """Whether the proposal takes it under four fifths, or further under."""
        if self.proposed is None or self.proposed >= FOUR_FIFTHS:
            return False
        return self.present is None or self.proposed < self.present


@dataclass(frozen=True, slots=True)
class WeightEffects:
    """Pass rates of everybody who could be scored, and impact ratios by group. `unknown` is how many of them told
    nothing of any group."""

    present: Share
    proposed: Share
    groups: tuple[GroupEffect, ...]
    unknown: int

    @property
    def harmed(self) -> tuple[GroupEffect, ...]:
        """Groups that the proposal would take below four fifths."""
        return tuple(each for each in self.groups if each.falls_below)


def effects_of(
    applicants: Sequence[Applicant],
    present: Mapping[str, float],
    proposed: Mapping[str, float],
    pass_line: float,
    groups: Mapping[str, Groups],
) -> WeightEffects:
    """Work out both sets of weights over the same applicants. `groups` is what was told, by interview id."""
    passed = {
        one.interview_id: (before >= pass_line, after >= pass_line)
        for one in applicants
        if (before := match(one.scores, present)) is not None and (after := match(one.scores, proposed)) is not None
    }
    told = {interview: groups.get(interview, {}) for interview in passed}
    hidden = hidden_groups(told.values())
    lines = [
        line
        for question, asked in group_questions().items()
        for line in _ratios(
            question, asked.options, told, passed, {group for dimension, group in hidden if dimension == (question,)}
        )
    ]
    return WeightEffects(
        present=Share(sum(before for before, _ in passed.values()), len(passed)),
        proposed=Share(sum(after for _, after in passed.values()), len(passed)),
        groups=tuple(lines),
        unknown=sum(not each for each in told.values()),
    )


def _ratios(
    question: str,
    options: Iterable[str],
    told: Mapping[str, Groups],
    passed: Mapping[str, tuple[bool, bool]],
    hidden: Collection[Group],
) -> list[GroupEffect]:
    """Nothing where nobody told; whether a hidden group is empty is not told either."""
    of_group: dict[str, list[tuple[bool, bool]]] = {}
    for interview, groups in told.items():
        if question in groups:
            of_group.setdefault(groups[question], []).append(passed[interview])
    if not of_group:
        return []
    shown = [option for option in options if option in of_group and (option,) not in hidden]
    ratios: list[Mapping[str, float | None]] = [{}, {}]
    if len(shown) > 1:
        for side in (0, 1):
            shares: dict[Group, Share] = {
                (one,): Share(sum(each[side] for each in of_group[one]), len(of_group[one])) for one in shown
            }
            ratios[side] = {line.group[0]: line.ratio for line in compare_groups(shares)}
    listed = [option for option in options if option in shown or (option,) in hidden]
    return [GroupEffect(question, option, ratios[0].get(option), ratios[1].get(option)) for option in listed]
