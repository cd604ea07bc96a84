"""Ten minutes with a recruiter after the interview: who offers them, when, and who took which. Written by bot/hr_talk."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class TalkOffer(SQLModel, table=True):
    """How one recruiter holds talks with candidates of a position, whatever its version."""

    __table_args__ = (UniqueConstraint("position_key", "host"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    position_key: str = Field(index=True)
    host: str
    """The recruiter's account, `user:<id>`."""
    way: str
    """`link` (the meeting link) or `phone` (the recruiter calls)."""
    meeting_url: str = ""
    """https; empty where the recruiter calls."""
    is_on: bool = True
    changed_at: datetime = Field(sa_type=UtcDateTime)


class TalkTime(SQLModel, table=True):
    """A quarter of an hour that a recruiter keeps free. It begins on the quarter, so no two of one recruiter overlap."""

    __table_args__ = (UniqueConstraint("host", "starts_at"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    host: str
    position_key: str = Field(index=True)
    starts_at: datetime = Field(sa_type=UtcDateTime)


class Talk(SQLModel, table=True):
    """The talk of one interview's candidate, as it stands; earlier arrangements are in the audit log."""

    interview_id: str = Field(primary_key=True, foreign_key="interview.id")
    time_id: str | None = Field(default=None, foreign_key="talktime.id", unique=True)
    """Unique: nobody else gets the time. None once it was cancelled."""
    host: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    way: str
    meeting_url: str = ""
    sequence: int = 0
    """SEQUENCE of iCalendar: one higher with every change."""
    booked_at: datetime = Field(sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    words_sealed: str | None = None
    """What the recruiter wrote with the last change, under the candidate's key."""
    outcome: str | None = None
    """`held` or `missed`; it enters no score."""
    outcome_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
