"""One definition of hired, left and stayed, for every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from hr_bridge.employment import A_YEAR, NINETY_DAYS, HireLine, find_hired, stay

START = date(2025, 1, 1)
TOLD = date(2026, 6, 1)
SPRING, SUMMER, AUTUMN = date(2025, 3, 1), date(2025, 7, 1), date(2025, 10, 1)


@dataclass(frozen=True)
class Held:
    name: str
    invited_on: date = SPRING
    finished_on: date | None = SPRING


def on(days: int) -> date:
    return START + timedelta(days=days)


def hire(candidate: str, employee: str | None, day: date = SUMMER) -> HireLine:
    return HireLine(candidate, employee, day)


@pytest.mark.parametrize(
    ("exits", "known_until", "quarter", "year"),
    [
        ([], TOLD, (1.0, None), (1.0, None)),
        ([(on(60), "voluntary")], TOLD, (0.0, None), (0.0, None)),
        ([(on(89), "probation")], TOLD, (0.0, None), (0.0, None)),
        ([(on(90), "voluntary")], TOLD, (1.0, None), (0.0, None)),
        ([(on(120), "dismissed")], TOLD, (1.0, None), (0.0, None)),
        ([(on(60), "layoff")], TOLD, (None, "left_otherwise"), (None, "left_otherwise")),
        ([(on(60), None)], TOLD, (None, "left_otherwise"), (None, "left_otherwise")),
        ([], on(100), (1.0, None), (None, "too_early")),
        ([], on(89), (None, "too_early"), (None, "too_early")),
        ([(on(60), "voluntary")], on(100), (0.0, None), (None, "too_early")),
        ([(on(60), "voluntary")], on(89), (None, "too_early"), (None, "too_early")),
        ([], None, (None, "no_exits"), (None, "no_exits")),
        ([(START - timedelta(days=300), "voluntary")], TOLD, (1.0, None), (1.0, None)),
    ],
)
def test_leaving_counts_for_a_telling_reason_and_what_is_not_known_is_neither(
    exits: Any, known_until: date | None, quarter: Any, year: Any
) -> None:
    assert stay([START], exits, known_until, NINETY_DAYS) == quarter
    assert stay([START], exits, known_until, A_YEAR) == year


def test_a_change_of_position_is_no_leaving_and_coming_back_later_is() -> None:
    left = [(on(60), "voluntary")]
    assert stay([START, on(61)], left, TOLD, NINETY_DAYS) == (1.0, None)
    assert stay([START, on(75)], left, TOLD, NINETY_DAYS) == (0.0, None)
    assert stay([START, on(61)], [*left, (on(80), "dismissed")], TOLD, NINETY_DAYS) == (0.0, None)


def test_one_candidate_under_two_employee_numbers_counts_once() -> None:
    (person,), earlier = find_hired([hire("A", "E2", AUTUMN), hire("A", "E1")], {"A": [Held("one")]})
    assert (person.hire.employee, person.employees, person.starts) == ("E1", ("E1", "E2"), (SUMMER, AUTUMN))
    assert earlier == []


def test_whoever_was_hired_again_for_another_position_counts_where_they_were_interviewed_first() -> None:
    interviews = {"A": [Held("sales")], "B": [Held("technical", SUMMER, SUMMER)]}
    (person,), _ = find_hired([hire("B", "E1", AUTUMN), hire("A", "E1", SUMMER - timedelta(days=1))], interviews)
    assert person.interview.name == "sales"


def test_the_last_interview_finished_before_the_first_day_led_to_the_hire() -> None:
    rounds = {"A": [Held("1"), Held("2", SUMMER, SUMMER), Held("given up", SUMMER, None), Held("4", AUTUMN, AUTUMN)]}
    (person,), _ = find_hired([hire("A", "E1")], rounds)
    assert person.interview.name == "2"


def test_a_hire_whose_interview_ended_after_the_first_day_still_goes_back_to_it() -> None:
    (person,), _ = find_hired([hire("A", "E1")], {"A": [Held("late", SPRING, AUTUMN)]})
    assert person.interview.name == "late"


def test_whoever_worked_here_before_the_invitation_was_not_hired_by_it() -> None:
    people, earlier = find_hired([hire("A", "E1", START)], {"A": [Held("inside")]})
    assert (people, [one.name for one in earlier]) == ([], ["inside"])
    (again,), earlier = find_hired([hire("A", "E1", START), hire("A", "E2", SUMMER)], {"A": [Held("inside")]})
    assert (again.hire.employee, again.starts, earlier) == ("E2", (SUMMER,), [])


def test_an_application_marked_as_hired_is_a_hire_and_the_file_knows_the_employee() -> None:
    (alone,), _ = find_hired([hire("A", None)], {"A": [Held("one")]})
    assert (alone.hired_on, alone.hire.employee, alone.employees) == (SUMMER, None, ())
    (both,), _ = find_hired([hire("A", None), hire("A", "E1", AUTUMN)], {"A": [Held("one")]})
    assert (both.hired_on, both.hire.employee, both.starts) == (SUMMER, "E1", (AUTUMN,))


def test_a_hire_who_was_never_interviewed_here_has_no_part_in_it() -> None:
    assert find_hired([hire("X", "E9")], {"A": [Held("one")]}) == ([], [])
