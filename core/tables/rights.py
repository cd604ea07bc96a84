"""What candidates ask for on their own page, and the short sessions in which they do. Written by bot/candidate_rights."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class RightsSession(SQLModel, table=True):
    """A browser in which a candidate has entered the 6-digit code. Only the SHA-256 of its cookie is stored."""

    token_hash: str = Field(primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    candidate_id: str = Field(foreign_key="candidate.id", index=True)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class RightsRequest(SQLModel, table=True):
    """Something a candidate asked for, or did, under their rights. It is a task while `due_at` is set and
    `settled_at` is not."""

    id: str = Field(default_factory=new_id, primary_key=True)
    candidate_id: str = Field(foreign_key="candidate.id", index=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    kind: str
    """One of bot.candidate_rights.requests.KINDS."""
    words_sealed: str | None = None
    """What the candidate wrote with it."""
    made_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """By when a person has to answer; None where it took effect at once."""
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: str | None = None
    """The account's id."""
    reply_sealed: str | None = None
    """What the candidate was answered."""


class DataCorrection(SQLModel, table=True):
    """One value that a candidate corrected, before and after. The newest of a field holds; earlier ones stay."""

    id: str = Field(default_factory=new_id, primary_key=True)
    candidate_id: str = Field(foreign_key="candidate.id", index=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    request_id: str = Field(foreign_key="rightsrequest.id")
    field: str
    """`name`, `phone`, `email`, or the id of a question about a basic fact."""
    before_sealed: str | None = None
    after_sealed: str
    made_at: datetime = Field(sa_type=UtcDateTime)
