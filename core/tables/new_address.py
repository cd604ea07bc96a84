"""A phone number or e-mail address that a candidate gave anew and has not shown yet to be theirs."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class NewAddress(SQLModel, table=True):
    """It waits for the code that was sent to it; with the right one it takes the place of the former."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    field: str
    """`phone` or `email`."""
    contact_sealed: str
    """Under the candidate's key."""
    code_hash: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    tries: int = 0
