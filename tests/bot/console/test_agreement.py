from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.console.agreement import Act, agreement, review_time, weighted_kappa

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_kappa_agrees_with_a_worked_example() -> None:
    # Observed disagreement 2, by chance (1/4)·[1²·(2·2 + …)]: a 2 × 2 table of 3, 1, 1, 3 has kappa .5.
    pairs = [(2, 2.0)] * 3 + [(2, 3.0), (3, 2.0)] + [(3, 3.0)] * 3
    assert weighted_kappa(pairs) == pytest.approx(0.5)


def test_full_agreement_is_one_and_levels_without_spread_have_no_kappa() -> None:
    assert weighted_kappa([(1, 1.2), (3, 3.4), (5, 4.5)]) == 1
    assert weighted_kappa([(3, 3.0)] * 20) is None
    assert weighted_kappa([]) is None


def test_a_larger_gap_counts_more() -> None:
    near = [(1, 1.0), (5, 5.0), (3, 4.0)]
    far = [(1, 1.0), (5, 5.0), (1, 4.0)]
    assert (weighted_kappa(near) or 0) > (weighted_kappa(far) or 0)


def test_under_ten_ratings_there_is_no_figure() -> None:
    assert agreement("x", [(4, 3.0)] * 9).difference is None
    assert agreement("x", [(4, 3.0)] * 5 + [(3, 3.5)] * 5).difference == pytest.approx(0.25)


def test_time_is_counted_from_opening_to_decision_and_a_pause_at_most_five_minutes() -> None:
    acts = [Act(after(0), after(2)), Act(after(2), after(62)), Act(after(62), None)]
    assert review_time(acts, after(63)) == timedelta(minutes=2 + 5 + 1)


def test_time_spent_on_somebody_else_in_between_does_not_count() -> None:
    assert review_time([Act(after(0), after(1)), Act(after(30), after(32))], after(32)) == timedelta(minutes=3)


def test_nothing_after_the_decision_counts() -> None:
    assert review_time([Act(after(0), after(4)), Act(after(5), after(6))], after(3)) == timedelta(minutes=3)
