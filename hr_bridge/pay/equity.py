"""Pay equity: how a suggested pay compares with colleagues of the same grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from hr_bridge.pay.band import round_money
from hr_bridge.pay.reasons import ReasonLines, show_percentage
from hr_bridge.pay.settings import PaySettings

_ROUNDING_ERROR = 1e-9


@dataclass(frozen=True, slots=True)
class PayEquity:
    """How the point compares with colleagues of the same grade; `gap` is point ÷ median - 1."""

    peers: int
    median: float
    gap: float
    within_tolerance: bool


def check_equity(reasons: ReasonLines, point: float, peers: Sequence[float], settings: PaySettings) -> PayEquity | None:
    """Compare `point` with the monthly bases of peers and say so in `reasons`; None under the least number of peers."""
    if not peers:
        reasons.add("no_peers")
        return None
    if len(peers) < settings.equity_least_peers:
        reasons.add("few_peers", least=settings.equity_least_peers)
        return None
    middle = median(peers)
    gap = point / middle - 1
    within = abs(gap) <= settings.equity_tolerance + _ROUNDING_ERROR
    reasons.add(
        "equity_good" if within else "equity_off",
        count=len(peers),
        median=middle,
        gap=show_percentage(abs(gap)),
        most=show_percentage(settings.equity_tolerance),
    )
    return PayEquity(len(peers), round_money(middle), round(gap, 4), within)
