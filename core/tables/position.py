"""What people are interviewed for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Position(SQLModel, table=True):
    """One version of a position; an interview keeps the version it began with."""

    __table_args__ = (UniqueConstraint("key", "version"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    key: str = Field(index=True)
    version: int
    profile: dict[str, Any] = Field(sa_type=JSON)
    """hr_bridge.position.PositionProfile as JSON."""
    created_at: datetime = Field(sa_type=UtcDateTime)
