"""Prior pay is hidden where the policy says so: the amount becomes █ of the same length, so that offsets stay true."""

from __future__ import annotations

import re

_NUMBER = r"(?:\d[\d,，]*(?:\.\d+)?|[一二两三四五六七八九十百千万零〇半几]{1,8})"
_UNIT = r"(?:\s*(?:千|万|k|w|元|块|rmb|人民币)+)?"
_AMOUNT = rf"(?:[¥￥$€£]\s*)?{_NUMBER}{_UNIT}(?:\s*(?:[-~–—～至到])\s*(?:[¥￥$€£]\s*)?{_NUMBER}{_UNIT})?(?:\s*[*×x]\s*\d{{2}}(?!\d))?"
_PAY = (
    r"(?:目前|现|当前|之前|以前|原|上一份|离职前?|税前|税后|到手|实发|过去|曾经?)?的?"
    r"(?:月薪|年薪|薪资|薪水|薪酬|工资|底薪|基本工资|月收入|年收入|收入|待遇|年包|总包|综合薪资|日薪|时薪|到手)"
)
# What follows the word for pay must lead straight to the amount; totals of a company or of a team are no one's pay.
_ZH = re.compile(
    rf"(?P<wish>期望|希望|预期|目标|意向|要求|理想)?的?(?P<pay>{_PAY})(?P<between>(?:[（(][^）)\d]{{0,6}}[）)])?(?:[:：是为在约达]|大概|大约|左右|差不多|一个月|每个?月|"
    rf"每年|一年|能拿|拿到?|有|税前|税后|到手|综合|保底|\s){{0,5}})(?P<amount>{_AMOUNT})(?!\s*[年人%％天个])",
    re.IGNORECASE,
)
_ZH_EARNED = re.compile(
    rf"(?P<lead>(?:一个月|每个?月|月均|一年|每年|年均|年)(?:能|可以|大概|大约|差不多|都|是)*(?:拿到?|挣|赚|收入|到手)(?:了|个|大概|大约|差不多|到手|\s)*)"
    rf"(?P<amount>{_AMOUNT})(?!\s*[个人单台件%％])",
    re.IGNORECASE,
)
_EN_AMOUNT = (
    r"(?:(?:USD|EUR|GBP|RMB|CNY|INR|HKD|SGD|US\$|Rs\.?)\s*)?[$€£¥₹]?\s*\d(?:[\d,]*\d)?(?:\.\d+)?(?:\s*(?:k|lpa|lakhs?|thousand|grand)\b)?"
    r"(?:\s*(?:-|–|to)\s*[$€£¥₹]?\s*\d(?:[\d,]*\d)?(?:\.\d+)?(?:\s*(?:k|thousand)\b)?)?(?:\s*(?:USD|EUR|GBP|RMB|CNY|INR|dollars|euros|pounds|yuan)\b)?"
)
_EN = re.compile(
    r"(?P<wish>\b(?:expected|desired|target|expecting|expectation)\b[^.;\n]{0,12})?"
    r"(?P<pay>\b(?:salary|base pay|base|wages?|compensation|ctc|annual pay|monthly pay|hourly rate|take-home(?: pay)?|pay)\b)"
    r"(?P<between>(?:\s*\([^)\d]{0,16}\))?(?:[:\s]|\bis\b|\bwas\b|\bof\b|\babout\b|\baround\b|\broughly\b|\bapprox(?:imately)?\.?|\bat\b|\bcurrently\b|=){1,8})"
    rf"(?P<amount>{_EN_AMOUNT})(?!\s*(?:%|percent|years?|months?|people|staff|employees))",
    re.IGNORECASE,
)
_EN_EARNED = re.compile(
    r"(?P<lead>\b(?:earn(?:ed|ing|s)?|paid|making|made|took home)\s+(?:me\s+)?(?:about\s+|around\s+|roughly\s+)?)"
    rf"(?P<amount>{_EN_AMOUNT})(?=\s*(?:a|per|an|/|each|every)\s*(?:year|month|hour|annum|week|yr|mo|day)\b)",
    re.IGNORECASE,
)
# "a base of 3 …" and "pay 20 suppliers" are no one's pay: a sum has a currency, a thousand, or four digits.
_MONEY = re.compile(r"[$€£¥₹]|[a-z]|\d{4}|\d,\d{3}", re.IGNORECASE)


def mask_prior_pay(text: str) -> str:
    """The same text, of the same length, with amounts of present or past pay as █. A wish for the future stays."""
    text = _ZH.sub(_masked_unless_wished, text)
    text = _EN.sub(
        lambda match: _masked_unless_wished(match) if _MONEY.search(match["amount"]) else match.group(), text
    )
    for pattern in (_ZH_EARNED, _EN_EARNED):
        text = pattern.sub(lambda match: match["lead"] + "█" * len(match["amount"]), text)
    return text


def _masked_unless_wished(match: re.Match[str]) -> str:
    if match["wish"]:
        return match.group()
    start = match.start("amount") - match.start()
    return match.group()[:start] + "█" * len(match["amount"])
