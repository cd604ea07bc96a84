"""How good the answers were, and what people decided. Scores are written by scoring/, decisions by bot/."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Score(SQLModel, table=True):
    """One answered question, scored once per version."""

    __table_args__ = (UniqueConstraint("question_id", "version"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    question_id: str = Field(foreign_key="question.id")
    version: int
    competency: str
    level: float | None
    """BARS, 1 to 5, unrounded; None when it could not be scored."""
    score: float | None
    """0 to 100."""
    confidence: float
    star: dict[str, float] = Field(sa_type=JSON)
    relevance: float
    telling: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """How the answer is told: scoring.score.Telling, counts and offsets. None where the scorer did not look."""
    dimensions: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    """`[{"key", "start", "end"}]`: passages that show a dimension, offsets into the answer as read."""
    unscored_reason: str | None = None
    model: str
    evidence_sealed: str
    """JSON list of {"quote", "indicator", "start", "end"}; offsets into the answer as read."""
    scored_at: datetime = Field(sa_type=UtcDateTime)


class Report(SQLModel, table=True):
    """The outcome of one interview under one version of the scorer."""

    __table_args__ = (UniqueConstraint("interview_id", "version"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    version: int
    position_id: str = Field(foreign_key="position.id")
    """Whose weights it was made with: the interview's position, after a re-scoring the newest version of it."""
    match: float | None
    core_match: float | None
    """Match over the core questions alone, résumé questions left out."""
    level: str | None
    """junior, mid or senior."""
    competencies: list[dict[str, Any]] = Field(sa_type=JSON)
    """`[{"key", "level", "score", "confidence", "unscored_reason", "dimensions": [{"key", "level", "score"}]}]`, no
    words of the candidate. Reports made before dimensions were scored lack them."""
    delivery: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """How it was spoken (scoring.spoken.SpokenDelivery); None where the position does not score it."""
    salary: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    model: str
    reported_at: datetime = Field(sa_type=UtcDateTime)


class Decision(SQLModel, table=True):
    """Advance, hold or reject, with who and why. The newest counts; earlier ones stay."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    value: str
    """`advance`, `hold` or `reject`."""
    by: str
    reason_sealed: str
    version: int
    """1, 2, 3 … within the interview."""
    report_id: str | None = Field(default=None, foreign_key="report.id", index=True)
    """The report that was seen when it was made; None where that is not known."""
    decided_at: datetime = Field(sa_type=UtcDateTime)
