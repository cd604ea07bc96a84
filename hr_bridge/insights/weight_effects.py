"""Who would pass under other weights: the share of applicants at or over the pass line, and of each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hr_bridge.insights.proportion import Share
from hr_bridge.match import match

FOUR_FIFTHS: Final = 0.8
"""29 CFR 1607.4 D: a selection rate under four fifths of the highest group's is taken as evidence of adverse impact."""
FEWEST_IN_GROUP: Final = 10
"""Members under which a group's rate is chance, and would tell of single people."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """One scored applicant: scores by competency, None where one could not be scored."""

    candidate_id: str
    scores: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """One group's impact ratio (its pass rate over the highest group's) under present and proposed weights; None where
    nobody passes or the group is too small. `attribute` is what groups are told apart by, such as sex."""

    attribute: str
    group: str
    present: float | None
    proposed: float | None

    @property
    def falls_below(self) -> bool:
        """Whether the proposal takes it under four fifths, or further under."""
        if self.present is None or self.proposed is None:
            return False
        return self.proposed < FOUR_FIFTHS and self.proposed < self.present


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
    groups: Mapping[str, Mapping[str, str]],
) -> WeightEffects:
    """Work out both sets of weights over the same applicants. `groups` is attribute → candidate id → group."""
    passed = {
        one.candidate_id: (before >= pass_line, after >= pass_line)
        for one in applicants
        if (before := match(one.scores, present)) is not None and (after := match(one.scores, proposed)) is not None
    }
    lines = [line for attribute, members in sorted(groups.items()) for line in _ratios(attribute, members, passed)]
    told = {candidate for members in groups.values() for candidate in members}
    return WeightEffects(
        present=Share(sum(before for before, _ in passed.values()), len(passed)),
        proposed=Share(sum(after for _, after in passed.values()), len(passed)),
        groups=tuple(lines),
        unknown=sum(candidate not in told for candidate in passed),
    )


def _ratios(attribute: str, members: Mapping[str, str], passed: Mapping[str, tuple[bool, bool]]) -> list[GroupEffect]:
    of_group: dict[str, list[tuple[bool, bool]]] = {}
    for candidate, group in members.items():
        if candidate in passed:
            of_group.setdefault(group, []).append(passed[candidate])
    large = {group: found for group, found in of_group.items() if len(found) >= FEWEST_IN_GROUP}
    rates = {
        group: tuple(sum(each[side] for each in found) / len(found) for side in (0, 1))
        for group, found in large.items()
    }
    highest = [max((rate[side] for rate in rates.values()), default=0.0) for side in (0, 1)]

    def ratio(group: str, side: int) -> float | None:
        return rates[group][side] / highest[side] if group in rates and len(rates) > 1 and highest[side] else None

    return [GroupEffect(attribute, group, ratio(group, 0), ratio(group, 1)) for group in sorted(of_group)]
