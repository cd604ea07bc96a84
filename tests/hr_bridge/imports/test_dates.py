from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_bridge.imports.cells import CellUnreadable
from hr_bridge.imports.dates import EARLIEST, LATEST, read_date, read_term

DAYS = st.dates(EARLIEST, LATEST)
FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d 00:00:00", "%Y/%m/%d 0:00")


@given(DAYS, st.sampled_from(FORMS))
def test_every_day_is_read_in_every_form(day: date, form: str) -> None:
    assert read_date(day.strftime(form)) == day


@given(DAYS)
def test_excels_count_of_days_is_understood(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert read_date(str(serial)) == read_date(f"{serial}.0") == day


@pytest.mark.parametrize("typed", ["2024.3", "2024-03", "2024/3", "2024年3月", "2024 年 3 月", "202403"])
def test_a_month_stands_for_its_first_day(typed: str) -> None:
    assert read_date(typed) == date(2024, 3, 1)


def test_october_that_excel_may_have_shortened_to_january_is_named() -> None:
    assert read_date("2024.10") == date(2024, 10, 1)
    with pytest.raises(CellUnreadable) as caught:
        read_date("2024.1")
    assert "10 月" in caught.value.why.zh


@pytest.mark.parametrize("typed", ["3/5/2024", "05.03.2024"])
def test_day_and_month_that_cannot_be_told_apart_are_named(typed: str) -> None:
    with pytest.raises(CellUnreadable, match="told apart"):
        read_date(typed)


@pytest.mark.parametrize("typed", ["13/5/2024", "5/13/2024", "13.5.2024"])
def test_a_day_over_twelve_tells_which_is_which(typed: str) -> None:
    assert read_date(typed) == date(2024, 5, 13)


@given(st.text(max_size=20))
def test_whatever_stands_in_the_cell_is_a_day_or_is_named(typed: str) -> None:
    with suppress(CellUnreadable):
        assert EARLIEST <= read_date(typed) <= LATEST


@pytest.mark.parametrize("typed", ["2024-02-30", "2024-13-01", "24/3/5", "上个月", "2024", "1899-01-01", "0"])
def test_what_is_no_day_is_named(typed: str) -> None:
    with pytest.raises(CellUnreadable):
        read_date(typed)


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("2024", "2024"),
        ("2024年度", "2024"),
        ("2024.0", "2024"),
        ("2024上半年", "2024H1"),
        ("2024年下半年", "2024H2"),
        ("2024H1", "2024H1"),
        ("2024Q3", "2024Q3"),
        ("2024年第三季度", "2024Q3"),
        ("2024-03", "2024-03"),
        ("2024年3月", "2024-03"),
    ],
)
def test_periods_of_appraisal_are_kept_in_one_form(typed: str, term: str) -> None:
    assert read_term(typed) == term


@pytest.mark.parametrize("typed", ["2024.1", "2024Q5", "去年", "9999", "2024-13"])
def test_what_is_no_period_is_named(typed: str) -> None:
    with pytest.raises(CellUnreadable):
        read_term(typed)
