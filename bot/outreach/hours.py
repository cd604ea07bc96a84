"""When a letter may reach somebody: by the clock on their wall, and by the holidays of their country.

Nothing comes between 21:00 and 08:00 unless the position works nights. Reminders, which are our idea and not theirs,
leave public holidays alone as well; in mainland China those are the days off that the State Council announces, and a
Saturday or Sunday that is worked in return (调休) is a working day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as phone_zones

from core.errors import Refused
from hr_bridge.position import OutreachPlan, time_zones

if TYPE_CHECKING:
    from holidays import HolidayBase

MORNING: Final = time(8)
EVENING: Final = time(21)
CHINA: Final = frozenset({"Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "Asia/Kashgar", "PRC"})
"""Zones in which the holidays of mainland China are kept."""
LONGEST_HOLIDAY: Final = 16
"""Days that are looked through for one on which a reminder may come."""


class TimeZoneUnknown(Refused):
    """No time zone has this name; they are written like Asia/Shanghai."""


def checked_zone(name: str | None) -> str | None:
    """The name as it is, or None for none. Raises TimeZoneUnknown."""
    name = (name or "").strip() or None
    if name is not None and name not in time_zones():
        raise TimeZoneUnknown("there is no such time zone; write it like Asia/Shanghai")
    return name


def zone_of(told: str | None, phone: str | None, plan: OutreachPlan) -> ZoneInfo:
    """Where the candidate's clock hangs: as they told it, else by the phone number (E.164), else the position's.

    A number that several zones share is taken to be in the position's, if that is one of them.
    """
    if told is not None and told in time_zones():
        return ZoneInfo(told)
    if phone is not None:
        named = phone_zones.time_zones_for_number(phonenumbers.parse(phone))
        possible = [name for name in named if name in time_zones()]
        if possible and plan.time_zone not in possible:
            return ZoneInfo(possible[0])
    return ZoneInfo(plan.time_zone)


def is_quiet(at: datetime, zone: ZoneInfo, plan: OutreachPlan) -> bool:
    """True while nothing may be sent."""
    return not plan.works_nights and not MORNING <= at.astimezone(zone).time() < EVENING


def is_off(day: date, zone: ZoneInfo, plan: OutreachPlan) -> bool:
    """True on days on which nobody is reminded."""
    if zone.key in CHINA:
        free = _free_days(day)
        return any(one in _china() for one in free) or (bool(free) and not plan.reminders_on_weekends)
    return not plan.reminders_on_weekends and day.weekday() >= 5


def soonest(at: datetime, zone: ZoneInfo, plan: OutreachPlan, holidays: bool = False) -> datetime:
    """The first moment from `at` on at which a letter may come; with `holidays` not before they are over."""
    local = at.astimezone(zone)
    day = local.date()
    if is_quiet(at, zone, plan) and local.time() >= EVENING:
        day += timedelta(days=1)
    while holidays and is_off(day, zone, plan):
        day += timedelta(days=1)
    if day == local.date() and not is_quiet(at, zone, plan):
        return at
    return datetime.combine(day, MORNING, zone).astimezone(at.tzinfo)


def latest(at: datetime, zone: ZoneInfo, plan: OutreachPlan, holidays: bool = True) -> datetime | None:
    """The last moment up to `at` at which a reminder may come: earlier the same day, or in the evening of the last day
    before that is nobody's holiday, or with `holidays` off of the day before. None where there is no such day in sight.
    """
    local = at.astimezone(zone)
    for _ in range(LONGEST_HOLIDAY):
        if not (holidays and is_off(local.date(), zone, plan)):
            if plan.works_nights or MORNING <= local.time() < EVENING:
                return local.astimezone(at.tzinfo)
            if local.time() >= EVENING:
                return datetime.combine(local.date(), _LAST, zone).astimezone(at.tzinfo)
        local = datetime.combine(local.date() - timedelta(days=1), time(23, 59), zone)
    return None


def working_days_after(at: datetime, days: int) -> datetime:
    """The same hour, so many working days of mainland China later."""
    while days:
        at += timedelta(days=1)
        days -= _china().is_working_day(at.date())
    return at


def _free_days(day: date) -> list[date]:
    """The days off in a row that `day` is one of; empty on a working day. A weekend that touches a holiday belongs to
    it, as in the announcements of the State Council."""
    calendar, one = _china(), timedelta(days=1)
    first = last = day
    if calendar.is_working_day(day):
        return []
    while not calendar.is_working_day(first - one):
        first -= one
    while not calendar.is_working_day(last + one):
        last += one
    return [first + one * n for n in range((last - first).days + 1)]


_LAST: Final = time(20, 30)
"""What would come after nine comes half an hour before it."""


@cache
def _china() -> HolidayBase:
    from holidays import country_holidays  # of two hundred countries; a second of import that few processes need

    return country_holidays("CN")
