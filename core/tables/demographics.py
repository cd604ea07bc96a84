"""What candidates told of themselves for the fairness tables. Read and written by bot/demographics.py alone: neither
scorer nor reviewer nor any page about a person may see it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.tables.base import UtcDateTime


class DemographicAnswer(SQLModel, table=True):
    """Asked once after the interview's end; who would rather not say has a row without answers."""

    interview_id: str = Field(foreign_key="interview.id", primary_key=True)
    sealed: str
    """JSON of hr_bridge.insights.groups.Groups, under the candidate's data key."""
    given_at: datetime = Field(sa_type=UtcDateTime)
