"""Interviews that another system ordered."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class ProviderOrder(SQLModel, table=True):
    """One interview ordered through the provider API. Its status is that of the interview."""

    __table_args__ = (UniqueConstraint("orderer", "order_key"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    orderer: str
    """The name of the token it came with: a renewed token of the same name sees the same orders."""
    order_key: str
    """Idempotency-Key, else client_reference: the same order twice is one order."""
    client_reference: str | None = None
    interview_id: str = Field(foreign_key="interview.id", unique=True)
    order_sealed: str
    """JSON: the order as it came, and the candidate's link; under the candidate's data key."""
    callback_url: str | None = None
    """An address of the orderer, on the list of allowed hosts when it came."""
    ordered_at: datetime = Field(sa_type=UtcDateTime)
