"""One interview: its course in points in time. Its status is derived from them (`bot/status.py`), never stored."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class Interview(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True)
    candidate_id: str = Field(foreign_key="candidate.id", index=True)
    position_id: str = Field(foreign_key="position.id", index=True)
    language: str
    """`zh` or `en`."""
    origin: str | None = None
    """Channel of origin: job board, referral, walk-in …"""
    invited_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    consented_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    planned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The questions were laid down."""
    form: str | None = None
    """Which parallel form of the core questions was laid down, `a` or `b`; None where the position has one alone."""
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The first timed question was asked."""
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    human_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    time_budget_s: int = 1200
    time_used_s: float = 0.0
    """The candidate's own time; it stands still while it is our turn."""
    clock_started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when the candidate's time is running; None while it stands still."""
    extended_by: str | None = None
    """The turn in which the one extension was given."""


class AccessLink(SQLModel, table=True):
    """A capability for one interview. Only the SHA-256 of the token is stored."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Device(SQLModel, table=True):
    """A browser in which the interview goes on; the newest one not replaced is the active one."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    secret_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DeviceCode(SQLModel, table=True):
    """A 6-digit code that lets a second browser go on."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    code_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
