"""The board 运营看板 in figures: each a number with what it was reckoned from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from hr_bridge.insights.channels import stage_share
from hr_bridge.insights.cost import Costs
from hr_bridge.insights.course import RATED_WHEN, Course, RatedWhen
from hr_bridge.insights.proportion import Share

FEWEST: Final = 10
"""Ratings, reviews or hires below which no middle or mean is given: it would be chance."""


@dataclass(frozen=True, slots=True)
class Middle:
    """A median or mean and how many it is of; `value` is None under FEWEST."""

    value: float | None
    of: int


@dataclass(frozen=True, slots=True)
class Board:
    """All figures of some people, who were invited in a period."""

    invited: int
    days_to_hire: Middle
    """Median of days from invitation to hire, of those hired."""
    ai_interviews: Share
    """Finished interviews, of everybody who came in: invited here, or applied in the HR system for our positions."""
    participation: Share
    completion: Share
    """Finished, of those who started."""
    review_minutes: Middle
    """Median a review."""
    reviewed_minutes_in_all: float
    cost: float | None
    """Of one finished interview; None where no price is set or none was finished."""
    cost_in_all: float | None
    cost_unknown: int
    """People of whom texts and review time are deleted already, though a price is set for them: it was more."""
    stayed: Share
    """Still there after 90 days, of those hired of whom it is known."""
    hired: int
    stars: Middle
    """Mean."""
    stars_when: Mapping[RatedWhen, Middle]
    """The same by where the candidate stood."""


def reckon(courses: Sequence[Course], costs: Costs, never_invited: int = 0) -> Board:
    """The figures of these people; `never_invited` applied and were not invited."""
    began = [course for course in courses if course.started]
    days = [
        float(lasted)
        for course in courses
        if course.hired_at is not None and (lasted := (course.hired_at.date() - course.invited_at.date()).days) >= 0
    ]
    minutes = [course.review_minutes for course in courses if course.review_minutes is not None]
    finished = sum(course.finished for course in courses)
    spent = costs.of(courses) if costs.are_set else None
    return Board(
        invited=len(courses),
        days_to_hire=_middle(days, median),
        ai_interviews=Share(finished, len(courses) + never_invited),
        participation=stage_share(courses, "started"),
        completion=Share(sum(course.finished for course in began), len(began)),
        review_minutes=_middle(minutes, median),
        reviewed_minutes_in_all=sum(minutes),
        cost=spent / finished if spent is not None and finished else None,
        cost_in_all=spent,
        cost_unknown=costs.unknown(courses),
        stayed=stage_share(courses, "stayed"),
        hired=sum(course.hired for course in courses),
        stars=_middle([course.stars for course in courses if course.stars is not None], fmean),
        stars_when={
            when: _middle(
                [course.stars for course in courses if course.stars is not None and course.rated_when == when], fmean
            )
            for when in RATED_WHEN
        },
    )


def reckon_by(
    courses: Iterable[Course], name: Callable[[Course], str], costs: Costs, never_invited: Mapping[str, int]
) -> Mapping[str, Board]:
    """The figures apart for each `name`, the one with most people first."""
    groups: dict[str, list[Course]] = defaultdict(list)
    for course in courses:
        groups[name(course)].append(course)
    order = sorted(groups, key=lambda each: (-len(groups[each]), each))
    return {each: reckon(groups[each], costs, never_invited.get(each, 0)) for each in order}


def _middle(values: Sequence[float], middle: Callable[[Sequence[float]], float]) -> Middle:
    return Middle(middle(values) if len(values) >= FEWEST else None, len(values))
