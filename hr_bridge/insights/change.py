"""Before and after a day: did a changed setting change what candidates do?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from hr_bridge.insights.course import Course, Stage
from hr_bridge.insights.proportion import Difference, Share, difference

FEWEST: Final = 20
"""People on either side below which nothing is concluded."""
Measure = Literal["participation", "completion", "passing"]
MEASURES: Final[tuple[tuple[Measure, Stage, Stage], ...]] = (
    ("participation", "started", "invited"),
    ("completion", "finished", "started"),
    ("passing", "passed", "finished"),
)
"""What is compared: those who reached the first stage, of those who reached the second."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One measure on both sides, and after minus before with its interval of 95 %."""

    measure: Measure
    before: Share
    after: Share
    change: Difference | None

    @property
    def is_judged(self) -> bool:
        return min(self.before.of, self.after.of) >= FEWEST


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting of a position that another version has otherwise; values as JSON has them."""

    setting: str
    """Path in the profile, such as `planned_minutes.opening`."""
    before: Any
    after: Any


def compare_before_after(courses: Iterable[Course], day: datetime) -> Sequence[ChangeLine]:
    """People invited before `day` against those invited from it on."""
    sides: tuple[list[Course], list[Course]] = ([], [])
    for course in courses:
        sides[course.invited_at >= day].append(course)
    lines = []
    for measure, reached, base in MEASURES:
        before, after = (_share(side, reached, base) for side in sides)
        lines.append(ChangeLine(measure, before, after, difference(after, before)))
    return lines


def changed_settings(before: Any, after: Any, path: str = "") -> Sequence[SettingChange]:
    """What two profiles of a position say differently, leaf by leaf; lists are compared whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        found: list[SettingChange] = []
        for key in sorted(before.keys() | after.keys()):
            inner = f"{path}.{key}" if path else key
            found.extend(changed_settings(before.get(key), after.get(key), inner))
        return found
    return () if before == after else (SettingChange(path, before, after),)


def _share(courses: Iterable[Course], reached: Stage, base: Stage) -> Share:
    there = [course for course in courses if course.has_reached(base)]
    return Share(sum(course.has_reached(reached) for course in there), len(there))
