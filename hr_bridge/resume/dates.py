"""Dates as people write them in résumés, and how long somebody has worked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september|"
        "oct october|nov november|dec december".split("|"),
        start=1,
    )
    for name in names.split()
}
_WORD = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
_MONTH = r"(?:1[0-2]|0?[1-9])(?!\d)"
_DAY = r"(?:\s*[./\-日月]\s*(?:3[01]|[12]\d|0?[1-9])(?!\d)\s*日?)?"
# Alternatives of one point in time, the most exact first.
_POINT = (
    rf"(?<!\d){_YEAR}\s*年\s*{_MONTH}\s*月?(?:\s*(?:3[01]|[12]\d|0?[1-9])\s*日)?份?"
    rf"|(?<!\d){_YEAR}\s*[./\-·、]\s*{_MONTH}{_DAY}\s*月?"
    rf"|(?<![a-z])(?:{_WORD})\.?,?\s*(?:of\s+)?(?<!\d){_YEAR}(?!\d)"
    rf"|(?<![a-z])(?:{_WORD})\.?\s*['’]\d\d(?!\d)"
    rf"|(?<!\d){_YEAR}\s+(?:{_WORD})(?![a-z])"
    rf"|(?<![\d/]){_MONTH}\s*[/.]\s*{_YEAR}(?!\d)"
    rf"|(?<!\d){_YEAR}(?!\d)\s*年?"
)
# "18.03" and "’18/3" are read only as an end of a range, where they can hardly be anything else.
_SHORT = rf"(?<![\d.])['’]?\d\d\s*[./年]\s*{_MONTH}\s*月?"
# Where the month or the year is a slip of the pen ("2021.13"), the range is recognised so that it can be refused.
_SLIP = r"(?<!\d)\d{4,5}\s*[./年\-]\s*\d{1,2}(?!\d)\s*月?"
_NOW = r"至\s*今|迄今|现在|目前|今|在职|present|now|current(?:ly)?|today|ongoing|to date|date"
_TO = r"\s*(?:[-–—―－~～〜─]+|至|到|→|\bto\b|\buntil\b|\btill\b)\s*"
_RANGE = re.compile(
    rf"(?P<start>{_POINT}|{_SHORT}|{_SLIP})(?:{_TO}(?P<end>{_POINT}|{_SHORT}|{_SLIP}|{_NOW})|\s*(?P<open>至\s*今|以来|起(?=\s|$|至今|，|,)))",
    re.IGNORECASE,
)
_SINCE = re.compile(rf"\b(?:since|from)\s+(?P<start>{_POINT})(?:\s+onwards?)?(?!{_TO})", re.IGNORECASE)
_ONE = re.compile(_POINT, re.IGNORECASE)
_LENGTH = re.compile(
    r"\s*[（(·,，]?\s*(?:共|约)?(?:\d{1,2}\s*年(?:零?\s*\d{1,2}\s*个?月)?|\d{1,2}\s*个月|"
    r"\d{1,2}\s*(?:yrs?|years?)(?:\s*\d{1,2}\s*(?:mos?|months?))?|\d{1,2}\s*(?:mos|months?))\s*[）)]?(?![a-z\d])",
    re.IGNORECASE,
)


@dataclass(frozen=True, order=True)
class Month:
    """A month, or a year where nobody said which month."""

    year: int
    month: int | None = None

    def __str__(self) -> str:
        return f"{self.year:04d}" if self.month is None else f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True)
class Period:
    """From `start` to `end`; `end` None means still going on, `start` None that the dates could not be believed."""

    start: Month | None
    end: Month | None


@dataclass(frozen=True)
class FoundPeriod:
    """A period and the place in the line that it was read from."""

    period: Period
    begin: int
    stop: int


def find_period(line: str, today: date) -> FoundPeriod | None:
    """The first range of dates in a line: 2020.03-2023.05, 2024年3月至今, Mar 2021 – Present, since 2019."""
    match = _RANGE.search(line)
    if match is None:
        match = _SINCE.search(line)
        if match is None:
            return None
        return _found(line, _checked(_month(match["start"]), None, True, today), match.start(), match.end())
    end_text = match["end"] or match["open"]
    going_on = match["end"] is None or re.fullmatch(_NOW, match["end"], re.IGNORECASE) is not None
    end = None if going_on else _month(end_text)
    stop = match.end()
    length = _LENGTH.match(line, stop)
    if length:
        stop = length.end()
    return _found(line, _checked(_month(match["start"]), end, going_on, today), match.start(), stop)


def _found(line: str, period: Period, begin: int, stop: int) -> FoundPeriod:
    """Brackets around the dates belong to them."""
    if line[begin - 1 : begin] in ("(", "（", "[", "【") and line[stop : stop + 1] in (")", "）", "]", "】"):
        begin, stop = begin - 1, stop + 1
    return FoundPeriod(period, begin, stop)


def find_month(line: str) -> tuple[Month, int, int] | None:
    """The first single date in a line and where it stands."""
    match = _ONE.search(line)
    month = _month(match.group()) if match else None
    return (month, match.start(), match.end()) if match and month else None


def years_worked(periods: Iterable[Period], today: date) -> float | None:
    """Years covered by at least one period, to one decimal; months held twice count once. None without any dates."""
    spans = sorted(_span(period, today) for period in periods if period.start is not None)
    if not spans:
        return None
    months, reached = 0, spans[0][0]
    for begin, stop in spans:
        months += max(0, stop - max(begin, reached))
        reached = max(reached, stop)
    return round(months / 12, 1)


def _span(period: Period, today: date) -> tuple[int, int]:
    """Months since year 0, the end not included.

    The last month named counts as worked ("… – 2019.02" and "2019.03 – …" leave no gap), the present one does not.
    A bare year stands for its middle, a single bare year for half of it.
    """
    assert period.start is not None
    begin = 12 * period.start.year + (period.start.month or 7)
    if period.end is None:
        return begin, max(12 * today.year + today.month, begin)
    stop = 12 * period.end.year + (period.end.month + 1 if period.end.month else 7)
    return begin, max(stop, begin + 6 if period.end.month is None else begin + 1)


def _checked(start: Month | None, end: Month | None, going_on: bool, today: date) -> Period:
    """Dates out of order, in the far future or unreadable are dropped whole: half a wrong range misleads."""
    unknown = Period(None, None)
    if start is None or (end is None and not going_on):
        return unknown
    if (start.year, start.month or 1) > (today.year + (0 if going_on else 1), 12):
        return unknown
    if going_on and (start.year, start.month or 1) > (today.year, today.month):
        return unknown
    if end is not None:
        if (end.year, end.month or 12) < (start.year, start.month or 1) or end.year > today.year + 6:
            return unknown
    return Period(start, end)


def _month(text: str) -> Month | None:
    lowered = text.lower()
    word = re.search(_WORD, lowered)
    numbers = [int(number) for number in re.findall(r"\d+", lowered)]
    if not numbers:
        return None
    if word:
        return _valid(numbers[0], _MONTHS[word.group()])
    if len(numbers) > 1 and numbers[1] > 1900 > numbers[0]:
        numbers[:2] = [numbers[1], numbers[0]]
    return _valid(numbers[0], numbers[1] if len(numbers) > 1 else None)


def _valid(year: int, month: int | None) -> Month | None:
    if year < 100:
        year += 2000 if year <= 40 else 1900
    if not 1950 <= year <= 2049 or (month is not None and not 1 <= month <= 12):
        return None
    return Month(year, month)
