"""Pay that a recruiter may not promise alone. Written by bot/, read where the HR system is told about pay."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class PayApproval(SQLModel, table=True):
    """A regrade or an offer above the range that waits for an approver, or their answer."""

    __table_args__ = (UniqueConstraint("interview_id", "version"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    report_id: str = Field(foreign_key="report.id", index=True)
    """Whose suggestion it goes beyond."""
    version: int
    """1, 2, 3 … within the interview."""
    regrade: str | None = None
    """The higher grade asked for."""
    asked_sealed: str
    """JSON {"offer", "reason"}, sealed with the candidate's key: thousands a month in the position's currency, or
    null where the suggested point is meant."""
    asked_by: str
    """The account's id."""
    asked_by_name: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    approved: bool | None = None
    """None while it waits."""
    answer_sealed: str | None = None
    """Why, in the approver's words."""
    answered_by: str | None = None
    answered_by_name: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
