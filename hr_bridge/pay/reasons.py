"""The sentences that explain a pay suggestion, one a step, written in each language for its own readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from hr_bridge.match import Grade
from hr_bridge.pay.band import Band, round_money
from hr_bridge.pay.package import PackageShape

Language = Literal["zh", "en"]

GRADE_NAMES: Final[Mapping[Language, Mapping[Grade, str]]] = {
    "zh": {"junior": "初级", "mid": "中级", "senior": "高级"},
    "en": {"junior": "junior", "mid": "mid", "senior": "senior"},
}
_ALLOWANCE_NAMES: Final[Mapping[Language, Mapping[str, str]]] = {
    "zh": {"shift": "倒班补贴", "meal": "餐补", "housing": "住房补贴"},
    "en": {"shift": "shift", "meal": "meals", "housing": "housing"},
}
_TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "zh": {
        "band": "{grade}薪资带为{low}-{high}K（月基本工资，税前）。",
        "regrade": "评估等级为{level}，高于应聘职级{grade}：建议按{regrade}定级，薪资带{low}-{high}K，须经审批人同意。",
        "grade_fixed": "评估等级为{level}，但职级固定为{grade}：基本工资留在本职级薪资带内，建议给出更优的薪酬组合。",
        "no_higher_band": (
            "评估等级为{level}，高于应聘职级{grade}，但没有更高职级的薪资带可用：基本工资留在本职级薪资带内，"
            "建议给出更优的薪酬组合。"
        ),
        "level_below": "评估等级为{level}，低于应聘职级{grade}：发出录用通知前，请由招聘负责人确认职级。",
        "level_unknown": "暂无能力等级，按应聘职级{grade}计算。",
        "no_match": "暂无岗位匹配度，先列出整个薪资带{low}-{high}K。",
        "match": "岗位匹配度{match}，对应薪资带内{penetration}的位置，中心值{centre}K。",
        "range": "建议范围{low}-{high}K：中心值上下各取带宽的{share}，不超出薪资带。",
        "premium": "溢价能力“{competency}”得分{score}，达到{least}分：建议范围取薪资带最高的{share}，即{low}-{high}K。",
        "premium_missed": "溢价能力“{competency}”得分{score}，未达到{least}分，不作溢价。",
        "prior": "候选人自愿提供的原薪资为{prior}K，上浮{raise_}为{raised}K。",
        "prior_never": "按“{policy}”策略，定薪不使用原薪资，已忽略。",
        "prior_not_free": "原薪资并非候选人自愿提供，已忽略。",
        "median": "市场中位数为{median}K。",
        "mean": "取两者均值{mean}K。",
        "centre_point": "没有可用的原薪资或市场中位数，建议值取中心值{centre}K。",
        "middle_point": "没有可用的原薪资或市场中位数，建议值暂取薪资带中点{centre}K，仅供参考。",
        "kept_inside": "{value}K在建议范围之外，调整为{point}K。",
        "package": "薪酬组合：{parts}。",
        "no_peers": "没有同职级在岗人员的薪酬数据，未作内部公平性比对。",
        "few_peers": "同职级可比人员不足{least}人，未作内部公平性比对。",
        "equity_good": "内部公平性：同职级{count}人的中位数为{median}K，建议值与其相差{gap}，在±{most}以内。",
        "equity_off": "内部公平性：同职级{count}人的中位数为{median}K，建议值与其相差{gap}，超出±{most}，请复核。",
    },
    "en": {
        "band": "The {grade} band is {low}-{high}K (monthly base, gross).",
        "regrade": (
            "Assessed as {level}, above the grade applied for ({grade}): regrade to {regrade} suggested, "
            "band {low}-{high}K. An approver has to agree."
        ),
        "grade_fixed": (
            "Assessed as {level}, but the grade is fixed at {grade}: the base stays in this band, "
            "a richer package is suggested instead."
        ),
        "no_higher_band": (
            "Assessed as {level}, above the grade applied for ({grade}), but no band of a higher grade was given: "
            "the base stays in this band, a richer package is suggested instead."
        ),
        "level_below": (
            "Assessed as {level}, below the grade applied for ({grade}): "
            "the hiring manager should confirm the grade before an offer goes out."
        ),
        "level_unknown": "No level has been assessed; worked out for the grade applied for ({grade}).",
        "no_match": "No match yet, so the whole band {low}-{high}K is shown.",
        "match": "A match of {match} puts the centre {penetration} of the way up the band, at {centre}K.",
        "range": "Recommended range {low}-{high}K: the centre ± {share} of the band's width, kept inside the band.",
        "premium": (
            "Premium competency “{competency}” scored {score}, {least} or more: "
            "the recommended range is the top {share} of the band, {low}-{high}K."
        ),
        "premium_missed": "Premium competency “{competency}” scored {score}, under {least}: no premium.",
        "prior": "Prior pay, freely given by the candidate, is {prior}K; with {raise_} on top {raised}K.",
        "prior_never": "Under the policy “{policy}” prior pay has no part in this; it was ignored.",
        "prior_not_free": "Prior pay was not freely given by the candidate; it was ignored.",
        "median": "The market median is {median}K.",
        "mean": "The mean of the two is {mean}K.",
        "centre_point": "No prior pay or market median to use: the point is the centre, {centre}K.",
        "middle_point": (
            "No prior pay or market median to use: "
            "the point is the middle of the band, {centre}K, for orientation only."
        ),
        "kept_inside": "{value}K lies outside the recommended range and was moved to {point}K.",
        "package": "Package: {parts}.",
        "no_peers": "No pay of colleagues in this grade is on file: pay equity was not checked.",
        "few_peers": "Fewer than {least} colleagues in this grade to compare with: pay equity was not checked.",
        "equity_good": (
            "Pay equity: the median of {count} colleagues in this grade is {median}K; "
            "the point differs by {gap}, within ±{most}."
        ),
        "equity_off": (
            "Pay equity: the median of {count} colleagues in this grade is {median}K; "
            "the point differs by {gap}, beyond ±{most}: please review."
        ),
    },
}


class ReasonLines:
    """Collects the reasons of one suggestion, in order, in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._lines: list[str] = []

    def add(self, name: str, /, **values: str | float) -> None:
        """Append the sentence called `name`; numbers are shown with two decimals at most."""
        shown = {key: show_amount(value) if not isinstance(value, str) else value for key, value in values.items()}
        self._lines.append(_TEXTS[self._language][name].format(**shown))

    def add_band(self, name: str, band: Band, **values: str | float) -> None:
        """Append the sentence called `name` with the ends of `band`."""
        self.add(name, low=band.low, high=band.high, **values)

    def add_package(self, shape: PackageShape) -> None:
        """Append what surrounds the monthly base."""
        self.add("package", parts=("，" if self._language == "zh" else ", ").join(self._package_parts(shape)))

    def grade(self, grade: Grade) -> str:
        """Return the grade's name in this language."""
        return GRADE_NAMES[self._language][grade]

    def lines(self) -> tuple[str, ...]:
        """Return the sentences so far."""
        return tuple(self._lines)

    def _package_parts(self, shape: PackageShape) -> list[str]:
        chinese = self._language == "zh"
        parts = [f"{shape.months}薪" if chinese else f"{shape.months} months' pay a year"]
        if shape.bonus_share:
            share = show_percentage(shape.bonus_share)
            parts.append(f"绩效奖金比例{share}" if chinese else f"target bonus {share} of the yearly base")
        for key, amount in shape.allowances.items():
            name = _ALLOWANCE_NAMES[self._language].get(key, key)
            parts.append(f"{name}每月{show_amount(amount)}K" if chinese else f"{name} {show_amount(amount)}K a month")
        base = shape.social_insurance_base
        if base is not None:
            parts.append(
                f"社保基数{show_amount(base)}K" if chinese else f"social insurance paid on {show_amount(base)}K a month"
            )
        probation = show_percentage(shape.probation_share)
        parts.append(
            f"试用期工资按约定工资的{probation}发放（《劳动合同法》第二十条：不低于80%）"
            if chinese
            else f"probation pay {probation} of the agreed pay (at least 80%, 劳动合同法 art. 20)"
        )
        return parts


def show_amount(value: float) -> str:
    """Return a number with two decimals at most: 11.27, 11.5, 12."""
    return f"{round_money(value):.2f}".rstrip("0").rstrip(".")


def show_share(value: float) -> str:
    """Return a share as `1/6` where it is one part of a whole number, else as a percentage: .125 is 1/8, .15 is 15%."""
    parts = round(1 / value) if value > 0 else 0
    if parts > 1 and abs(value * parts - 1) < 1e-9:
        return f"1/{parts}"
    return show_percentage(value)


def show_percentage(value: float) -> str:
    """Return a share as a percentage with one decimal at most: .125 → 12.5%."""
    return f"{value * 100:.1f}".rstrip("0").rstrip(".") + "%"
