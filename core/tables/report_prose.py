"""The words that a language model put a report's facts into. Written by scoring/; the report is complete without."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime, new_id


class ReportProse(SQLModel, table=True):
    """One report, worded once; no row where the wording failed or said more than the facts."""

    id: str = Field(default_factory=new_id, primary_key=True)
    report_id: str = Field(foreign_key="report.id", unique=True)
    text_sealed: str
    model: str
    prompt_version: str
    written_at: datetime = Field(sa_type=UtcDateTime)
