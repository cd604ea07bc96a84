from __future__ import annotations

from datetime import timedelta

import pytest

from bot.status import TITLES, Status, status_of
from core.clock import now
from core.tables import Interview

INVITED = now()
LATER = INVITED + timedelta(hours=1)


def interview(**points: object) -> Interview:
    fields = {"invited_at": INVITED, "expires_at": INVITED + timedelta(days=7)} | points
    return Interview(candidate_id="c", position_id="p", language="zh", **fields)


@pytest.mark.parametrize(
    ("points", "report_exists", "delivered", "status"),
    [
        ({}, False, False, Status.INVITED),
        ({"consented_at": LATER}, False, False, Status.IN_PROGRESS),
        ({"consented_at": LATER, "finished_at": LATER}, False, False, Status.COMPLETED),
        ({"consented_at": LATER, "finished_at": LATER}, True, False, Status.SCORED),
        ({"consented_at": LATER, "finished_at": LATER}, True, True, Status.DELIVERED),
        ({"consented_at": LATER, "withdrawn_at": LATER}, False, False, Status.WITHDRAWN),
        ({"consented_at": LATER, "finished_at": LATER, "withdrawn_at": LATER}, True, True, Status.WITHDRAWN),
    ],
)
def test_the_status_follows_from_what_happened(
    points: dict[str, object], report_exists: bool, delivered: bool, status: Status
) -> None:
    assert status_of(interview(**points), report_exists, delivered, LATER) is status


@pytest.mark.parametrize("points", [{}, {"consented_at": LATER}])
def test_what_was_not_finished_expires_with_its_link(points: dict[str, object]) -> None:
    one = interview(**points)
    assert status_of(one, False, False, one.expires_at) is Status.EXPIRED
    assert status_of(one, False, False, one.expires_at - timedelta(seconds=1)) is not Status.EXPIRED


def test_a_finished_interview_never_expires() -> None:
    one = interview(finished_at=LATER)
    assert status_of(one, False, False, one.expires_at + timedelta(days=400)) is Status.COMPLETED


def test_every_status_has_a_title_in_both_languages() -> None:
    assert set(TITLES) == set(Status)
    assert all(set(titles) == {"zh", "en"} for titles in TITLES.values())
    assert TITLES[Status.INVITED]["zh"] == "待面试"
