"""The interview plan as rows, and what was answered. Written by dialogue/ alone."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Question(SQLModel, table=True):
    """One question of one interview. Open: asked and not closed. Not asked: closed without having been asked."""

    __table_args__ = (UniqueConstraint("interview_id", "source"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    stage: str
    """background, facts, opening, structured, situational, resume, own_questions: Rasa's stages."""
    position: int
    """Order within the stage, from 0."""
    source: str = Field(index=True)
    """Key in the library, of a fact, or `resume_1` …"""
    competency: str | None = None
    number: int | None = None
    """Among the scored questions, from 1."""
    text_sealed: str | None = None
    """Only of questions drawn from the résumé; others are rendered from the library."""
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    time_used_before_s: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    """The candidate's time used when it was asked, or when time was last given back: no more can be given back."""
    follow_up: str | None = None
    """The STAR part that the one follow-up asked for."""
    skipped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Answer(SQLModel, table=True):
    """What the candidate said to one question. The answer to a follow-up is a row of its own."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    question_id: str = Field(foreign_key="question.id", index=True)
    turn_id: str = Field(unique=True)
    text_sealed: str
    value: str | None = None
    """The option chosen by a button, for facts; never free text."""
    recording_id: str | None = Field(default=None, foreign_key="recording.id", index=True)
    """What was spoken, where the answer or a part of it was."""
    transcript_confirmed: bool | None = None
    """Whether the candidate confirmed or corrected the transcript; None for typed answers."""
    given_at: datetime = Field(sa_type=UtcDateTime)


class Confirmation(SQLModel, table=True):
    """A question back: "shall we stop here?", "was that your answer?". At most one is open per interview."""

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    kind: str
    """`withdraw` or `answer_or_command`."""
    turn_id: str = Field(unique=True)
    """The turn that caused it; its message holds the text in doubt."""
    intent: str | None = None
    """The command that the text might have been."""
    asked_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
