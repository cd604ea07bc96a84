from __future__ import annotations

import math

import pytest

from hr_bridge.pay.band import Band, PayInputInvalid, parse_band, parse_bands, round_money


@pytest.mark.parametrize(
    ("text", "low", "high", "months"),
    [
        ("12-15K·13薪", 12, 15, 13),
        ("12-15K", 12, 15, None),
        ("10-13", 10, 13, None),
        ("10 - 13 k", 10, 13, None),
        ("10.5-13.2", 10.5, 13.2, None),
        ("8千-1万", 8, 10, None),
        ("8千至1万", 8, 10, None),
        ("8-9千", 8, 9, None),
        ("1-1.5万", 10, 15, None),
        ("1万到1.5万/月", 10, 15, None),
        ("1.2-1.5W", 12, 15, None),
        ("12000-15000", 12, 15, None),
        ("12000-15000元/月", 12, 15, None),
        ("¥12,000–15,000", 12, 15, None),
        ("月薪12-15K×14薪", 12, 15, 14),
        ("12k~15k*13薪", 12, 15, 13),
        ("12-15K 13薪", 12, 15, 13),
        ("12-15K，13薪", 12, 15, 13),
        ("12-15K/月·15个月", 12, 15, 15),
        ("１２－１５Ｋ·１３薪", 12, 15, 13),
        ("12K-15", 12, 15, None),
        ("15-15", 15, 15, None),
        ("$8-10k", 8, 10, None),
    ],
)
def test_a_band_is_read_as_people_write_it(text: str, low: float, high: float, months: int | None) -> None:
    assert parse_band(text) == Band(low, high, months)


@pytest.mark.parametrize(
    "text", ["", "面议", "12K", "12-", "-5-10", "a-b", "12-15-18", "20-30万/年", "nan-inf", "1e3-2e3"]
)
def test_what_is_not_a_monthly_band_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PayInputInvalid, match="write it like 10-13"):
        parse_band(text)


def test_the_lower_end_comes_first() -> None:
    with pytest.raises(PayInputInvalid, match="lower end first"):
        parse_band("15-12K")
    with pytest.raises(PayInputInvalid, match="lower end first"):
        parse_band("8万-1万")


def test_thousands_and_single_units_are_not_guessed_apart() -> None:
    with pytest.raises(PayInputInvalid, match="mixes"):
        parse_band("12-15000")


@pytest.mark.parametrize(("low", "high"), [(0, 5), (-1, 5), (math.nan, 5), (5, math.inf), (5, 12000)])
def test_a_band_needs_plain_amounts_above_zero(low: float, high: float) -> None:
    with pytest.raises(PayInputInvalid, match="end of the band"):
        Band(low, high)


def test_a_year_has_12_to_24_months_of_pay() -> None:
    with pytest.raises(PayInputInvalid, match="12 to 24 months"):
        parse_band("12-15K·99薪")


def test_bands_by_grade_are_read_and_the_comma_in_an_amount_is_kept() -> None:
    assert parse_bands("junior=8千-1万, mid=12,000-15,000，senior=15-18K·14薪") == {
        "junior": Band(8, 10),
        "mid": Band(12, 15),
        "senior": Band(15, 18, 14),
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("12-15", "GRADE=LOW-HIGH"),
        ("mid=12-15,18-20", "not a monthly pay band"),
        ("P5=12-15", "not a grade"),
        ("mid=12-15,mid=13-16", "two bands"),
        ("mid=", "not a monthly pay band"),
    ],
)
def test_bands_by_grade_that_cannot_be_read_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(PayInputInvalid, match=complaint):
        parse_bands(text)


def test_money_is_rounded_half_up_without_float_dust() -> None:
    assert round_money(9.8 * 1.15) == 11.27
    assert round_money(11.265) == 11.27
    assert round_money(11.264999) == 11.26
    assert round_money(0.1 + 0.2) == 0.3
