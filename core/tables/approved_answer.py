"""What a recruiter has approved to be told to candidates who ask. Written by bot/ alone."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class ApprovedAnswer(SQLModel, table=True):
    """A question and its answer, of one position whatever its version, in one language or both."""

    id: str = Field(default_factory=new_id, primary_key=True)
    position_key: str = Field(index=True)
    question_zh: str = ""
    answer_zh: str = ""
    question_en: str = ""
    answer_en: str = ""
    approved_by: str
    """The account's id."""
    approved_at: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
