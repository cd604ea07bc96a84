"""What others found out about a candidate: written tests 笔试 and background checks 背调. It never counts in the match."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class CandidateCheck(SQLModel, table=True):
    """One result of one candidate, taken from a file."""

    __table_args__ = (UniqueConstraint("candidate_id", "kind", "title", "taken_on"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    candidate_id: str = Field(foreign_key="candidate.id", index=True)
    kind: str
    """written_test or background_check."""
    title: str
    """Which test or check, as the file calls it."""
    taken_on: date
    sealed: str
    """JSON {"result", "score", "source"} under the candidate's data key; `score` and `result` as written, or null."""
    file: str
    """Name of the file."""
    imported_at: datetime = Field(sa_type=UtcDateTime)
