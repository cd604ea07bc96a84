"""Recruiters who ask the bot from a chat outside the console, and what is pushed to their group."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class AskingSettings(SQLModel, table=True):
    """One row, `house`: what an admin has allowed."""

    id: str = Field(default="house", primary_key=True)
    telegram_on: bool = False
    telegram_quotes: bool = False
    """Candidates' own words may be shown in Telegram too."""
    set_at: datetime = Field(sa_type=UtcDateTime)
    set_by: str


class AskingCode(SQLModel, table=True):
    """The one-time code by which an account of a chat shows that it is a recruiter's; a new one replaces it."""

    user_id: str = Field(primary_key=True, foreign_key="user.id")
    code_hash: str = Field(unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class AskingAccount(SQLModel, table=True):
    """An account of a chat that speaks for a recruiter."""

    __table_args__ = (UniqueConstraint("channel", "user_id"),)

    channel: str = Field(primary_key=True)
    account_id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    wrapped_key: bytes
    """Seals what is asked until it is answered."""
    linked_at: datetime = Field(sa_type=UtcDateTime)


class GroupNote(SQLModel, table=True):
    """One message to the recruiters' group: planned once by its key, sent once. It holds no name and no words."""

    __table_args__ = (UniqueConstraint("key"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    key: str
    """`daily:<date>` or `person:<interview>:<moment>`."""
    state: str = Field(default="pending", index=True)
    """pending, sending, sent, unknown (cut off after it was handed over) or parked."""
    due_at: datetime = Field(sa_type=UtcDateTime)
    tries: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
