"""What a candidate says aloud, sealed as it came, and what became of it.

Where a recording stands is derived from its points in time: begun, received (acknowledged), heard, offered for
correction, and in the end either settled (its words are an answer or a command) or discarded (not counted).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Recording(SQLModel, table=True):
    """One recording. Its words are sealed; figures of its quality stand in clear."""

    __table_args__ = (UniqueConstraint("interview_id", "client_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    client_id: str
    """The sender's own id: the same recording twice is one."""
    channel: str
    """`web` or `telegram`."""
    question_id: str | None = Field(default=None, foreign_key="question.id", index=True)
    """What was in sight when it began."""
    turn_id: str | None = Field(default=None, unique=True)
    """The inbox row that it came in with; also the turn of the answer it becomes."""
    seq: int | None = None
    """The candidate's `Message`."""
    kind: str | None = None
    """Container, read from the bytes when the recording was received: ogg, webm, mp4, wav, mp3, or, where nothing
    has opened it yet, video or unknown. None before that, and for what was refused."""
    size_bytes: int = 0
    duration_s: float | None = None
    begun_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    heard_sealed: str | None = None
    """JSON of scoring.heard.Heard: transcript, words with times and confidence, delivery."""
    verdict: str | None = None
    """good, poor or unusable."""
    reason: str | None = None
    """Key of what is the matter with the sound, or why it is no recording at all."""
    snr_db: float | None = None
    clipping: float | None = None
    speech_ratio: float | None = None
    level_db: float | None = None
    transcript_confidence: float | None = None
    """Mean word confidence, 0 to 1."""
    model: str | None = None
    offered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The transcript was shown to the candidate."""
    correct_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    correction_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The candidate wants to correct: the next text is the corrected version."""
    corrected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    corrected_sealed: str | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The candidate said that the transcript is right, or corrected it."""
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    discarded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Unusable, recorded again, or typed instead: the attempt is not counted."""


class RecordingChunk(SQLModel, table=True):
    """A piece of the file, in order of `ordinal` from 0."""

    __table_args__ = (UniqueConstraint("recording_id", "ordinal"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    recording_id: str = Field(foreign_key="recording.id", index=True)
    ordinal: int
    size_bytes: int
    """Of the piece in clear."""
    data_sealed: bytes


class EnvironmentRecord(SQLModel, table=True):
    """Something about device, room or network that a reviewer should know: figures and keys, never words."""

    __table_args__ = (UniqueConstraint("interview_id", "client_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    interview_id: str = Field(foreign_key="interview.id", index=True)
    client_id: str
    """Of the check or of the recording and its kind: noted once."""
    kind: str
    """`device_check`, `network` (while recording), `quality` (of a recording) or `not_counted` (an attempt)."""
    recording_id: str | None = Field(default=None, foreign_key="recording.id", index=True)
    question_id: str | None = Field(default=None, foreign_key="question.id", index=True)
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    noted_at: datetime = Field(sa_type=UtcDateTime)
