"""Pay bands as people write them: `12-15K·13薪`, `10-13`, `8千-1万`, `12000-15000元/月`."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final

from core.errors import Refused
from hr_bridge.match import GRADES, Grade

MONTHS_A_YEAR: Final = range(12, 25)
HIGHEST_AMOUNT: Final = 1000.0
_CENT: Final = Decimal("0.01")

_IN_THOUSANDS: Final[Mapping[str, float]] = MappingProxyType({"k": 1.0, "千": 1.0, "万": 10.0, "w": 10.0, "元": 0.001})
_AMOUNT: Final = r"[¥$€£]?\s*(?P<{0}>\d+(?:,\d{{3}})*(?:\.\d+)?)\s*(?P<{0}_unit>k|千|万|w|元)?(?:元)?"
_BAND: Final = re.compile(
    rf"(?:月薪)?\s*{_AMOUNT.format('low')}\s*(?:-|–|—|~|到|至)\s*{_AMOUNT.format('high')}"
    r"(?:\s*/\s*(?:月|month)|每月)?(?:[\s·・•*x×,/]*(?P<months>\d{2})\s*(?:薪|个月))?",
    re.IGNORECASE,
)


class PayInputInvalid(Refused):
    """A number or a band that no pay can be worked out from; the message says which and what to write instead."""


class BandMissing(PayInputInvalid):
    """There is no pay band for the grade."""

    def __init__(self, grade: str) -> None:
        super().__init__(f"There is no pay band for the grade {grade}; give one, such as {grade}=12-15.")
        self.grade = grade


@dataclass(frozen=True, slots=True)
class Band:
    """A pay band: gross monthly base in thousands, and the months paid a year where the band names them."""

    low: float
    high: float
    months: int | None = None

    def __post_init__(self) -> None:
        require_amount("low end of the band", self.low)
        require_amount("high end of the band", self.high)
        if self.low > self.high:
            raise PayInputInvalid(f"The band runs from {self.low:g} down to {self.high:g}: write the lower end first.")
        if self.months is not None and self.months not in MONTHS_A_YEAR:
            raise PayInputInvalid(f"A year is paid in 12 to 24 months, not in {self.months}.")

    @property
    def width(self) -> float:
        """High minus low, in thousands."""
        return self.high - self.low


def round_money(value: float) -> float:
    """Return thousands rounded half up to two decimals (ten yuan), free of float dust."""
    return float(Decimal(str(round(value, 9))).quantize(_CENT, ROUND_HALF_UP))


def require_amount(name: str, value: float) -> None:
    """Raise PayInputInvalid unless `value` is an amount of money in thousands a month."""
    if not math.isfinite(value) or value <= 0:
        raise PayInputInvalid(f"The {name} must be a number above zero, not {value:g}.")
    if value >= HIGHEST_AMOUNT:
        raise PayInputInvalid(f"The {name} is counted in thousands a month: for {value:g} write {value / 1000:g}.")


def parse_band(text: str) -> Band:
    """Read a band written by a person; amounts without a unit are thousands, or yuan from 1000 up.

    A unit on the high end alone counts for both ends (`1-1.5万`). Full-width digits and signs are accepted.

    Raises:
        PayInputInvalid: the text is not a monthly band, or its ends contradict each other.
    """
    found = _BAND.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise PayInputInvalid(f"“{text[:40]}” is not a monthly pay band; write it like 10-13, 12-15K·13薪 or 8千-1万.")
    low, high = (float(found[end].replace(",", "")) for end in ("low", "high"))
    unit = (found["high_unit"] or "").lower()
    low_unit = (found["low_unit"] or unit).lower()
    if not unit and not low_unit and (low >= HIGHEST_AMOUNT) != (high >= HIGHEST_AMOUNT):
        raise PayInputInvalid(f"“{text[:40]}” mixes thousands and single units; write both ends alike, such as 10-13.")
    if not unit and low_unit:
        unit = low_unit
    default = 0.001 if not unit and high >= HIGHEST_AMOUNT else 1.0
    months = int(found["months"]) if found["months"] else None
    return Band(
        round(low * _IN_THOUSANDS.get(low_unit, default), 6), round(high * _IN_THOUSANDS.get(unit, default), 6), months
    )


def parse_bands(text: str) -> dict[Grade, Band]:
    """Read `junior=8-10,mid=12-15,senior=15-18`; not every grade has to be there.

    Raises:
        PayInputInvalid: a part is not GRADE=LOW-HIGH, or a grade is unknown or given twice.
    """
    bands: dict[Grade, Band] = {}
    for part in re.split(r"[,;]\s*(?=[^,;=]+=)", unicodedata.normalize("NFKC", text).strip()):
        name, equals, band = part.partition("=")
        if not equals:
            raise PayInputInvalid(f"“{part[:40]}” is not GRADE=LOW-HIGH; write it like mid=12-15,senior=15-18.")
        grade = read_grade(name)
        if grade in bands:
            raise PayInputInvalid(f"The grade {grade} has two bands; keep one.")
        bands[grade] = parse_band(band)
    return bands


def read_grade(name: str) -> Grade:
    """Return the grade called `name`, or raise PayInputInvalid."""
    grade = name.strip().lower()
    if grade not in GRADES:
        raise PayInputInvalid(f"“{name[:40]}” is not a grade; write {', '.join(GRADES[:-1])} or {GRADES[-1]}.")
    return grade
