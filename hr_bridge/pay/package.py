"""What surrounds the monthly base: months a year, bonus, allowances, social insurance, probation pay."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hr_bridge.pay.band import MONTHS_A_YEAR, PayInputInvalid, require_amount, round_money

LEAST_PROBATION_SHARE: Final = 0.8
"""《中华人民共和国劳动合同法》第二十条: probation pay is at least 80 % of the pay agreed in the contract."""


@dataclass(frozen=True, slots=True)
class PackageShape:
    """The shape of a package around a monthly base; amounts in thousands a month, shares from 0 to 1.

    `bonus_share` 绩效奖金比例 is the target bonus as a share of the yearly base, on top of it; `allowances` are monthly
    amounts by name (shift 倒班, meal 餐, housing 住房); `social_insurance_base` None means the full monthly base.
    """

    months: int = 12
    bonus_share: float = 0.0
    allowances: Mapping[str, float] = field(default_factory=dict)
    social_insurance_base: float | None = None
    probation_share: float = LEAST_PROBATION_SHARE

    def __post_init__(self) -> None:
        if self.months not in MONTHS_A_YEAR:
            raise PayInputInvalid(f"A year is paid in 12 to 24 months, not in {self.months}.")
        if not 0 <= self.bonus_share <= 1:
            raise PayInputInvalid(f"The bonus share is a number from 0 to 1, not {self.bonus_share:g}.")
        for name, amount in self.allowances.items():
            if not (math.isfinite(amount) and amount >= 0):
                raise PayInputInvalid(f"The allowance “{name}” must be zero or more, not {amount:g}.")
        if self.social_insurance_base is not None:
            require_amount("social-insurance base", self.social_insurance_base)
        if not LEAST_PROBATION_SHARE <= self.probation_share <= 1:
            raise PayInputInvalid(
                f"Probation pay is at least 80 % of the agreed pay (劳动合同法 art. 20), not {self.probation_share:g}."
            )

    def yearly_cash(self, monthly_base: float) -> float:
        """Return what a full year costs in thousands: base × months, target bonus, and twelve months of allowances."""
        return monthly_base * self.months * (1 + self.bonus_share) + 12 * math.fsum(self.allowances.values())

    def probation_pay(self, monthly_base: float) -> float:
        """Return the monthly base during probation, in thousands."""
        return monthly_base * self.probation_share

    def as_json(self, monthly_base: float) -> dict[str, Any]:
        """Return the terms, and what they come to for a base in thousands a month."""
        return {
            "months": self.months,
            "bonus_share": self.bonus_share,
            "allowances": dict(self.allowances),
            "social_insurance_base": self.social_insurance_base,
            "probation_share": self.probation_share,
            "probation_pay": round_money(self.probation_pay(monthly_base)),
            "yearly_cash": round_money(self.yearly_cash(monthly_base)),
        }

    def with_months(self, months: int) -> PackageShape:
        """Return this shape with another number of months paid a year."""
        return replace(self, months=months)

    def richer(self, *, most_months: int, bonus_step: float) -> PackageShape:
        """Return the next richer shape with the base left alone: a month more, and past `most_months` more bonus."""
        if self.months < most_months:
            return replace(self, months=self.months + 1)
        return replace(self, bonus_share=round(min(1.0, self.bonus_share + bonus_step), 4))
