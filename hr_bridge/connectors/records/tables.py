"""The tables of the HR records, in a database of their own: ids and times in clear, all words sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.tables.base import UtcDateTime


class RecordsTable(DeclarativeBase):
    """Base of these tables alone, so that their metadata never mixes with core's."""


class EffectRow(RecordsTable):
    """One effect as it was received; `sealed` is its EffectBody."""

    __tablename__ = "effect"
    __table_args__ = (UniqueConstraint("interview_id", "kind", "version"),)

    effect_id: Mapped[str] = mapped_column(primary_key=True)
    candidate_id: Mapped[str] = mapped_column(index=True)
    interview_id: Mapped[str]
    kind: Mapped[str]
    version: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sealed: Mapped[bytes]


class CheckRow(RecordsTable):
    """One written test or background check; `sealed` is its CheckBody."""

    __tablename__ = "candidate_check"

    candidate_id: Mapped[str] = mapped_column(primary_key=True)
    check_id: Mapped[str] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sealed: Mapped[bytes]


class OutcomeRow(RecordsTable):
    """What became of a candidate; `sealed` is its OutcomeBody."""

    __tablename__ = "outcome"

    candidate_id: Mapped[str] = mapped_column(primary_key=True)
    outcome_id: Mapped[str] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sealed: Mapped[bytes]


class ErasureRow(RecordsTable):
    """A candidate who was erased: a late delivery must not bring them back."""

    __tablename__ = "erasure"

    candidate_id: Mapped[str] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    effects: Mapped[int]
    checks: Mapped[int]
