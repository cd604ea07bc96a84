"""Every number replaced by a bigger one: digits, number words, Chinese numerals."""

from __future__ import annotations

import re

_EN = {
    "two": "forty", "three": "fifty", "four": "sixty", "five": "eighty", "six": "ninety", "seven": "a hundred",
    "eight": "two hundred", "nine": "three hundred", "ten": "five hundred", "eleven": "six hundred",
    "twelve": "seven hundred", "fifteen": "nine hundred", "twenty": "two thousand", "thirty": "three thousand",
    "forty": "four thousand", "fifty": "five thousand", "hundred": "hundred thousand", "thousand": "million",
    "twice": "twenty times", "half": "nine tenths",
}  # fmt: skip
_ZH_COUNT = re.compile(
    r"(?<![第星期周十百千万一二三四五六七八九两])([二两三四五六七八九])(?=[个年天次人块周家台条件位张箱袋吨岁家套名])"
)
_ZH = dict(
    zip("二两三四五六七八九", ("二百", "两百", "三百", "四百", "五百", "六百", "七百", "八百", "九百"), strict=True)
)


def enlarge(text: str) -> str:
    text = re.sub(r"\d+", lambda m: str(int(m[0]) * 37 + 100), text)
    text = re.sub(r"\b[a-z]+\b", lambda m: _EN.get(m[0], m[0]), text)
    return _ZH_COUNT.sub(lambda m: _ZH[m[1]], text)
