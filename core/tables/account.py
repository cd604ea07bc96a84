"""Who may look and decide: people with a password, programs with a token, and what they did."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class User(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    password_hash: str
    """argon2id."""
    role: str
    """admin, recruiter or hr."""
    language: str = "zh"
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UserSession(SQLModel, table=True):
    token_hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """A bearer token for a program."""

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str
    token_hash: str = Field(unique=True)
    role: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuditEntry(SQLModel, table=True):
    """Who did what to whom, in ids."""

    id: str = Field(default_factory=new_id, primary_key=True)
    actor: str
    action: str
    subject: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
