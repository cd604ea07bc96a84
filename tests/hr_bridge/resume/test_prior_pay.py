"""Prior pay is hidden at equal length; wishes, sales figures and words about pay stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_bridge.resume.prior_pay import mask_prior_pay


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("税前月薪：12000元", "税前月薪：██████"),
        ("目前薪资 15K*14，面议", "目前薪资 ██████，面议"),
        ("离职前薪资8000-9000元/月", "离职前薪资██████████/月"),
        ("我之前工资一个月八千块", "我之前工资一个月███"),
        ("年薪30万左右", "年薪███左右"),
        ("一个月能拿八千", "一个月能拿██"),
        ("Current salary: $85,000 per year", "Current salary: ███████ per year"),
        ("I was making 60k a year there", "I was making ███ a year there"),
        ("base 12k plus bonus", "base ███ plus bonus"),
    ],
)
def test_present_and_past_pay_is_masked(text: str, masked: str) -> None:
    assert mask_prior_pay(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "期望薪资：10-12K",
        "expected salary 90k",
        "销售额300万，回款率95%",
        "推动月薪制改革，核算200人工资",
        "薪酬体系3个",
        "paid 30 invoices a month",
        "grew a base of 3 million users",
        "工资核算5年经验",
    ],
)
def test_what_is_no_prior_pay_stays(text: str) -> None:
    assert mask_prior_pay(text) == text


@given(st.text(alphabet="月薪工资底0123456789万千元kK salarypay:：$，。年\n一二三八", max_size=60))
def test_the_length_never_changes_and_only_amounts_are_covered(text: str) -> None:
    masked = mask_prior_pay(text)
    assert len(masked) == len(text)
    assert all(after in (before, "█") for before, after in zip(text, masked, strict=True))
