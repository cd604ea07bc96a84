"""Two candidates who may be one person. E-mail, phone and name are hints; only a person may merge."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class PossibleDuplicate(SQLModel, table=True):
    """A pair, the earlier candidate first."""

    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    first_id: str = Field(foreign_key="candidate.id", index=True)
    second_id: str = Field(foreign_key="candidate.id", index=True)
    alike_in: str
    """`phone`, `email` or both, separated by a comma."""
    found_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """A person has looked at the pair."""
    verdict: str | None = None
    """`same` or `different`, as that person said."""
    settled_by: str | None = None
