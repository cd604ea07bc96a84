"""Which record of another system stands for which of ours."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from core.tables.base import UtcDateTime, new_id


class HrmsLink(SQLModel, table=True):
    """Ours and theirs, one to one within a connector and kind. No row holds a candidate's words."""

    __table_args__ = (
        UniqueConstraint("connector", "kind", "our_id"),
        UniqueConstraint("connector", "kind", "remote_id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    connector: str
    kind: str
    """Such as `applicant`, `report`, `event`, `effect`; `erased` marks a candidate who must not come back."""
    our_id: str
    remote_id: str | None = None
    """None as long as nobody knows whether the record was made over there."""
    content_hash: str | None = None
    """Of what was sent under this id, so that another content is noticed; two while it is not sure which one stands."""
    linked_at: datetime = Field(sa_type=UtcDateTime)
