from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_bridge.imports.cells import CellUnreadable
from hr_bridge.imports.money import Money, read_currency, read_money, read_period


@pytest.mark.parametrize(
    ("typed", "money"),
    [
        ("12000", Money(12000, None, None)),
        ("12,000元/月", Money(12000, "CNY", "month")),
        ("1.2万", Money(12000, None, None)),
        ("12k", Money(12000, None, None)),
        ("12K/月", Money(12000, None, "month")),
        ("8千", Money(8000, None, None)),
        ("年薪20万", Money(200000, None, "year")),
        ("￥20万/年", Money(200000, "CNY", "year")),
        ("$5,000/month", Money(5000, "USD", "month")),
        ("25元/小时", Money(25, "CNY", "hour")),
        ("12000.50", Money(12000.5, None, None)),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str, money: Money) -> None:
    assert read_money(typed) == money


@pytest.mark.parametrize("typed", ["12", "1.2", "99.9"])
def test_an_amount_that_may_be_thousands_or_ten_thousands_is_named(typed: str) -> None:
    with pytest.raises(CellUnreadable, match="unit is missing"):
        read_money(typed)


@pytest.mark.parametrize(
    "typed", ["", "面议", "12-15K", "-5000", "0", "1,2,3", "=1+1", "1e5", "2万亿", "1000000000001", "9" * 400]
)
def test_what_is_no_amount_is_named(typed: str) -> None:
    with pytest.raises(CellUnreadable):
        read_money(typed)


@given(st.integers(100, 10**9))
def test_whole_amounts_keep_their_value_with_and_without_commas(amount: int) -> None:
    assert read_money(str(amount)).amount == read_money(f"{amount:,}").amount == amount


@given(st.integers(1, 10_000).map(lambda tenths: tenths / 10))
def test_ten_thousands_are_exact(ten_thousands: float) -> None:
    assert read_money(f"{ten_thousands}万").amount == round(ten_thousands * 10_000)


def test_currency_and_period_have_one_form_each() -> None:
    assert [read_currency(typed) for typed in ("人民币", "rmb", "￥", "usd", "JPY")] == [
        "CNY",
        "CNY",
        "CNY",
        "USD",
        "JPY",
    ]
    assert [read_period(typed) for typed in ("月", "每年", "hourly", "天")] == ["month", "year", "hour", "day"]
    for read in (read_currency, read_period):
        with pytest.raises(CellUnreadable):
            read("两周")
