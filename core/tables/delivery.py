"""What must reach the HRMS, and what is due when."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Delivery(SQLModel, table=True):
    """One effect on one connector. Its id is the idempotency key over there."""

    __table_args__ = (UniqueConstraint("connector", "interview_id", "kind", "version"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    connector: str
    interview_id: str = Field(foreign_key="interview.id", index=True)
    kind: str
    """`result`, `decision`, `correction` or `rescoring`."""
    version: int
    assessment_sealed: str
    """hr_bridge.assessment.CandidateAssessment as JSON: what is sent never changes under one id."""
    state: str = "pending"
    """pending, sent, unknown (timed out after sending: verified before any retry) or parked."""
    attempts: int = 0
    last_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    remote_id: str | None = None
    problem: str | None = None
    """One plain sentence, never a candidate's words."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Timer(SQLModel, table=True):
    """Something due at a point in time; fired once."""

    __table_args__ = (UniqueConstraint("kind", "subject"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    kind: str
    subject: str
    due_at: datetime = Field(sa_type=UtcDateTime, index=True)
    fired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Heartbeat(SQLModel, table=True):
    """When a process was last alive, so that its downtime is not charged to a candidate."""

    process: str = Field(primary_key=True)
    beat_at: datetime = Field(sa_type=UtcDateTime)
