"""Who applied in an HR system, and how far that system has been read."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class Applicant(SQLModel, table=True):
    """One application as the HR system last told it. What describes the person is sealed: with a key of the row's own
    until they are invited, from then on with the candidate's."""

    __table_args__ = (UniqueConstraint("connector", "remote_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    connector: str
    remote_id: str
    remote_version: str
    """When it last changed over there, as that system writes times."""
    job_id: str | None = None
    job_title: str | None = None
    position_key: str | None = None
    """None while the job stands for no position of ours; then nothing about the person is kept."""
    standing: str
    """open, hired, refused, archived or deleted."""
    wrapped_key: bytes | None = None
    """None once they were invited, or are gone over there."""
    told_sealed: str | None = None
    """JSON {"name", "phone", "email"}, each as written over there or null."""
    resume_mark: str | None = None
    """Checksum of the file that was last looked at."""
    resume_sealed: bytes | None = None
    """The file, until the invitation takes it over."""
    parsed_sealed: str | None = None
    """JSON of hr_bridge.resume, protected facts already removed; until the invitation takes it over."""
    resume_problem: str | None = None
    """Why the file could not be read: a reason of hr_bridge.resume.document."""
    problem: str | None = None
    """Why nobody is invited: a key of bot/applicants.py."""
    interview_id: str | None = Field(default=None, foreign_key="interview.id", index=True)
    hired_on: date | None = None
    hire_sealed: str | None = None
    """JSON of hr_bridge.assessment.HiredPackage and the start date, as far as told."""
    arrived_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class PollCursor(SQLModel, table=True):
    """How far one HR system has been read. Its own clock and ids count, never ours."""

    connector: str = Field(primary_key=True)
    after_id: int = 0
    """Applications up to this id were there before we were, and are none of our business."""
    read_until: str | None = None
    """Newest change that was taken, as that system writes times; None before the first poll."""
    swept_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    polled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    woken: bool = False
    """Its webhook said that there is something."""
    vanished: int = 0
    """So many applications were suddenly not to be seen at the last sweep that a person has to say whether they are
    deleted; 0 where nothing is in doubt."""
    confirmed: int = 0
    """How many a person says are really deleted; the next sweep believes that."""
    leased_by: str | None = None
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problem: str | None = None
    """Why the last poll did not come through, in one sentence."""
