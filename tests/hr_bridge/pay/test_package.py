from __future__ import annotations

import math
from typing import Any

import pytest

from hr_bridge.pay.band import PayInputInvalid
from hr_bridge.pay.package import PackageShape


def test_a_full_year_counts_months_bonus_and_allowances() -> None:
    shape = PackageShape(months=13, bonus_share=0.1, allowances={"meal": 0.5, "housing": 1})
    assert shape.yearly_cash(10) == pytest.approx(10 * 13 * 1.1 + 12 * 1.5)


def test_probation_pay_is_four_fifths_unless_more_is_given() -> None:
    assert PackageShape().probation_pay(10) == 8
    assert PackageShape(probation_share=1).probation_pay(10) == 10


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"probation_share": 0.79}, "劳动合同法"),
        ({"probation_share": 1.2}, "劳动合同法"),
        ({"probation_share": math.nan}, "劳动合同法"),
        ({"months": 11}, "12 to 24 months"),
        ({"bonus_share": -0.1}, "bonus share"),
        ({"bonus_share": math.nan}, "bonus share"),
        ({"allowances": {"meal": -1}}, "meal"),
        ({"allowances": {"meal": math.inf}}, "meal"),
        ({"social_insurance_base": 0}, "social-insurance base"),
    ],
)
def test_a_package_that_cannot_be_paid_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PayInputInvalid, match=complaint):
        PackageShape(**wrong)


def test_a_richer_package_adds_a_month_and_then_bonus() -> None:
    shape = PackageShape(months=13)
    richer = shape.richer(most_months=14, bonus_step=0.05)
    assert (richer.months, richer.bonus_share) == (14, 0)
    assert richer.richer(most_months=14, bonus_step=0.05).bonus_share == 0.05
    assert PackageShape(months=14, bonus_share=0.98).richer(most_months=14, bonus_step=0.05).bonus_share == 1
