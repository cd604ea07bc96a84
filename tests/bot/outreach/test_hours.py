from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.outreach.hours import TimeZoneUnknown, checked_zone, is_off, is_quiet, latest, soonest, zone_of
from hr_bridge.position import OutreachPlan

PLAN = OutreachPlan()
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def wall(moment: datetime | None, zone: str) -> str:
    assert moment is not None
    return moment.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"]
)
@pytest.mark.parametrize(
    ("written", "comes"),
    [
        ("2026-06-16T07:59", "06-16 08:00"),
        ("2026-06-16T08:00", "06-16 08:00"),
        ("2026-06-16T20:59", "06-16 20:59"),
        ("2026-06-16T21:00", "06-17 08:00"),
        ("2026-06-16T23:30", "06-17 08:00"),
        ("2026-06-16T00:10", "06-16 08:00"),
    ],
)
def test_a_letter_waits_for_the_morning_where_the_candidate_is(zone: str, written: str, comes: str) -> None:
    assert wall(soonest(at(zone, written), ZoneInfo(zone), PLAN), zone) == comes


def test_who_works_nights_is_written_to_at_night() -> None:
    night = at("Asia/Shanghai", "2026-06-16T02:00")
    assert soonest(night, SHANGHAI, OutreachPlan(works_nights=True)) == night
    assert is_quiet(night, SHANGHAI, PLAN)


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [  # both nights on which the clocks are changed, in both hemispheres
        ("America/New_York", "2026-03-07T21:30", "03-08 08:00"),
        ("America/New_York", "2026-10-31T21:30", "11-01 08:00"),
        ("Europe/Berlin", "2026-03-28T21:30", "03-29 08:00"),
        ("Europe/Berlin", "2026-10-24T21:30", "10-25 08:00"),
        ("Pacific/Auckland", "2026-09-26T21:30", "09-27 08:00"),
        ("Pacific/Auckland", "2026-04-04T21:30", "04-05 08:00"),
    ],
)
def test_eight_in_the_morning_is_eight_on_the_wall_after_the_clocks_were_changed(
    zone: str, before: str, after: str
) -> None:
    late = at(zone, before)
    comes = soonest(late, ZoneInfo(zone), PLAN)
    assert wall(comes, zone) == after
    assert comes - late != timedelta(hours=10, minutes=30)


@pytest.mark.parametrize(
    ("end", "comes"),
    [  # a day before the end by the sun is an hour off by the wall, once at each change
        ("2026-03-08T21:30", "03-07 20:30"),
        ("2026-11-01T20:30", "10-31 20:30"),
        ("2026-11-02T08:15", "11-01 08:15"),
    ],
)
def test_a_day_before_the_end_is_never_in_the_night(end: str, comes: str) -> None:
    zone = "America/New_York"
    assert wall(latest(at(zone, end) - timedelta(hours=24), ZoneInfo(zone), PLAN), zone) == comes


def test_a_reminder_that_would_fall_into_a_holiday_comes_in_the_evening_before_it() -> None:
    assert wall(latest(at("Asia/Shanghai", "2026-10-03T15:00"), SHANGHAI, PLAN), "Asia/Shanghai") == "09-30 20:30"
    assert wall(latest(at("Asia/Shanghai", "2026-02-17T10:00"), SHANGHAI, PLAN), "Asia/Shanghai") == "02-14 20:30"


def test_a_saturday_that_is_worked_is_a_working_day_and_an_ordinary_one_is_not() -> None:
    working_days = OutreachPlan(reminders_on_weekends=False)
    worked, free = date(2026, 10, 10), date(2026, 10, 17)
    assert not is_off(worked, SHANGHAI, working_days)
    assert is_off(free, SHANGHAI, working_days)
    assert not is_off(free, SHANGHAI, PLAN)
    # A Monday given in return for a worked Saturday is free for everybody.
    assert is_off(date(2026, 2, 23), SHANGHAI, PLAN)


def test_next_years_holidays_are_known_before_their_exchanged_days_are_announced() -> None:
    assert all(is_off(date(2027, *day), SHANGHAI, PLAN) for day in ((1, 1), (2, 6), (2, 7), (5, 1), (10, 1)))
    assert not is_off(date(2027, 3, 1), SHANGHAI, PLAN)


def test_chinese_holidays_are_nobody_elses() -> None:
    assert not is_off(date(2026, 10, 1), ZoneInfo("Europe/Berlin"), PLAN)


@pytest.mark.parametrize(
    ("told", "phone", "zone"),
    [
        (None, "+8613800001234", "Asia/Shanghai"),
        (None, None, "Asia/Shanghai"),
        (None, "+4915123456789", "Europe/Berlin"),
        (None, "+12125550123", "America/New_York"),
        ("Asia/Tokyo", "+8613800001234", "Asia/Tokyo"),
        ("Mars/Olympus", "+8613800001234", "Asia/Shanghai"),
    ],
)
def test_the_zone_is_the_one_told_else_the_phones_else_the_positions(
    told: str | None, phone: str | None, zone: str
) -> None:
    assert zone_of(told, phone, PLAN).key == zone


def test_a_zone_nobody_knows_is_refused() -> None:
    assert checked_zone(" ") is None
    with pytest.raises(TimeZoneUnknown):
        checked_zone("Mars/Olympus")
