"""The Telegram bot's own bookkeeping: what it has read, whom it knows, what it has shown. Written by bot/ alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class TelegramBot(SQLModel, table=True):
    """One bot: how far its updates have been committed, and which process speaks for it now."""

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    username: str | None = None
    next_update_id: int | None = Field(default=None, sa_type=BigInteger)
    """Every update before this one is in `telegramupdate`."""
    update_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leased_by: str | None = None
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TelegramChat(SQLModel, table=True):
    """A Telegram account in one interview. At most one per interview is bound; that is seen to under the interview's
    lock, since accounts that still owe the 6-digit code may be several."""

    __table_args__ = (UniqueConstraint("user_id", "interview_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    bot_id: int = Field(sa_type=BigInteger)
    user_id: int = Field(sa_type=BigInteger)
    """The account's number, which is the number of its private chat with the bot too."""
    interview_id: str = Field(foreign_key="interview.id", index=True)
    bound_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """None while the account has not entered the code."""
    chosen_at: datetime = Field(sa_type=UtcDateTime)
    """When it last presented the link: an account in several interviews speaks in the one chosen last."""
    blocked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The account has blocked the bot: nothing is sent until it comes back."""
    sent_seq: int = 0
    """Every message up to this one has been shown in the chat."""
    sent_parts: int = 0
    """How many pieces of the next message have been, when it is too long for one."""


class TelegramUpdate(SQLModel, table=True):
    """One update, kept before Telegram is told that we have it, until it has been handed over to the conversation."""

    bot_id: int = Field(primary_key=True, sa_type=BigInteger)
    update_id: int = Field(primary_key=True, sa_type=BigInteger)
    chat_id: int = Field(sa_type=BigInteger, index=True)
    interview_id: str | None = Field(default=None, foreign_key="interview.id", index=True)
    kind: str
    """As in `bot.channels.base.Received`; or `recruiter` (a linked recruiter asks), `code_wanted` (a link was opened and a code has to be sent) and `code` (what
    was written by an account that owes it)."""
    content_sealed: str | None = None
    """What was received, JSON; taken away once it is handed over. An account without an interview leaves none."""
    callback_id: str | None = None
    """Of a pressed button: Telegram waits for a word about it."""
    received_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    note: str | None = None
    """A sentence of ours about this update alone, for this chat alone; no part of the interview."""
    note_sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
