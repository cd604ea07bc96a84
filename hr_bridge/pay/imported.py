"""What the HR system told of pay: the house's bands, the market, and what colleagues get, in this position's terms.

Periods are converted (a year is the position's months of pay), currencies never: what is paid in another one is left
out and named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final, TypeVar

from sqlmodel import Session, col, select

from core.clock import now
from core.content import Language
from core.encryption import KeyRing
from core.tables import Candidate, Employee, EmployeeExit, Hire, Interview, MarketPay, PayBand, Position
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.match import GRADES, Grade
from hr_bridge.pay.band import Band, PayInputInvalid, round_money
from hr_bridge.pay.reasons import GRADE_NAMES, show_amount, show_percentage
from hr_bridge.pay.settings import PaySettings
from hr_bridge.position import PositionProfile

Row = TypeVar("Row", PayBand, MarketPay)
_PERIODS: Final[Mapping[Language, Mapping[str, str]]] = {
    "zh": {"year": "年", "month": "月", "day": "日", "hour": "小时"},
    "en": {"year": "a year", "month": "a month", "day": "a day", "hour": "an hour"},
}
_NOTES: Final[Mapping[Language, Mapping[str, str]]] = {
    "zh": {
        "band": "{grade}薪资带取自 {source}（{date} 导入）：{low}-{high} {currency}/{period}{converted}。",
        "market": "市场中位数取自 {source}（{date} 导入）：{median} {currency}/{period}{converted}。",
        "currency": "{source}（{date} 导入）的{what}以 {theirs} 计，与岗位的 {ours} 不同；不作汇率换算，未采用。",
        "period": "{source}（{date} 导入）的{what}按{theirs}计，无法换算为月薪，未采用。",
        "unusable": "{source}（{date} 导入）的{what}不在合理范围内，未采用。",
        "what_band": "{grade}薪资带",
        "what_market": "{grade}市场薪酬",
        "converted": "，按一年{months}个月折算为每月 {amount}",
        "gender": "未按性别比对：系统不收集性别。",
        "peers": "同职级比对取自在职人员入职时的约定月薪（{sources}）；{left_out}人因币种或周期不同未计入。",
        "package": "{count}名同职级在职人员的薪酬组合中位数：{months}薪，绩效奖金比例{bonus}。",
        "peers_all": "同职级比对取自在职人员入职时的约定月薪（{sources}）。",
    },
    "en": {
        "band": "The {grade} band is from {source} (imported {date}): {low}-{high} {currency} {period}{converted}.",
        "market": "The market median is from {source} (imported {date}): {median} {currency} {period}{converted}.",
        "currency": (
            "The {what} in {source} (imported {date}) is in {theirs}, the position's is {ours}: "
            "currencies are not converted, so it was not used."
        ),
        "period": (
            "The {what} in {source} (imported {date}) is {theirs}, which cannot be made a monthly figure: not used."
        ),
        "unusable": "The {what} in {source} (imported {date}) is out of any sensible range: not used.",
        "what_band": "{grade} band",
        "what_market": "market pay of the {grade} grade",
        "converted": ", at {months} months' pay a year {amount} a month",
        "gender": "Not compared by gender: this system does not collect it.",
        "peers": (
            "Colleagues' pay is the monthly base agreed when they started ({sources}); "
            "{left_out} in another currency or period were left out."
        ),
        "package": (
            "The median package of {count} colleagues in this grade: {months} months' pay a year, bonus {bonus}."
        ),
        "peers_all": "Colleagues' pay is the monthly base agreed when they started ({sources}).",
    },
}


@dataclass(frozen=True, slots=True)
class PayBasis:
    """What a suggestion starts from, in thousands a month: `peers` are bases of colleagues of the grade. `notes` say
    where each figure comes from, and what was left out and why."""

    bands: Mapping[Grade, Band]
    market_median: float | None = None
    peers: tuple[float, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)


def read_pay_basis(
    session: Session,
    keys: KeyRing | None,
    profile: PositionProfile,
    grade: Grade,
    candidate_id: str,
    language: Language,
) -> PayBasis:
    """Read what was imported for the family of `profile`: the newest usable band of each grade in place of the
    position's own, and for `grade` the newest usable market median and colleagues' pay without the candidate's, which
    needs `keys`."""
    notes: list[str] = []
    bands = {each: replace(band, months=profile.salary_months) for each, band in profile.grades.items()}
    for each in GRADES:
        rows = _of_grade(session, PayBand, profile, each)
        what = _say(language, "what_band", grade=GRADE_NAMES[language][each])
        for row in _usable(rows, profile, what, notes, language):
            try:
                band = Band(_monthly(row.low, row, profile), _monthly(row.high, row, profile), profile.salary_months)
            except PayInputInvalid:
                notes.append(_say(language, "unusable", what=what, **_origin(row)))
                continue
            bands[each] = band
            if each in (profile.grade, grade):
                amount = f"{show_amount(band.low)}-{show_amount(band.high)}K"
                notes.append(
                    _say(
                        language,
                        "band",
                        grade=GRADE_NAMES[language][each],
                        low=f"{row.low:,.0f}",
                        high=f"{row.high:,.0f}",
                        **_terms(row, profile, amount, language),
                    )
                )
            break
    market = _market_median(session, profile, grade, notes, language)
    peers = _peers(session, keys, profile, grade, candidate_id, notes, language) if keys else ()
    return PayBasis(bands, market, peers, tuple(notes))


def _market_median(
    session: Session, profile: PositionProfile, grade: Grade, notes: list[str], language: Language
) -> float | None:
    what = _say(language, "what_market", grade=GRADE_NAMES[language][grade])
    rows = [row for row in _of_grade(session, MarketPay, profile, grade) if row.p50 is not None]
    for row in _usable(rows, profile, what, notes, language):
        middle = round_money(_monthly(row.p50 or 0.0, row, profile))
        if not 0 < middle < 1000:
            notes.append(_say(language, "unusable", what=what, **_origin(row)))
            continue
        terms = _terms(row, profile, f"{show_amount(middle)}K", language)
        notes.append(_say(language, "market", median=f"{row.p50:,.0f}", **terms))
        return middle
    return None


def _peers(
    session: Session,
    keys: KeyRing,
    profile: PositionProfile,
    grade: Grade,
    candidate_id: str,
    notes: list[str],
    language: Language,
) -> tuple[float, ...]:
    """Monthly bases of people hired for the same family and grade who have not left."""
    alike = [
        row.id
        for row in session.exec(select(Position))
        if row.profile.get("family") == profile.family and row.profile.get("grade") == grade
    ]
    today = now().date()
    gone = select(EmployeeExit.employee_id).where(EmployeeExit.left_on <= today)
    rows = session.exec(
        select(Hire, Employee.wrapped_key)
        .join(Employee, col(Hire.employee_id) == col(Employee.id))
        .join(Candidate, col(Candidate.external_id) == col(Hire.candidate_external_id))
        .join(Interview, col(Interview.candidate_id) == col(Candidate.id))
        .where(
            col(Employee.wrapped_key).is_not(None),
            col(Interview.position_id).in_(alike),
            col(Hire.employee_id).not_in(gone),
            Candidate.id != candidate_id,
        )
        .order_by(col(Hire.started_on))
    )
    newest = {hire.employee_id: (hire, wrapped) for hire, wrapped in rows}
    bases, packages, sources, left_out = [], [], set(), 0
    for hire, wrapped in newest.values():
        package = json.loads(keys.unwrap(wrapped).open(hire.sealed, PURPOSE))
        if package["months"] is not None:
            packages.append((package["months"], package["bonus_share"] or 0.0))
        if package["base"] is None:
            continue
        months = package["months"] or profile.salary_months
        if package["currency"] != profile.currency or package["period"] not in ("month", "year"):
            left_out += 1
            continue
        base = package["base"] / (1000 if package["period"] == "month" else 1000 * months)
        if 0 < base < 1000:
            bases.append(base)
            sources.add(hire.source)
    if bases:
        name = "peers" if left_out else "peers_all"
        notes.append(_say(language, name, sources=", ".join(sorted(sources)), left_out=left_out))
        notes.append(_say(language, "gender"))
    if len(packages) >= PaySettings().equity_least_peers:
        months, bonus = (median(values) for values in zip(*packages, strict=True))
        shown = {"months": show_amount(months), "bonus": show_percentage(bonus)}
        notes.append(_say(language, "package", count=len(packages), **shown))
    return tuple(bases)


def _of_grade(session: Session, table: type[Row], profile: PositionProfile, grade: Grade) -> list[Row]:
    """Rows of the closest name that this position's family goes by, the newest first."""
    folded = {grade.casefold(), GRADE_NAMES["zh"][grade]}
    folded |= {theirs.casefold() for theirs, ours in profile.company_grades.items() if ours == grade}
    rows = [
        row
        for row in session.exec(select(table).order_by(col(table.imported_at).desc(), col(table.id).desc()))
        if row.grade.casefold() in folded
    ]
    for name in profile.family_names:
        if found := [row for row in rows if row.family.casefold() == name.casefold()]:
            return found
    return []


