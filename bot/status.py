"""Where an interview stands, derived from its points in time and never stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.tables import Interview


class Status(StrEnum):
    INVITED = "invited"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    SCORED = "scored"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


TITLES: Final[Mapping[Status, Mapping[str, str]]] = {
    Status.INVITED: {"zh": "待面试", "en": "Invited"},
    Status.IN_PROGRESS: {"zh": "面试中", "en": "In progress"},
    Status.COMPLETED: {"zh": "已完成", "en": "Completed"},
    Status.SCORED: {"zh": "已评分", "en": "Scored"},
    Status.DELIVERED: {"zh": "已送达", "en": "Delivered"},
    Status.WITHDRAWN: {"zh": "已退出", "en": "Withdrawn"},
    Status.EXPIRED: {"zh": "已过期", "en": "Expired"},
}

OPEN: Final = frozenset({Status.INVITED, Status.IN_PROGRESS})
"""The candidate can still say something."""


def status_of(interview: Interview, report_exists: bool, delivered: bool, now: datetime) -> Status:
    """The status at `now`; `delivered` means that the result reached the HRMS.

    What happened comes before what time it is: a finished interview never expires.
    """
    if interview.withdrawn_at is not None:
        return Status.WITHDRAWN
    if interview.finished_at is not None:
        if report_exists:
            return Status.DELIVERED if delivered else Status.SCORED
        return Status.COMPLETED
    if now >= interview.expires_at:
        return Status.EXPIRED
    return Status.IN_PROGRESS if interview.consented_at is not None else Status.INVITED
