"""What is sent to a candidate by e-mail or SMS, and the times that they were told."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Letter(SQLModel, table=True):
    """One message to a candidate. It is its own timer: `due_at` passes, and it is sent once."""

    __table_args__ = (UniqueConstraint("interview_id", "kind", "version", "channel"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    """Also the Message-ID of the mail, and the id by which an SMS gateway knows a repetition."""
    candidate_id: str = Field(foreign_key="candidate.id", index=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    kind: str
    """One of bot.outreach.letters.KINDS."""
    version: int = 1
    """1, 2, 3 … within the kind: a reminder of a window that was opened again is another one."""
    channel: str
    """`email` or `sms`."""
    body_sealed: str | None = None
    """bot.outreach.wording.Worded as JSON, under the candidate's key; from the first attempt on it never changes."""
    state: str = Field(default="pending", index=True)
    """pending, sending, sent, unknown (cut off after it was handed over), parked (a person has to look), dropped (it
    was no longer needed)."""
    due_at: datetime = Field(sa_type=UtcDateTime)
    """For a letter that waits for another try: when."""
    tries: int = 0
    planned_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problem: str | None = None
    """A word of bot.outreach.letters.PROBLEMS, never what a server said: servers quote addresses."""
    problem_code: int | None = None
    """The reply code of the mail server, or the HTTP status of the SMS gateway."""


class Schedule(SQLModel, table=True):
    """When an interview is to be held, as it stands in the candidate's calendar."""

    interview_id: str = Field(primary_key=True, foreign_key="interview.id")
    starts_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The slot that was agreed on; None for an open window, which ends when the interview expires."""
    sequence: int = 0
    """SEQUENCE of iCalendar (RFC 5545, 3.8.7.4): one higher with every change."""
    reopened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The candidate asked for new times, which is possible once."""
