from __future__ import annotations

import string

from hr_bridge.pay.package import PackageShape
from hr_bridge.pay.reasons import _TEXTS, ReasonLines, show_amount, show_percentage, show_share


def test_both_languages_have_the_same_sentences_with_the_same_facts() -> None:
    def facts(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {name: facts(text) for name, text in _TEXTS["zh"].items()} == {
        name: facts(text) for name, text in _TEXTS["en"].items()
    }


def test_chinese_sentences_end_in_a_full_width_stop_and_hold_no_half_width_comma() -> None:
    for text in _TEXTS["zh"].values():
        assert text.endswith("。")
        assert not set(text) & set(",;()")


def test_amounts_and_shares_are_shown_short() -> None:
    assert [show_amount(value) for value in (12.0, 11.5, 11.27, 9.8 * 1.15)] == ["12", "11.5", "11.27", "11.27"]
    assert [show_share(value) for value in (1 / 6, 0.5, 0.15)] == ["1/6", "1/2", "15%"]
    assert show_percentage(0.125) == "12.5%"


def test_the_package_is_told_in_full() -> None:
    shape = PackageShape(
        months=13, bonus_share=0.2, allowances={"shift": 0.6}, social_insurance_base=8, probation_share=0.9
    )
    chinese, english = ReasonLines("zh"), ReasonLines("en")
    chinese.add_package(shape)
    english.add_package(shape)
    assert chinese.lines() == (
        "薪酬组合：13薪，绩效奖金比例20%，倒班补贴每月0.6K，社保基数8K，"
        "试用期工资按约定工资的90%发放（《劳动合同法》第二十条：不低于80%）。",
    )
    assert english.lines() == (
        "Package: 13 months' pay a year, target bonus 20% of the yearly base, shift 0.6K a month, "
        "social insurance paid on 8K a month, probation pay 90% of the agreed pay (at least 80%, 劳动合同法 art. 20).",
    )
