from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_bridge.imports.cells import (
    CellUnreadable,
    read_email,
    read_id,
    read_months,
    read_phone,
    read_share,
    read_word,
)


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "13800138000.0",
        "13800138000.00",
        "138 0013 8000",
        "138-0013-8000",
        "１３８００１３８０００",
        "+86 138 0013 8000",
        "8613800138000",
        "1.3800138000E+10",
    ],
)
def test_a_phone_that_lost_no_digit_is_read(typed: str) -> None:
    assert read_phone(typed) == "+8613800138000"


@pytest.mark.parametrize("typed", ["1.38E+10", "1.38e10", "1.3800138E+10", "8.61E+12"])
def test_a_phone_whose_digits_excel_lost_is_named_and_not_guessed(typed: str) -> None:
    with pytest.raises(CellUnreadable) as caught:
        read_phone(typed)
    assert "科学计数" in caught.value.why.zh
    assert "digits are lost" in caught.value.why.en


@given(st.integers(10**10, 10**11 - 1))
def test_a_short_exponent_never_becomes_another_number(number: int) -> None:
    with pytest.raises(CellUnreadable):
        read_phone(f"{number:.4E}")


@pytest.mark.parametrize("typed", ["12345", "电话没有", "1380013800", "=1+1", "2024-03-05"])
def test_what_is_no_phone_is_named(typed: str) -> None:
    with pytest.raises(CellUnreadable) as caught:
        read_phone(typed)
    assert typed not in caught.value.why.zh + caught.value.why.en


def test_ids_lose_the_decimal_that_excel_gave_them_and_nothing_else() -> None:
    assert [read_id(typed) for typed in ("10023.0", "E-7", "00042", "1E5")] == ["10023", "E-7", "00042", "1E5"]
    with pytest.raises(CellUnreadable):
        read_id("3.1E+17")


@pytest.mark.parametrize(("typed", "share"), [("20%", 0.2), ("20", 0.2), ("0.2", 0.2), ("0", 0.0), ("100%", 1.0)])
def test_shares_are_read(typed: str, share: float) -> None:
    assert read_share(typed) == share


@pytest.mark.parametrize("typed", ["120%", "1", "-1", "x", "NaN", "1e999", "Infinity"])
def test_what_is_no_share_is_named(typed: str) -> None:
    with pytest.raises(CellUnreadable):
        read_share(typed)


def test_words_months_and_addresses() -> None:
    assert read_word("  张　伟 ") == "张 伟"
    assert read_months("13薪") == 13
    assert read_email("Li@Example.COM") == "Li@example.com"
    for read, typed in ((read_word, "长" * 121), (read_word, "a\u200bb"), (read_months, "11"), (read_email, "li@")):
        with pytest.raises(CellUnreadable):
            read(typed)
