"""The cells of a row are checked one by one. A row is taken whole, or named with all that is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, TypeVar

from core.content import Phrase
from hr_bridge.imports.cells import (
    CellUnreadable,
    plain,
    read_email,
    read_id,
    read_months,
    read_number,
    read_phone,
    read_share,
    read_text,
    read_word,
)
from hr_bridge.imports.dates import read_date, read_term
from hr_bridge.imports.kinds import Kind
from hr_bridge.imports.money import Money, Period, read_currency, read_money, read_period
from hr_bridge.imports.rows import (
    PERCENTILES,
    CandidateRow,
    CheckKind,
    CheckRow,
    CompetencyRatingRow,
    ExitReason,
    ExitRow,
    HireRow,
    MarketRow,
    PayBandRow,
    PayChangeRow,
    PerformanceRow,
    PositionRow,
    Row,
)
from hr_bridge.match import Grade
from hr_bridge.profile.competencies import competency_named

T = TypeVar("T")
_REASONS: Final[Mapping[str, ExitReason]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("voluntary", "resigned", "resignation", "主动离职", "个人原因", "辞职", "自愿离职"), "voluntary"
        ),
        **dict.fromkeys(("dismissed", "fired", "辞退", "开除", "解雇", "被动离职"), "dismissed"),
        **dict.fromkeys(("probation", "试用期不合格", "试用期不通过", "试用期解除"), "probation"),
        **dict.fromkeys(("layoff", "redundancy", "裁员", "优化", "协商解除"), "layoff"),
        **dict.fromkeys(("contract_end", "contractend", "合同到期", "合同期满", "到期不续签"), "contract_end"),
        **dict.fromkeys(("retired", "retirement", "退休"), "retired"),
        **dict.fromkeys(("other", "其他", "其它"), "other"),
    }
)


_GRADES: Final[Mapping[str, Grade]] = MappingProxyType(
    {"junior": "junior", "初级": "junior", "mid": "mid", "中级": "mid", "senior": "senior", "高级": "senior"}
)


class RowUnreadable(Exception):
    """`faults` are field (None for the whole row) and reason."""

    def __init__(self, faults: list[tuple[str | None, Phrase]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(slots=True)
class Cells:
    """The cells of one row by field; reading collects what is wrong instead of stopping at the first fault."""

    texts: Mapping[str, str]
    defaults: Mapping[str, str]
    """What counts for an empty cell."""
    faults: list[tuple[str | None, Phrase]] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.texts.get(name, "").strip() or self.defaults.get(name, "")

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """The cell, or None where it is empty or unreadable."""
        text = self.text(name)
        if not text:
            return None
        try:
            return read(text)
        except CellUnreadable as error:
            self.faults.append((name, error.why))
            return None

    def needed(self, name: str, read: Callable[[str], T], otherwise: T) -> T:
        """The cell; `otherwise` stands in for one that is empty or unreadable, until `done` refuses the row."""
        if not self.text(name):
            self.faults.append((name, Phrase(zh="此格不能为空。", en="This cell must not be empty.")))
        value = self.optional(name, read)
        return otherwise if value is None else value

    def wrong(self, zh: str, en: str, name: str | None = None) -> None:
        self.faults.append((name, Phrase(zh=zh, en=en)))

    def done(self) -> None:
        """Raise RowUnreadable if anything was wrong."""
        if self.faults:
            raise RowUnreadable(self.faults)


def read_row(kind: Kind, texts: Mapping[str, str], defaults: Mapping[str, str]) -> Row:
    """The row, or RowUnreadable with everything that is wrong in it."""
    return _READERS[kind](Cells(texts, defaults))


def _position(cells: Cells) -> PositionRow:
    low, high = (cells.optional(f"advertised_{end}", read_money) for end in ("low", "high"))
    for end in ("low", "high"):
        if cells.text(f"advertised_{end}") == "" and (low or high):
            cells.wrong("上下限要么都填，要么都不填。", "Give both ends or neither.", f"advertised_{end}")
    advertised = (low.amount, high.amount) if low and high else None
    if any(money.period not in (None, "month") for money in (low, high) if money):
        cells.wrong("公开薪资按月填写。", "The advertised pay is told by the month.", "advertised_low")
    elif advertised and advertised[0] > advertised[1]:
        cells.wrong("下限高于上限。", "The low end lies above the high end.")
    row = PositionRow(
        position=cells.needed("key", _position_key, ""),
        title_zh=cells.needed("title_zh", read_word, ""),
        title_en=cells.needed("title_en", read_word, ""),
        like=cells.needed("like", read_word, ""),
        grade=cells.optional("grade", _grade),
        department=cells.optional("department", read_word),
        location=cells.optional("location", read_word),
        advertised=advertised,
    )
    cells.done()
    return row


def _candidate(cells: Cells) -> CandidateRow:
    row = CandidateRow(
        name=cells.needed("name", read_word, ""),
        position=cells.needed("position", read_word, ""),
        phone=cells.optional("phone", read_phone),
        email=cells.optional("email", read_email),
        channel=cells.optional("channel", read_word),
        external_id=cells.optional("external_id", read_id),
        language=cells.optional("language", _language),
    )
    if not cells.faults and not row.phone and not row.email:
        cells.wrong("手机和邮箱至少填一个。", "A phone number or an e-mail address is needed.")
    cells.done()
    return row


def _pay_band(cells: Cells) -> PayBandRow:
    family, grade = cells.needed("family", read_word, ""), cells.needed("grade", read_word, "")
    low, high = cells.needed("low", read_money, _NOTHING), cells.needed("high", read_money, _NOTHING)
    currency, period = _paid_in(cells, low, high)
    if not cells.faults and low.amount > high.amount:
        cells.wrong("下限高于上限。", "The low end lies above the high end.")
    cells.done()
    return PayBandRow(family, grade, low.amount, high.amount, currency, period)


def _market(cells: Cells) -> MarketRow:
    family, grade = cells.needed("family", read_word, ""), cells.needed("grade", read_word, "")
    read = [cells.optional(name, read_money) for name in PERCENTILES]
    if not cells.text("p50"):
        cells.wrong("此格不能为空。", "This cell must not be empty.", "p50")
    told = [money for money in read if money is not None]
    currency, period = _paid_in(cells, *told)
    if sorted(told, key=lambda money: money.amount) != told:
        cells.wrong("分位值应当从低到高。", "The percentiles must rise.")
    cells.done()
    return MarketRow(family, grade, tuple(money.amount if money else None for money in read), currency, period)


def _performance(cells: Cells) -> PerformanceRow:
    employee, period = cells.needed("employee", read_id, ""), cells.needed("period", read_term, "")
    rating, scale, position = _rated(cells)
    cells.done()
    return PerformanceRow(employee, period, rating, scale, position)


def _competency_rating(cells: Cells) -> CompetencyRatingRow:
    employee, period = cells.needed("employee", read_id, ""), cells.needed("period", read_term, "")
    competency = cells.needed("competency", _competency, "")
    rating, scale, position = _rated(cells)
    family = cells.optional("family", read_word)
    cells.done()
    return CompetencyRatingRow(employee, period, competency, family, rating, scale, position)


def _rated(cells: Cells) -> tuple[str, str, float]:
    """Rating and scale as written, and where the one lies on the other."""
    rating, scale = cells.needed("rating", read_word, ""), cells.needed("scale", read_word, "")
    position = 0.0
    if rating and scale:
        try:
            position = position_on_scale(rating, scale)
        except CellUnreadable as error:
            cells.faults.append(("rating", error.why))
    return rating, scale, position


def _exit(cells: Cells) -> ExitRow:
    employee, left_on = cells.needed("employee", read_id, ""), cells.needed("left_on", read_date, date.min)
    reason = cells.optional("reason", _reason)
    cells.done()
    return ExitRow(employee, left_on, reason)


def _hire(cells: Cells) -> HireRow:
    candidate, employee = cells.needed("candidate", read_id, ""), cells.needed("employee", read_id, "")
    started_on = cells.needed("started_on", read_date, date.min)
    base = cells.optional("base", read_money)
    currency, period = _paid_in(cells, base) if base else (None, None)
    months, bonus = cells.optional("months", read_months), cells.optional("bonus_share", read_share)
    cells.done()
    return HireRow(candidate, employee, started_on, base.amount if base else None, currency, period, months, bonus)


def _pay_change(cells: Cells) -> PayChangeRow:
    employee, effective_on = cells.needed("employee", read_id, ""), cells.needed("effective_on", read_date, date.min)
    base = cells.needed("base", read_money, _NOTHING)
    currency, period = _paid_in(cells, base)
    months = cells.optional("months", read_months)
    cells.done()
    return PayChangeRow(employee, effective_on, base.amount, currency, period, months)


def _checked(cells: Cells) -> CheckRow:
    row = CheckRow(
        candidate=cells.needed("candidate", read_id, ""),
        kind=cells.needed("kind", _check_kind, "written_test"),
        title=cells.needed("title", read_word, ""),
        result=cells.optional("result", read_text),
        score=cells.optional("score", read_word),
        source=cells.needed("source", read_word, ""),
        taken_on=cells.needed("taken_on", read_date, date.min),
    )
    if not cells.faults and row.result is None and row.score is None:
        cells.wrong("结果和得分至少填一个。", "A result or a score is needed.")
    cells.done()
    return row


_READERS: Final[Mapping[Kind, Callable[[Cells], Row]]] = MappingProxyType(
    {
        "positions": _position,
        "candidates": _candidate,
        "pay_bands": _pay_band,
        "market": _market,
        "performance": _performance,
        "competency_ratings": _competency_rating,
        "exits": _exit,
        "hires": _hire,
        "pay_changes": _pay_change,
        "checks": _checked,
    }
)
_NOTHING: Final = Money(0.0, None, None)


def position_on_scale(rating: str, scale: str) -> float:
    """Where `rating` lies on `scale`, 0 worst to 1 best; the scale is 1-5, 0-100, or words from best to worst: S>A>B>C."""
    ends = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*(?:-|~|到|至)\s*(-?\d+(?:\.\d+)?)", scale)
    if ends:
        low, high = float(ends[1]), float(ends[2])
        value = read_number(rating)
        if low >= high or not low <= value <= high:
            raise CellUnreadable("评分不在量表范围内。", "The rating lies outside its scale.")
        return round((value - low) / (high - low), 6)
    steps = [plain(step).casefold() for step in re.split(r"[>＞/、,，;；]", scale)]
    if len(steps) < 2 or len(set(steps)) != len(steps):
        raise CellUnreadable(
            "量表请写成 1-5，或从好到差写成 S>A>B>C。", "Write the scale as 1-5, or from best to worst as S>A>B>C."
        )
    if rating.casefold() not in steps:
        raise CellUnreadable("评分不在量表范围内。", "The rating lies outside its scale.")
    return round(1 - steps.index(rating.casefold()) / (len(steps) - 1), 6)


def _paid_in(cells: Cells, *amounts: Money) -> tuple[str, Period]:
    """Currency and period: what the amounts themselves say, else their columns; they must agree and be told."""
    currencies = {money.currency for money in amounts if money.currency}
    periods = {money.period for money in amounts if money.period}
    currency, period = cells.optional("currency", read_currency), cells.optional("period", read_period)
    if cells.texts.get("currency") and currency:
        currencies.add(currency)
    if cells.texts.get("period") and period:
        periods.add(period)
    if len(currencies) > 1 or len(periods) > 1:
        cells.wrong("同一行里币种或周期不一致。", "Currency or period differ within the row.")
    told_currency, told_period = next(iter(currencies), currency), next(iter(periods), period)
    if told_currency is None and amounts and not cells.text("currency"):
        cells.wrong("缺少币种，例如 CNY。", "The currency is missing, such as CNY.", "currency")
    if told_period is None and amounts and not cells.text("period"):
        cells.wrong("缺少周期：月、年、日或小时。", "The period is missing: month, year, day or hour.", "period")
    return told_currency or "", told_period or "month"


def _position_key(text: str) -> str:
    key = read_word(text)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
        raise CellUnreadable(
            "岗位代码用小写字母、数字和下划线，以字母开头，例如 sales_north。",
            "A key has small letters, digits and underscores and begins with a letter, such as sales_north.",
        )
    return key


def _grade(text: str) -> Grade:
    known = _GRADES.get(plain(text).casefold())
    if known is None:
        raise CellUnreadable("职级请写初级、中级或高级。", "Write the grade as junior, mid or senior.")
    return known


def _language(text: str) -> str:
    word = plain(text).casefold()
    if word in ("zh", "中文", "chinese", "zh-cn"):
        return "zh"
    if word in ("en", "英文", "english"):
        return "en"
    raise CellUnreadable("语言请写 zh 或 en。", "Write the language as zh or en.")


def _competency(text: str) -> str:
    key = competency_named(plain(text))
    if key is None:
        raise CellUnreadable(
            "能力库里没有这项能力，请写能力的名称或英文键名，例如 抗压韧性。",
            "The library has no such competency; write its title or key, such as resilience.",
        )
    return key


def _reason(text: str) -> ExitReason:
    """What is not known by name is "other": a reason in free words is nobody's to keep."""
    return _REASONS.get(re.sub(r"[\s_]", "", plain(text)).casefold(), _REASONS.get(plain(text).casefold(), "other"))


def _check_kind(text: str) -> CheckKind:
    word = re.sub(r"[\s_-]", "", plain(text)).casefold()
    if word in ("笔试", "测评", "考试", "writtentest", "test"):
        return "written_test"
    if word in ("背调", "背景调查", "backgroundcheck", "background"):
        return "background_check"
    raise CellUnreadable("类型请写笔试或背调。", "Write the kind as written test or background check.")
