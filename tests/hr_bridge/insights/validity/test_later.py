from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hr_bridge.insights.validity.later import pay_growth

START = date(2025, 1, 1)


def pay(base: float | None, currency: str = "CNY", period: str = "month", months: int | None = None) -> dict[str, Any]:
    return {"base": base, "currency": currency, "period": period, "months": months}


def on(days: int) -> date:
    return START + timedelta(days=days)


@pytest.mark.parametrize(
    ("agreed", "later", "expected"),
    [
        (pay(10_000), [(on(365), pay(11_000))], (10.0, None)),
        (pay(10_000), [(on(730), pay(12_100)), (on(365), pay(10_500))], (10.0, None)),
        (pay(None), [(on(10), pay(10_000)), (on(375), pay(10_000))], (0.0, None)),
        (pay(130_000, period="year", months=13), [(on(365), pay(11_000))], (10.0, None)),
        (pay(10_000), [], (None, "no_pay")),
        (pay(10_000), [(on(365), pay(11_000, "USD"))], (None, "other_unit")),
        (pay(10_000), [(on(365), pay(200_000, period="year"))], (None, "other_unit")),
        (pay(10_000), [(on(90), pay(11_000))], (None, "too_early")),
        (pay(10_000), [(on(365), pay(110_000_000))], (None, "implausible")),
    ],
)
def test_pay_growth(
    agreed: dict[str, Any], later: list[tuple[date, dict[str, Any]]], expected: tuple[Any, Any]
) -> None:
    value, why = pay_growth(START, agreed, later)
    assert why == expected[1]
    assert value == (None if expected[0] is None else pytest.approx(expected[0], abs=1e-9))
