"""How fast one person's pay grew. `None` always comes with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from hr_bridge.employment import Figure

SHORTEST_GROWTH: Final = timedelta(days=180)
"""Between two figures of pay; over a shorter time one raise would count as a rate of many a year."""
LARGEST_RATIO: Final = 10.0
"""Of two figures of one person's pay; beyond it one of them is a slip."""


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
