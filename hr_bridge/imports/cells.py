"""Words, numbers and phones as people and Excel leave them in a cell. What was lost is named, never guessed."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

import phonenumbers

from core.content import Phrase

LONGEST_WORD: Final = 120
LONGEST_TEXT: Final = 2000
LARGEST_NUMBER: Final = 10**12
_EXPONENT: Final = re.compile(r"(?P<digits>\d(?:\.\d+)?)e\+?(?P<power>\d{1,2})", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]+\.[^@\s<>\"',;.]{2,}")


class CellUnreadable(Exception):
    """`why` tells the person who made the file what to write instead; it never repeats the cell."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.why = Phrase(zh=zh, en=en)


def plain(text: str) -> str:
    """Half-width, without surrounding or doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def read_word(text: str) -> str:
    """A short text, such as a name or an id."""
    word = plain(text)
    if len(word) > LONGEST_WORD or not word.isprintable():
        raise CellUnreadable(
            f"超过 {LONGEST_WORD} 个字符，或含不可见字符。", f"Longer than {LONGEST_WORD} signs, or invisible ones."
        )
    return word


def read_text(text: str) -> str:
    """A few sentences."""
    told = plain(text)
    if len(told) > LONGEST_TEXT or not told.isprintable():
        raise CellUnreadable(
            f"超过 {LONGEST_TEXT} 个字符，或含不可见字符。", f"Longer than {LONGEST_TEXT} signs, or invisible ones."
        )
    return told


def read_id(text: str) -> str:
    """Another system's id: as `read_word`, with the ".0" taken off that Excel gives to whole numbers."""
    word = read_word(text)
    if "e+" in word.lower() and _EXPONENT.fullmatch(word):
        raise _digits_lost()
    return word[:-2] if re.fullmatch(r"\d+\.0", word) else word


def read_phone(text: str) -> str:
    """The number in E.164; without a country it is a mainland one. 13800138000.0 is read, 1.38E+10 is named."""
    typed = plain(text)
    exponent = _EXPONENT.fullmatch(typed)
    if exponent:
        digits = exponent["digits"].replace(".", "")
        if len(digits) <= int(exponent["power"]):
            raise _digits_lost()
        typed = digits
    typed = re.sub(r"^(\d+)\.0+$", r"\1", typed)
    try:
        number = phonenumbers.parse(typed, "CN")
    except phonenumbers.NumberParseException:
        raise _no_phone() from None
    if not phonenumbers.is_valid_number(number):
        raise _no_phone()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_email(text: str) -> str:
    """The address with its domain in lower case."""
    address = plain(text)
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise CellUnreadable("不是有效的邮箱地址。", "This is no e-mail address.")
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def read_share(text: str) -> float:
    """20%, 20 or 0.2 as .2; a bare 1 may be either and is named."""
    typed = plain(text)
    share = read_number(typed.removesuffix("%"))
    if not 0 <= share <= 100 or typed == "1":
        raise CellUnreadable("比例请写成 20% 或 0.2。", "Write the share as 20% or 0.2.")
    if typed.endswith("%") or share > 1:
        share /= 100
    return round(share, 6)


def read_months(text: str) -> int:
    """Months paid a year, 12 to 24: 13, 13薪."""
    months = read_number(re.sub(r"\s*(?:薪|个月)$", "", plain(text)))
    if not months.is_integer() or not 12 <= months <= 24:
        raise CellUnreadable("一年发薪月数应为 12 至 24。", "A year is paid in 12 to 24 months.")
    return int(months)


def read_number(text: str) -> float:
    """Any number that is not beyond reason."""
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise CellUnreadable("不是数字。", "This is no number.") from None
    if not number.is_finite() or abs(number) > LARGEST_NUMBER:
        raise CellUnreadable("不是可用的数字。", "This number cannot be used.")
    return float(number)


def _no_phone() -> CellUnreadable:
    return CellUnreadable(
        "不是有效的手机号；大陆号码为 11 位，其他国家和地区以 + 开头。",
        "This is no phone number that exists: mainland ones have 11 digits, others begin with + and the country.",
    )


def _digits_lost() -> CellUnreadable:
    return CellUnreadable(
        "号码被 Excel 改成了科学计数（如 1.38E+10），末尾数字已丢失；请把该列设为文本后重新导出。",
        "Excel turned the number into 1.38E+10 and its last digits are lost; make the column text and export again.",
    )
