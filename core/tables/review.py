"""What reviewers make of the answers themselves. Written by bot/; overrides are read by scoring/ when it reports."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class ReviewerRating(SQLModel, table=True):
    """One competency of one interview as one reviewer rates it, once."""

    __table_args__ = (UniqueConstraint("interview_id", "reviewer", "competency"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    report_version: int
    """Whose answers were rated."""
    competency: str
    reviewer: str
    """The account's id."""
    level: int
    """BARS, 1 to 5."""
    machine_level: float | None
    """The scorer's in that report; None where it could not score the competency."""
    blind: bool
    """Given before the reviewer could see the scorer's levels; only these tell of agreement."""
    given_at: datetime = Field(sa_type=UtcDateTime)


class Override(SQLModel, table=True):
    """A reviewer's level in place of the scorer's. The newest of a competency holds; earlier ones stay."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    report_version: int
    """The first report that it shows in."""
    competency: str
    level_before: float | None
    level: float
    """BARS, 1 to 5."""
    reviewer: str
    """The account's id."""
    by: str
    """The account's name, as a decision has it."""
    reason_sealed: str
    made_at: datetime = Field(sa_type=UtcDateTime)
