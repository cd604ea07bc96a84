"""What a reviewer should know about how an answer came to be. It is never read by anything that makes a number."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class TypedInput(SQLModel, table=True):
    """How one text came into the web page, as far as the page saw it. Counts alone, never the text."""

    turn_id: str = Field(foreign_key="inboxmessage.turn_id", primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    pasted_chars: int
    typing_ms: int
    """Time between keystrokes, pauses left out."""


class IntegritySignal(SQLModel, table=True):
    """One thing noticed about the answer to one question: ids and a figure, never words. Written by scoring/."""

    __table_args__ = (UniqueConstraint("question_id", "kind"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    question_id: str = Field(foreign_key="question.id")
    kind: str
    """`similar_answer`, `parallel_form`, `pasted` or `fast_typing`."""
    value: float
    """A share from 0 to 1; of `fast_typing` characters a second."""
    other_interview_id: str | None = Field(default=None, foreign_key="interview.id", index=True)
    """Whose answer, or whose form of the question, it resembles."""
    other_question_id: str | None = Field(default=None, foreign_key="question.id", index=True)
    noticed_at: datetime = Field(sa_type=UtcDateTime)
