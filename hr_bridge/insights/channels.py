"""Channels of origin side by side, and advice where the interval supports it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from hr_bridge.insights.cost import Costs
from hr_bridge.insights.course import STAGES, Course, Stage
from hr_bridge.insights.proportion import Difference, Share, difference

FEWEST: Final = 20
"""Invited people below which a channel is not judged."""
WEIGHED: Final[tuple[Stage, ...]] = ("passed", "hired", "stayed")
"""What a channel must not be clearly worse at to be worth more of the budget."""


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One channel. Each stage is a share of the people invited; `opened` one of those of whom it is known, `stayed` one
    of the hires of whom it is known."""

    channel: str | None
    stages: Mapping[Stage, Share]
    cost: float | None
    """In all, where a price is set."""
    cost_per_hire: float | None

    @property
    def invited(self) -> int:
        return self.stages["invited"].of

    @property
    def is_judged(self) -> bool:
        return self.invited >= FEWEST


@dataclass(frozen=True, slots=True)
class Advice:
    """One channel takes clearly more, or fewer, people along than the others together."""

    channel: str | None
    gain: Difference
    """In participation: the channel's minus that of the others."""
    own: Share
    others: Share
    worse_at: tuple[Stage, ...]
    """Where the channel is clearly behind all the same."""

    @property
    def feed(self) -> bool:
        return self.gain.low > 0 and not self.worse_at


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """The largest channel first; `advice` is empty where nothing is clear."""

    lines: Sequence[ChannelLine]
    advice: Sequence[Advice]
    comparisons: int
    """How many channels were judged against the others; 0 where there are not two."""


def compare_channels(courses: Iterable[Course], costs: Costs) -> ChannelReport:
    """Lines for every channel, and what the intervals support.

    Where more than two channels are judged, the intervals are widened so that all of them hold together with 95 %
    (Bonferroni): chance alone gives advice in at most one of twenty reports.
    """
    groups: dict[str | None, list[Course]] = defaultdict(list)
    for course in courses:
        groups[course.channel].append(course)
    order = sorted(groups, key=lambda channel: (channel is None, -len(groups[channel]), channel or ""))
    lines = [channel_line(channel, groups[channel], costs) for channel in order]
    judged = [line for line in lines if line.is_judged and line.channel is not None]
    if len(judged) < 2:
        return ChannelReport(lines, (), 0)
    comparisons = 1 if len(judged) == 2 else len(judged)
    z = NormalDist().inv_cdf(1 - 0.025 / comparisons)
    advice = [one for line in judged if (one := _advise(line, judged, z)) is not None]
    return ChannelReport(lines, sorted(advice, key=lambda one: -one.gain.point), len(judged))


def channel_line(channel: str | None, courses: Sequence[Course], costs: Costs) -> ChannelLine:
    """The stages of these people, and what they cost."""
    stages = {stage: stage_share(courses, stage) for stage in STAGES}
    hired = stages["hired"].count
    spent, taken = costs.of(courses), costs.of_channel(channel, len(courses), hired)
    cost = spent + (taken or 0.0) if costs.are_set or taken is not None else None
    return ChannelLine(channel, stages, cost, cost / hired if cost is not None and hired else None)


def stage_share(courses: Sequence[Course], stage: Stage) -> Share:
    """How many reached a stage, of all invited of whom it is known; for `stayed` of those hired."""
    known = [course for course in courses if course.is_known(stage) and (stage != "stayed" or course.hired)]
    return Share(sum(course.has_reached(stage) for course in known), len(known))


def _advise(line: ChannelLine, judged: Sequence[ChannelLine], z: float) -> Advice | None:
    rest = [other for other in judged if other is not line]
    others = _together(rest, "started")
    gain = difference(line.stages["started"], others, z)
    if gain is None or not gain.is_clear:
        return None
    worse = tuple(
        stage
        for stage in WEIGHED
        if (gap := difference(line.stages[stage], _together(rest, stage), z)) is not None and gap.high < 0
    )
    return Advice(line.channel, gain, line.stages["started"], others, worse)


def _together(lines: Iterable[ChannelLine], stage: Stage) -> Share:
    shares = [line.stages[stage] for line in lines]
    return Share(sum(share.count for share in shares), sum(share.of for share in shares))
