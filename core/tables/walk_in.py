"""Somebody who scanned a position's QR code and has not shown yet that the phone or e-mail is theirs."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class WalkIn(SQLModel, table=True):
    """Sealed under a key of its own and gone after a day; with the right code it becomes a candidate."""

    id: str = Field(default_factory=new_id, primary_key=True)
    position_key: str = Field(index=True)
    language: str
    wrapped_key: bytes
    name_sealed: str
    contact_sealed: str
    """E.164 or an e-mail address."""
    contact_hash: str = Field(index=True)
    """HMAC of the contact, to count codes by."""
    code_hash: str
    code_sealed: str | None = None
    """Only where no road could take it: a recruiter reads it out."""
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
