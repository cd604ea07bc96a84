"""What one row of each kind says, once every cell was found good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from hr_bridge.imports.money import Period
from hr_bridge.match import Grade

ExitReason = Literal["voluntary", "dismissed", "probation", "layoff", "contract_end", "retired", "other"]
CheckKind = Literal["written_test", "background_check"]

PERCENTILES: Final = ("p10", "p25", "p50", "p75", "p90")


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A position that differs from the one it is `like` in what is told here; None leaves it as it is there."""

    position: str
    """Its key."""
    title_zh: str
    title_en: str
    like: str
    """Key or title of a position that is there."""
    grade: Grade | None
    department: str | None
    location: str | None
    advertised: tuple[float, float] | None
    """Gross a month in single units."""

    @property
    def key(self) -> tuple[str, ...]:
        return (self.position,)


@dataclass(frozen=True, slots=True, repr=False)
class CandidateRow:
    name: str
    position: str
    """Key or title of a position."""
    phone: str | None
    email: str | None
    channel: str | None
    external_id: str | None
    language: str | None

    @property
    def key(self) -> tuple[str, ...] | None:
        return (self.external_id, self.position) if self.external_id else None


@dataclass(frozen=True, slots=True)
class PayBandRow:
    family: str
    grade: str
    low: float
    high: float
    currency: str
    period: Period

    @property
    def key(self) -> tuple[str, ...]:
        return self.family, self.grade, self.currency, self.period


@dataclass(frozen=True, slots=True)
class MarketRow:
    family: str
    grade: str
    percentiles: tuple[float | None, ...]
    """In the order of PERCENTILES."""
    currency: str
    period: Period

    @property
    def key(self) -> tuple[str, ...]:
        return self.family, self.grade, self.currency, self.period


@dataclass(frozen=True, slots=True, repr=False)
class PerformanceRow:
    employee: str
    period: str
    rating: str
    scale: str
    position: float
    """Where the rating lies on its scale: 0 worst, 1 best."""

    @property
    def key(self) -> tuple[str, ...]:
        return self.employee, self.period


@dataclass(frozen=True, slots=True, repr=False)
class CompetencyRatingRow:
    employee: str
    period: str
    competency: str
    """Key of the library."""
    family: str | None
    rating: str
    scale: str
    position: float
    """As in PerformanceRow."""

    @property
    def key(self) -> tuple[str, ...]:
        return self.employee, self.period, self.competency


@dataclass(frozen=True, slots=True, repr=False)
class ExitRow:
    employee: str
    left_on: date
    reason: ExitReason | None

    @property
    def key(self) -> tuple[str, ...]:
        return self.employee, self.left_on.isoformat()


@dataclass(frozen=True, slots=True, repr=False)
class HireRow:
    candidate: str
    employee: str
    started_on: date
    base: float | None
    currency: str | None
    period: Period | None
    months: int | None
    bonus_share: float | None

    @property
    def key(self) -> tuple[str, ...]:
        return self.candidate, self.employee


@dataclass(frozen=True, slots=True, repr=False)
class PayChangeRow:
    employee: str
    effective_on: date
    base: float
    currency: str
    period: Period
    months: int | None

    @property
    def key(self) -> tuple[str, ...]:
        return self.employee, self.effective_on.isoformat()


@dataclass(frozen=True, slots=True, repr=False)
class CheckRow:
    candidate: str
    kind: CheckKind
    title: str
    result: str | None
    score: str | None
    """As written: 85, 85/100, A."""
    source: str
    taken_on: date

    @property
    def key(self) -> tuple[str, ...]:
        return self.candidate, self.kind, self.title, self.taken_on.isoformat()


Row = (
    PositionRow
    | CandidateRow
    | PayBandRow
    | MarketRow
    | PerformanceRow
    | CompetencyRatingRow
    | ExitRow
    | HireRow
    | PayChangeRow
    | CheckRow
)
