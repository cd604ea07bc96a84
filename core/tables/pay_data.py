"""Pay as the house and the market pay it, taken from files. Amounts are in single units of `currency` per `period`."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class PayBand(SQLModel, table=True):
    """The house's own band of a grade; the newest file's counts."""

    __table_args__ = (UniqueConstraint("family", "grade", "currency", "period"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    family: str
    """Position family, as the file names it."""
    grade: str
    """Grade, as the file names it: P5, M1, senior …"""
    low: float
    high: float
    currency: str
    """ISO 4217."""
    period: str
    """year, month, day or hour."""
    source: str
    """Name of the file."""
    imported_at: datetime = Field(sa_type=UtcDateTime)


class MarketPay(SQLModel, table=True):
    """Percentiles of what the market pays for a grade; None where the file has none."""

    __table_args__ = (UniqueConstraint("family", "grade", "currency", "period"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    family: str
    grade: str
    p10: float | None = None
    p25: float | None = None
    p50: float | None = None
    p75: float | None = None
    p90: float | None = None
    currency: str
    period: str
    source: str
    imported_at: datetime = Field(sa_type=UtcDateTime)
