"""Invited people whose true course is known: what each channel of origin is worth, and which group is held back.

The score has no part in the truth of groups: whoever is held back is decided against with the same scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from hr_bridge.insights.groups import Groups
from hr_bridge.insights.simulated import simulate_scores

FOLLOWS_MATCH: Final = 0.6
"""Correlation of the latent wish to advance somebody with their match."""


@dataclass(frozen=True, slots=True)
class ChannelTruth:
    """Every figure is the chance of those who came to the step before it; `passed` that of people not held back."""

    opened: float
    started: float
    finished: float
    passed: float
    hired: float
    stayed: float
    price: str
    """What the channel takes, as COST_CHANNELS has it."""


@dataclass(frozen=True, slots=True)
class GroupTruth:
    """Of those asked, `share` belong to `option` of `question`, and their chance to pass is `factor` of the others'."""

    question: str
    option: str
    other: str
    share: float
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class SimulatedCourse:
    """How far one person came. `groups` is what they told of themselves, empty where they would not say."""

    channel: str
    opened: bool
    started: bool
    finished: bool
    passed: bool
    hired: bool
    stayed: bool
    scores: Mapping[str, float]
    groups: Groups


def simulate_courses(
    rng: np.random.Generator,
    weights: Mapping[str, float],
    channels: Mapping[str, ChannelTruth],
    each: int,
    groups: tuple[GroupTruth, ...] = (),
    told: float = 0.85,
) -> list[SimulatedCourse]:
    """`each` people of every channel; a share `told` of those who finish say which `groups` they belong to."""
    found = []
    for channel, truth in channels.items():
        _, scores = simulate_scores(rng, weights, each)
        match = scores["match"]
        liked = (match - match.mean()) / match.std()
        liked = FOLLOWS_MATCH * liked + np.sqrt(1 - FOLLOWS_MATCH**2) * rng.standard_normal(each)
        chance = rng.random((each, 6 + len(groups)))
        for place in range(each):
            of = chance[place]
            belongs = [one for one, drawn in zip(groups, of[6:], strict=True) if drawn < one.share]
            passing = truth.passed * float(np.prod([one.factor for one in belongs]))
            opened = bool(of[0] < truth.opened)
            started = opened and bool(of[1] < truth.started)
            finished = started and bool(of[2] < truth.finished)
            passed = finished and bool(liked[place] > NormalDist().inv_cdf(1 - passing))
            hired = passed and bool(of[3] < truth.hired)
            tells = finished and bool(of[4] < told)
            found.append(
                SimulatedCourse(
                    channel=channel,
                    opened=opened,
                    started=started,
                    finished=finished,
                    passed=passed,
                    hired=hired,
                    stayed=hired and bool(of[5] < truth.stayed),
                    scores={key: float(values[place]) for key, values in scores.items()},
                    groups={one.question: one.option if one in belongs else one.other for one in groups}
                    if tells
                    else {},
                )
            )
    return found
