"""Dates as people write them, and the years that they add up to."""

from __future__ import annotations

from datetime import date

import pytest

from hr_bridge.resume.dates import Month, Period, find_period, years_worked

TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024.3-至今", "2024-03", None),
        ("2024年3月至今", "2024-03", None),
        ("2020.3 至 今", "2020-03", None),
        ("2024年3月—2025年12月", "2024-03", "2025-12"),
        ("2024/03～现在", "2024-03", None),
        ("2024-03 – 2025-05", "2024-03", "2025-05"),
        ("2020-03-2021-05", "2020-03", "2021-05"),
        ("2020.9.1-2023.6.30", "2020-09", "2023-06"),
        ("2018-2020", "2018", "2020"),
        ("2019年到2021年", "2019", "2021"),
        ("2016年9月至2020年6月", "2016-09", "2020-06"),
        ("18.03-20.05", "2018-03", "2020-05"),
        ("98.09-02.07", "1998-09", "2002-07"),
        ("Mar 2021 – Present", "2021-03", None),
        ("March, 2019 to Jun. 2020", "2019-03", "2020-06"),
        ("Sept '19 - Now", "2019-09", None),
        ("03/2019 - 05/2021", "2019-03", "2021-05"),
        ("since 2019", "2019", None),
    ],
)
def test_a_period_is_read_in_the_ways_people_write_it(text: str, start: str, end: str | None) -> None:
    found = find_period(f"{text} 上海启明有限公司", TODAY)
    assert found is not None
    assert str(found.period.start) == start
    assert (str(found.period.end) if found.period.end else None) == end


@pytest.mark.parametrize("text", ["2021.13-2022.3", "20211.3-2022.3", "2023.5-2019.2", "2031.1-至今", "2020.1-2041.3"])
def test_a_slip_of_the_pen_makes_the_period_unknown_and_not_wrong(text: str) -> None:
    found = find_period(text, TODAY)
    assert found is not None
    assert found.period == Period(None, None)


@pytest.mark.parametrize("text", ["138-1234-5678", "业绩提升20-30%", "周末10:00-12:00", "1-2个月", "3.5-4.2分"])
def test_other_numbers_are_no_period(text: str) -> None:
    assert find_period(text, TODAY) is None


def test_the_length_that_follows_the_dates_is_read_over() -> None:
    found = find_period("2017.03 - 2020.09（3年6个月）在线客服", TODAY)
    assert found is not None
    assert "2017.03 - 2020.09（3年6个月）在线客服"[found.stop :] == "在线客服"


def test_months_held_twice_count_once() -> None:
    side_by_side = [Period(Month(2020, 1), Month(2021, 12)), Period(Month(2021, 1), Month(2022, 12))]
    assert years_worked(side_by_side, TODAY) == 3.0
    assert years_worked([*side_by_side, Period(Month(2020, 5), Month(2020, 6))], TODAY) == 3.0


def test_one_job_after_the_other_leaves_no_gap() -> None:
    jobs = [Period(Month(2019, 3), None), Period(Month(2014, 11), Month(2019, 2))]
    assert years_worked(jobs, TODAY) == 12.0


def test_years_without_months_count_as_years() -> None:
    assert years_worked([Period(Month(2015), Month(2018)), Period(Month(2018), Month(2020))], TODAY) == 5.0
    assert years_worked([Period(Month(2020), Month(2020))], TODAY) == 0.5


def test_no_believable_date_is_no_number() -> None:
    assert years_worked([Period(None, None)], TODAY) is None
