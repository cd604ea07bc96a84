"""What receivers of webhooks have acknowledged."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime


class WebhookReceipt(SQLModel, table=True):
    """One message that was answered with 2xx. A webhook cannot be asked afterwards: this is all that is known of it."""

    effect_id: str = Field(primary_key=True)
    """The delivery's id, which is the webhook-id; `erased_<candidate id>` for the message that a candidate was erased,
    which stays."""
    connector: str = Field(primary_key=True)
    candidate_id: str = Field(index=True)
    digest: str
    """SHA-256 of what was sent."""
    acknowledged_at: datetime = Field(sa_type=UtcDateTime)
