"""What a language model made of an answer that was scored already. Written by scoring/; never part of a score."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class SecondRating(SQLModel, table=True):
    """One answered question, asked about once, whatever came of it."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    question_id: str = Field(foreign_key="question.id", unique=True)
    level: float | None
    """BARS, 1 to 5, the middle one of the samples kept; None with a `failure`."""
    samples: list[float] = Field(sa_type=JSON)
    """The levels of the samples kept, lowest first."""
    dropped: list[str] = Field(sa_type=JSON)
    """Why each of the other samples counts for nothing, a `Failure` each."""
    failure: str | None
    quotes_sealed: str
    """JSON list of verbatim passages of the answer."""
    model: str
    prompt_version: str
    rated_at: datetime = Field(sa_type=UtcDateTime)
