"""Days and periods as people and Excel write them in a cell; what may be two days is named, never guessed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from hr_bridge.imports.cells import CellUnreadable, plain

EARLIEST: Final = date(1950, 1, 1)
LATEST: Final = date(2079, 12, 31)
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(18264, 65745)
"""1950 to 2079 as Excel counts days."""
_CLOCK: Final = re.compile(r"(?:\s+|T)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp][Mm])?(?:Z|[+-]\d\d:?\d\d)?$")
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_MONTH: Final = re.compile(r"(\d{4})\s*(?P<sign>[-/.年])\s*(?P<month>\d{1,2})\s*月?")
_TURNED: Final = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_TERM: Final = re.compile(
    r"(?P<year>\d{4})\s*年?度?\s*[-/]?\s*(?:"
    r"(?P<half>[上下])半?年?(?:度)?|h(?P<h>[12])|第?(?P<quarter>[1-4一二三四])季度?|q(?P<q>[1-4])|(?P<whole>全年|年终|年度)?)",
    re.IGNORECASE,
)
_CHINESE_DIGITS: Final = "一二三四"


def read_date(text: str) -> date:
    """A day. A month alone stands for its first day; Excel's count of days is understood; a clock time is left out."""
    typed = _CLOCK.sub("", plain(text))
    if re.fullmatch(r"\d{5}(?:\.\d+)?", typed) and int(float(typed)) in _EXCEL_DAYS:
        return _EXCEL_EPOCH + timedelta(days=int(float(typed)))
    if re.fullmatch(r"\d{8}", typed):
        return _day(int(typed[:4]), int(typed[4:6]), int(typed[6:]))
    if found := _DAY.fullmatch(typed):
        return _day(*map(int, found.groups()))
    if re.fullmatch(r"\d{4}[./-]?\d{1,2}|\d{4}年\d{1,2}月?", typed.replace(" ", "")):
        year, month = _month(typed)
        return _day(year, month, 1)
    if found := _TURNED.fullmatch(typed):
        first, second, year = map(int, found.groups())
        if first != second and first <= 12 and second <= 12:
            raise CellUnreadable(
                "日和月无法区分；请写成 2024-03-05。", "Day and month cannot be told apart; write 2024-03-05."
            )
        month, day = (first, second) if first <= 12 else (second, first)
        return _day(year, month, day)
    raise _no_date()


def read_term(text: str) -> str:
    """A period of appraisal: 2024, 2024H1, 2024Q3 or 2024-03."""
    typed = plain(text).removesuffix(".0")
    if found := _TERM.fullmatch(typed):
        year = found["year"]
        _day(int(year), 1, 1)
        if half := found["half"] or found["h"]:
            return f"{year}H{ {'上': '1', '下': '2'}.get(half, half) }"
        if quarter := found["quarter"] or found["q"]:
            return f"{year}Q{_CHINESE_DIGITS.index(quarter) + 1 if quarter in _CHINESE_DIGITS else quarter}"
        if not re.search(r"[-/]$", typed):
            return year
    if _MONTH.fullmatch(typed) or re.fullmatch(r"\d{6}", typed):
        year_number, month = _month(typed)
        return f"{_day(year_number, month, 1):%Y-%m}"
    raise CellUnreadable(
        "考核周期请写成 2024、2024上半年、2024Q3 或 2024-03。", "Write the period as 2024, 2024H1, 2024Q3 or 2024-03."
    )


def _month(typed: str) -> tuple[int, int]:
    digits = re.findall(r"\d+", typed)
    if len(digits) == 1:
        return int(digits[0][:4]), int(digits[0][4:])
    if "." in typed and digits[1] == "1":
        # Excel makes 2024.1 of 2024.10.
        raise CellUnreadable(
            "2024.1 可能是 1 月，也可能是 10 月；请写成 2024-01 或 2024-10。",
            "2024.1 may be January or October; write 2024-01 or 2024-10.",
        )
    return int(digits[0]), int(digits[1])


def _day(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise _no_date() from None
    if not EARLIEST <= found <= LATEST:
        raise CellUnreadable("日期应在 1950 年至 2079 年之间。", "A date lies between 1950 and 2079.")
    return found


def _no_date() -> CellUnreadable:
    return CellUnreadable(
        "不是可以辨认的日期；请写成 2024-03-05。", "This is no date that can be read; write 2024-03-05."
    )
