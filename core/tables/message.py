"""What was said, both ways, in order; and the inbox that makes sure that each word is handled once.

`Message` is transcript and outbox in one: a row is there before anybody is shown it, and channels read on from
the last sequence number they have delivered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Message(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("interview_id", "seq"), UniqueConstraint("turn_id", "sender", "ordinal"))

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    seq: int
    """1, 2, 3 … within the interview."""
    sender: str
    """`candidate`, `bot` or `person`."""
    kind: str
    """notice, question, follow_up, confirm, status; `answer` for what the candidate says."""
    text_sealed: str
    buttons: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    """`[{"id", "title", "payload"}]`; the payload never leaves the server."""
    question_id: str | None = None
    time_left_s: int | None = None
    """Of the candidate's time, when the message was made."""
    turn_id: str
    """The inbox row that it came in with or answers."""
    ordinal: int = 0
    """Position among the replies of one turn."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    extra: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """For the page: question kind, number and how many there are, or the id of a recording; never words."""


class InboxMessage(SQLModel, table=True):
    """One thing to be handled. The unique key makes the same delivery twice one message."""

    __table_args__ = (UniqueConstraint("interview_id", "client_id"),)

    turn_id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    client_id: str
    kind: str
    """`text`, `button`, `resume`, `voice`, `correction` (of a transcript) or `signal` (from a timer, the worker or the
    page, not from the candidate's mouth)."""
    seq: int | None = None
    """The candidate's `Message`, when there is one."""
    payload: str | None = None
    """Of a button or signal, or a recording's id; never a candidate's words."""
    received_at: datetime = Field(sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leased_by: str | None = None
    attempts: int = 0
    faults: int = 0
    """Attempts that failed for a reason that will not pass by itself."""
    understood_as: str | None = None
    """`outcome:intent`, decided once, so that a repeated turn goes the same way."""
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
