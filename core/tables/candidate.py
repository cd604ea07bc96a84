"""Who is interviewed. What identifies or describes them is sealed with their own data key."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id

PSEUDONYM: Final = "P-"
"""How the id begins of a candidate or interview of whom only the decision record is left."""


class Candidate(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True)
    wrapped_key: bytes | None = None
    """The data key under the master key; None once the candidate was erased."""
    name_sealed: str
    phone_sealed: str | None = None
    """E.164."""
    email_sealed: str | None = None
    external_id: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    time_zone: str | None = None
    """IANA name, where somebody told it; else the phone number or the position says."""
    reminders_off_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """They asked for no more reminders."""


class Resume(SQLModel, table=True):
    """An uploaded file and what was read from it; the newest of an interview counts."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    file_sealed: bytes
    parsed_sealed: str
    """JSON of hr_bridge.resume, protected facts already removed."""
    uploaded_at: datetime = Field(sa_type=UtcDateTime)
