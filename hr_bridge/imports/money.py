"""Amounts of money as people write them in a cell: 12000, 12,000元/月, 1.2万, 12k, 年薪20万."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

from hr_bridge.imports.cells import LARGEST_NUMBER, CellUnreadable, plain

Period = Literal["year", "month", "day", "hour"]

_MONEY: Final = re.compile(
    r"(?:(?P<lead>月薪|年薪|时薪|日薪)\s*)?(?P<sign>[¥$€£]|rmb|cny|usd|eur|hkd|人民币)?\s*"
    r"(?P<amount>\d+(?:,\d{3})*(?:\.\d+)?)\s*(?P<unit>万|千|k|w)?\s*(?P<coin>元|rmb|cny|usd|eur|hkd|美元|欧元|港币)?"
    r"\s*(?:[/每]\s*(?P<per>月|年|日|天|小时|时|month|mo|year|yr|day|hour|h))?",
    re.IGNORECASE,
)
_UNITS: Final = MappingProxyType({"万": 10_000, "w": 10_000, "千": 1_000, "k": 1_000})
_PERIODS: Final[MappingProxyType[str, Period]] = MappingProxyType(
    {
        **dict.fromkeys(("月", "月薪", "每月", "month", "mo", "monthly", "/月"), "month"),
        **dict.fromkeys(("年", "年薪", "每年", "year", "yr", "yearly", "annual", "/年"), "year"),
        **dict.fromkeys(("日", "天", "日薪", "每天", "每日", "day", "daily"), "day"),
        **dict.fromkeys(("时", "小时", "时薪", "每小时", "hour", "h", "hourly"), "hour"),
    }
)
_CURRENCIES: Final = MappingProxyType(
    {
        **dict.fromkeys(("¥", "rmb", "cny", "人民币", "元", "人民币元"), "CNY"),
        **dict.fromkeys(("$", "usd", "美元"), "USD"),
        **dict.fromkeys(("€", "eur", "欧元"), "EUR"),
        **dict.fromkeys(("£", "gbp", "英镑"), "GBP"),
        **dict.fromkeys(("hkd", "港币", "港元"), "HKD"),
    }
)
_LEAST_WITHOUT_UNIT: Final = 100


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in single units, with what the cell itself says about currency (ISO 4217) and period."""

    amount: float
    currency: str | None
    period: Period | None


def read_money(text: str) -> Money:
    """An amount: 12000, 12,000元/月, 1.2万, 12k, 年薪20万."""
    typed = plain(text).replace("，", ",")
    found = _MONEY.fullmatch(typed)
    if found is None:
        raise CellUnreadable("金额请写成 12000、1.2万 或 12k。", "Write the amount as 12000 or 12k.")
    amount = Decimal(found["amount"].replace(",", "")) * _UNITS.get((found["unit"] or "").lower(), 1)
    period = _PERIODS.get((found["per"] or found["lead"] or "").lower())
    if not 0 < amount <= LARGEST_NUMBER:
        raise CellUnreadable("金额必须大于零，且不超过一万亿。", "The amount must be above zero and below a trillion.")
    if amount < _LEAST_WITHOUT_UNIT and not found["unit"] and period not in ("hour", "day"):
        raise CellUnreadable(
            "金额缺少单位：是千还是万？请写成 12000 或 1.2万。", "The unit is missing: write 12000 or 12k."
        )
    coin = (found["sign"] or found["coin"] or "").lower()
    return Money(float(amount), _CURRENCIES.get(coin), period)


def read_currency(text: str) -> str:
    """ISO 4217."""
    word = plain(text)
    known = _CURRENCIES.get(word.lower())
    if known is None and not re.fullmatch(r"[A-Za-z]{3}", word):
        raise CellUnreadable("币种请写成 CNY、USD 等三个字母。", "Write the currency as three letters, such as CNY.")
    return known or word.upper()


def read_period(text: str) -> Period:
    """How often the amount is paid."""
    known = _PERIODS.get(plain(text).lower())
    if known is None:
        raise CellUnreadable("周期请写月、年、日或小时。", "Write the period as month, year, day or hour.")
    return known
