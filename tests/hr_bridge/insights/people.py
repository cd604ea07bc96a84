"""Invited people as the insights see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hr_bridge.insights.course import Course

DAY: Final = datetime(2026, 6, 1, 9, tzinfo=UTC)


def course(number: int = 0, **told: Any) -> Course:
    """One person, invited on the first of June 2026 unless told otherwise."""
    return Course(
        **({"id": f"i{number}", "position": "sales", "version": 1, "channel": None, "invited_at": DAY} | told)
    )


def crowd(invited: int, started: int = 0, finished: int = 0, passed: int = 0, **told: Any) -> Sequence[Course]:
    """So many people, of whom the first so many came so far."""
    return [
        course(
            number,
            opened=number < started,
            started=number < started,
            finished=number < finished,
            passed=number < passed,
            **told,
        )
        for number in range(invited)
    ]


def hired(days: int, number: int = 0, **told: Any) -> Course:
    """Somebody who was hired so many days after the invitation."""
    all_the_way = {"opened": True, "started": True, "finished": True, "passed": True}
    return course(number, hired_at=DAY + timedelta(days=days), **(all_the_way | told))
