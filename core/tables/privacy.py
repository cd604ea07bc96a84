"""Erasure, legal holds, retention and backups: what was asked for, what was done, and when. Ids and counts, no words.

Nothing here has a foreign key to a candidate: these rows outlive what they tell of. Written by bot/privacy/.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class ErasureRequest(SQLModel, table=True):
    """Somebody asks that a candidate be erased. The worker carries it out, step by step, each step once."""

    id: str = Field(default_factory=new_id, primary_key=True)
    candidate_id: str = Field(index=True, unique=True)
    asked_by: str
    """The account's id, `candidate`, or the name of the program."""
    asked_at: datetime = Field(sa_type=UtcDateTime)
    held_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Refused since then, as a legal hold stands; None where none does."""
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    steps: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """`{step: {"at": ISO time, "removed": {place: count}}}` of the steps that are done."""
    attempts: int = 0
    problem: str | None = None
    """Why the last attempt did not come through, in one sentence."""
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ErasedSubject(SQLModel, table=True):
    """An id, or the hash of a link, that stood for an erased candidate: whoever comes with it is told so. It leads to
    the request, never to the pseudonymised record."""

    subject: str = Field(primary_key=True)
    kind: str
    """candidate, interview, link or device."""
    request_id: str | None = Field(default=None, index=True)
    """None where the time of keeping ended, and nobody had asked."""
    erased_at: datetime = Field(sa_type=UtcDateTime)


class ErasureNotice(SQLModel, table=True):
    """One system that has to be told of one erasure; a delivery of its own kind."""

    __table_args__ = (UniqueConstraint("request_id", "connector"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    request_id: str = Field(foreign_key="erasurerequest.id", index=True)
    candidate_id: str = Field(index=True)
    connector: str
    state: str = Field(default="pending", index=True)
    """pending, sent, or parked (a person has to do it there)."""
    attempts: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problem: str | None = None
    """One plain sentence."""
    facts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """`[{"address", "order_id", "client_reference"}]`: what the orderer has to be told and no other row knows any
    more; emptied once it was told."""


class ErasureCertificate(SQLModel, table=True):
    """What was erased, where and when, and whose copies are elsewhere. It never changes."""

    id: str = Field(default_factory=new_id, primary_key=True)
    request_id: str = Field(foreign_key="erasurerequest.id", unique=True)
    candidate_id: str = Field(index=True)
    document: dict[str, Any] = Field(sa_type=JSON)
    """bot.privacy.certificate.Certificate as JSON."""
    issued_at: datetime = Field(sa_type=UtcDateTime)


class LegalHold(SQLModel, table=True):
    """Nothing about this candidate, or about anybody interviewed for this position, is deleted while it stands."""

    id: str = Field(default_factory=new_id, primary_key=True)
    candidate_id: str | None = Field(default=None, index=True)
    position_key: str | None = Field(default=None, index=True)
    wrapped_key: bytes | None = None
    """Of the reason; None once the candidate was erased."""
    reason_sealed: str
    placed_by: str
    """The account's name."""
    placed_at: datetime = Field(sa_type=UtcDateTime)
    released_by: str | None = None
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RetentionRun(SQLModel, table=True):
    """One day's deletion by policy."""

    day: date = Field(primary_key=True)
    """UTC."""
    started_at: datetime = Field(sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """`{"interviews": n, "candidates": n, "records": n, "held": n, "failed": n}`."""


class Backup(SQLModel, table=True):
    """One backup made by `mianshi backup`, and until when it is kept."""

    id: str = Field(default_factory=new_id, primary_key=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    kept_until: datetime = Field(sa_type=UtcDateTime)
