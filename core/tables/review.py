"""What reviewers make of the answers themselves, what candidates are told then, and what they say of us.

Written by bot/, but overrides, which scoring/ writes with the report that follows from them.
"""

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


class Feedback(SQLModel, table=True):
    """What a candidate is told after one decision: drafted from the report, edited or not, released once."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    decision_id: str = Field(foreign_key="decision.id", unique=True)
    text_sealed: str
    drafted_at: datetime = Field(sa_type=UtcDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    edited_by: str | None = None
    """The account's id."""
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_by: str | None = None
    """The account's id, `policy` where the position has it sent by itself."""


class InterviewRating(SQLModel, table=True):
    """How a candidate liked the interview, asked once after its end."""

    interview_id: str = Field(foreign_key="interview.id", primary_key=True)
    stars: int
    """1 to 5."""
    words_sealed: str | None = None
    given_at: datetime = Field(sa_type=UtcDateTime)


class QuestionReply(SQLModel, table=True):
    """What a recruiter answers to a candidate's own question; it is sent once, and never scored."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    answer_id: str = Field(foreign_key="answer.id", unique=True)
    """The row that holds the candidate's question."""
    text_sealed: str
    by: str
    """The account's id."""
    replied_at: datetime = Field(sa_type=UtcDateTime)
