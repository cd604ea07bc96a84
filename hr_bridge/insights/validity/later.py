"""What became of one person, as figures: pay growth and staying. `None` always comes with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from hr_bridge.profile.history import A_YEAR, TELLING

NINETY_DAYS: Final = timedelta(days=90)
SHORTEST_GROWTH: Final = timedelta(days=180)
"""Between two figures of pay; over a shorter time one raise would count as a rate of many a year."""
LARGEST_RATIO: Final = 10.0
"""Of two figures of one person's pay; beyond it one of them is a slip."""

Figure = tuple[float | None, str | None]
"""The value, or None and why there is none."""


def stayed(
    started_on: date, exits: Sequence[tuple[date, str | None]], known_until: date | None, span: timedelta
) -> Figure:
    """1 where they were still there `span` after they started, 0 where they had left for a reason that says something
    of them (`TELLING`: of their own accord, dismissed, failed probation).

    `known_until` is the day on which exits were last told, None where they never were.
    """
    if known_until is None:
        return None, "no_exits"
    left = next(((on, why) for on, why in sorted(exits, key=lambda exit_: exit_[0]) if on >= started_on), None)
    if left is not None and left[0] - started_on < span:
        return (0.0, None) if left[1] in TELLING else (None, "left_otherwise")
    if left is None and known_until - started_on < span:
        return None, "too_early"
    return 1.0, None


def stayed_90_days(started_on: date, exits: Sequence[tuple[date, str | None]], known_until: date | None) -> Figure:
    return stayed(started_on, exits, known_until, NINETY_DAYS)


def stayed_a_year(started_on: date, exits: Sequence[tuple[date, str | None]], known_until: date | None) -> Figure:
    return stayed(started_on, exits, known_until, A_YEAR)


def pay_growth(started_on: date, agreed: Mapping[str, Any], later: Sequence[tuple[date, Mapping[str, Any]]]) -> Figure:
    """How fast base pay rose, in per cent a year compounded: 100 ((last / first) ** (365 / days) - 1).

    The first figure is what was agreed, or the first told after the start; the last is the newest in the same currency
    and period. A year's pay is brought to a month by its own months.
    """
    told = [(started_on, figure)] if (figure := _paid(agreed)) else []
    told += [
        (on, figure)
        for on, pay in sorted(later, key=lambda line: line[0])
        if on > started_on and (figure := _paid(pay))
    ]
    if len(told) < 2:
        return None, "no_pay"
    (first_on, (first, unit)), rest = told[0], told[1:]
    alike = [(on, amount) for on, (amount, theirs) in rest if theirs == unit]
    if not alike:
        return None, "other_unit"
    last_on, last = alike[-1]
    if last_on - first_on < SHORTEST_GROWTH:
        return None, "too_early"
    if not 1 / LARGEST_RATIO <= last / first <= LARGEST_RATIO:
        return None, "implausible"
    return 100 * ((last / first) ** (365 / (last_on - first_on).days) - 1), None


def _paid(pay: Mapping[str, Any]) -> tuple[float, tuple[str | None, str | None]] | None:
    base, period, months = pay.get("base"), pay.get("period"), pay.get("months")
    if not base or base <= 0:
        return None
    if period == "year" and months:
        base, period = base / months, "month"
    return float(base), (pay.get("currency"), period)
