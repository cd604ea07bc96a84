from __future__ import annotations

from datetime import date

from hr_bridge.insights.validity.hires import HireLine, ScoredInterview, find_hired

SPRING, SUMMER, AUTUMN = date(2025, 3, 1), date(2025, 7, 1), date(2025, 10, 1)


def interview(number: int, family: str = "sales", on: date = SPRING) -> ScoredInterview:
    return ScoredInterview(number, family, on)


def hire(candidate: str, employee: str, on: date = SUMMER) -> HireLine:
    return HireLine(candidate, employee, on, {})


def test_one_candidate_under_two_employee_numbers_counts_once() -> None:
    hired = find_hired([hire("A", "E1"), hire("A", "E2", AUTUMN)], {"A": [interview(1)]})
    (person,) = hired.people
    assert (person.hire.employee, person.employees, dict(hired.doubled)) == ("E1", ("E1", "E2"), {"sales": 1})
    assert hired.moved == frozenset()


def test_whoever_was_hired_again_for_another_position_counts_where_they_were_interviewed_first() -> None:
    interviews = {"A": [interview(1, "sales")], "B": [interview(2, "technical", SUMMER)]}
    hired = find_hired([hire("B", "E1", AUTUMN), hire("A", "E1", SUMMER)], interviews)
    (person,) = hired.people
    assert (person.interview.number, hired.moved, dict(hired.doubled)) == (1, frozenset({1}), {"sales": 1})


def test_the_last_interview_before_the_start_led_to_the_hire() -> None:
    rounds = {"A": [interview(1, on=SPRING), interview(2, on=SUMMER), interview(3, on=AUTUMN)]}
    assert find_hired([hire("A", "E1", SUMMER)], rounds).people[0].interview.number == 2


def test_a_hire_whose_interview_ended_after_the_start_still_goes_back_to_it() -> None:
    assert find_hired([hire("A", "E1", SPRING)], {"A": [interview(4, on=AUTUMN)]}).people[0].interview.number == 4


def test_a_hire_who_was_never_scored_here_has_no_part_in_it() -> None:
    assert find_hired([hire("X", "E9")], {"A": [interview(1)]}).people == ()
