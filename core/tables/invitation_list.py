"""A list of people to invite, from its upload to its last row."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class InvitationList(SQLModel, table=True):
    """Sealed under a key of its own, which is destroyed with the list a day after the upload."""

    id: str = Field(default_factory=new_id, primary_key=True)
    wrapped_key: bytes
    file_sealed: bytes
    made_by: str
    """Account id."""
    made_at: datetime = Field(sa_type=UtcDateTime, index=True)
    rows: int
    """How many can be invited, by the dry run."""
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """A worker is at it; it puts this off with every row."""
    done: int = 0
    outcome_sealed: str | None = None
    """JSON: what the page shows of the rows, links where no letter goes out."""
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
