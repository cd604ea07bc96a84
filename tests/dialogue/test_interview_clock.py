from __future__ import annotations

from datetime import timedelta

from core.clock import now
from core.tables import Interview
from dialogue.interview_clock import stop_clock, time_left_s


def interview(**fields: object) -> Interview:
    return Interview(
        candidate_id="c",
        position_id="p",
        language="zh",
        invited_at=now(),
        expires_at=now() + timedelta(days=1),
        time_budget_s=1200,
        **fields,
    )


def test_time_runs_while_a_question_waits() -> None:
    running = interview(clock_started_at=now() - timedelta(seconds=90))
    assert time_left_s(running) == 1110


def test_time_stands_still_after_the_candidate_has_spoken() -> None:
    spoken = interview(clock_started_at=now() - timedelta(seconds=90))
    stop_clock(spoken, now())
    assert time_left_s(spoken, now() + timedelta(hours=1)) == 1110


def test_a_clock_set_back_neither_gives_nor_takes_time() -> None:
    ahead = interview(clock_started_at=now() + timedelta(hours=1), time_used_s=100.0)
    stop_clock(ahead, now())
    assert time_left_s(ahead) == 1100


def test_time_left_is_never_negative() -> None:
    over = interview(clock_started_at=now() - timedelta(hours=2))
    assert time_left_s(over) == 0
