"""The constants of pay suggestions, which a position family may set for itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from hr_bridge.pay.band import PayInputInvalid
from hr_bridge.pay.package import PackageShape


@dataclass(frozen=True, slots=True)
class PaySettings:
    """The constants of one position family; shares are from 0 to 1, match and premium scores 0-100."""

    match_at_low_end: float = 70.0
    match_at_high_end: float = 100.0
    range_share: float = 1 / 6
    prior_raise: float = 0.15
    premium_from: float = 85.0
    premium_share: float = 1 / 3
    equity_tolerance: float = 0.10
    equity_least_peers: int = 5
    package: PackageShape = field(default_factory=PackageShape)
    richer_most_months: int = 14
    richer_bonus_step: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.match_at_low_end < self.match_at_high_end <= 100:
            raise PayInputInvalid("The match at the low end of the band must be below the one at its high end.")
        if not 0 <= self.premium_from <= 100:
            raise PayInputInvalid(f"The setting premium_from is a score from 0 to 100, not {self.premium_from:g}.")
        for name in ("range_share", "prior_raise", "premium_share", "equity_tolerance", "richer_bonus_step"):
            if not 0 <= getattr(self, name) <= 1:
                raise PayInputInvalid(f"The setting {name} is a share from 0 to 1, not {getattr(self, name):g}.")