def _usable(
    rows: Sequence[Row], profile: PositionProfile, what: str, notes: list[str], language: Language
) -> Sequence[Row]:
    """Rows in the position's currency and in a period that makes months; the others, down to the first usable one, are
    named."""
    for place, row in enumerate(rows):
        if row.currency != profile.currency:
            facts = {"theirs": row.currency, "ours": profile.currency}
            notes.append(_say(language, "currency", what=what, **facts, **_origin(row)))
        elif row.period not in ("month", "year"):
            notes.append(_say(language, "period", what=what, theirs=_PERIODS[language][row.period], **_origin(row)))
        else:
            return [each for each in rows[place:] if _fits(each, profile)]
    return ()


def _fits(row: PayBand | MarketPay, profile: PositionProfile) -> bool:
    return row.currency == profile.currency and row.period in ("month", "year")


def _monthly(amount: float, row: PayBand | MarketPay, profile: PositionProfile) -> float:
    """Single units a period as thousands a month."""
    return amount / 1000 if row.period == "month" else amount / 1000 / profile.salary_months


def _origin(row: PayBand | MarketPay) -> dict[str, str]:
    return {"source": row.source, "date": row.imported_at.date().isoformat()}


def _terms(row: PayBand | MarketPay, profile: PositionProfile, monthly: str, language: Language) -> dict[str, str]:
    converted = ""
    if row.period == "year":
        converted = _say(language, "converted", months=profile.salary_months, amount=monthly)
    return {
        **_origin(row),
        "currency": row.currency,
        "period": _PERIODS[language][row.period],
        "converted": converted,
    }


def _say(language: Language, name: str, **facts: object) -> str:
    return _NOTES[language][name].format(**facts)
