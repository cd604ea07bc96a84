from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.console.review_doubts import Case, Result, Sort, doubts_of, in_order, weak_spots

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FINE = (Result("results", 95.0, 0.8), Result("resilience", 92.0, 0.8))


def case(name: str, hours: float = 1.0, **changes: object) -> Case:
    facts: dict[str, object] = {"match": 93.0, "pass_line": 80.0, "results": FINE}
    since = NOW - timedelta(hours=hours)
    return Case(id=name, since=since, invited=since - timedelta(days=1), **(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, []),
        ({"asks_person": True}, ["asks_person"]),
        ({"results": (*FINE, Result("learning", 60.0, 0.8))}, ["weak_spot"]),
        ({"results": (*FINE, Result("learning", 60.1, 0.8))}, []),
        ({"match": 40.0, "results": (Result("learning", 40.0, 0.8),)}, []),
        ({"apart": ("results",)}, ["apart"]),
        ({"match": 85.0}, ["near_line"]),
        ({"match": 75.0}, ["near_line"]),
        ({"match": 85.1}, []),
        ({"results": (Result("results", 95.0, 0.39),)}, ["low_confidence"]),
        ({"results": (*FINE, Result("learning", None, 0.0))}, ["unscored"]),
        ({"match": None, "results": (Result("learning", None, 0.0),)}, ["unscored"]),
        ({"environment": True, "signals": True}, ["environment", "signals"]),
    ],
)
def test_each_reason_to_look_is_found_and_no_other(changes: dict[str, object], kinds: list[str]) -> None:
    assert [doubt.kind for doubt in doubts_of(case("x", **changes), NOW)] == kinds


def test_three_days_of_waiting_are_said() -> None:
    assert doubts_of(case("x", hours=71), NOW) == ()
    (waits,) = doubts_of(case("x", hours=73), NOW)
    assert (waits.kind, waits.figure) == ("long_wait", 3)


def test_a_weak_spot_needs_a_match_over_the_line() -> None:
    low = [Result("learning", 30.0, 0.8)]
    assert weak_spots(80.0, 80.0, low) == ("learning",)
    assert weak_spots(79.9, 80.0, low) == ()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("urgency", ["asks", "week", "days", "doubtful", "older", "newer", "held"]),
        ("doubt", ["asks", "doubtful", "week", "days", "older", "newer", "held"]),
    ],
)
def test_who_asks_comes_first_what_is_held_last_and_between_them_waiting_or_doubt(sort: Sort, order: list[str]) -> None:
    cases = [
        case("newer", hours=2),
        case("older", hours=5),
        case("held", hours=900, held=True, asks_person=True),
        case("days", hours=50),
        case("week", hours=24 * 7),
        case("doubtful", hours=1, apart=("results",)),
        case("asks", hours=0, asks_person=True),
    ]
    assert [each.id for each in in_order(cases, NOW, sort)] == order


def test_the_order_does_not_hang_on_the_order_of_rows() -> None:
    cases = [case(str(number), hours=number % 5) for number in range(20)]
    ordered = in_order(cases, NOW)
    assert sorted(c.since for c in ordered) == [c.since for c in ordered]
