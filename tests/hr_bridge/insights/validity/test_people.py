from __future__ import annotations

import polars as pl
import pytest

from hr_bridge.insights.validity.people import APPRAISALS, standardise


def marks(rows: list[tuple[int | None, str, str, str, float]]) -> dict[int, float | None]:
    found = standardise(pl.DataFrame(rows, schema=APPRAISALS, orient="row"))
    return dict(found.select("person", "value").iter_rows())


def test_a_strict_and_a_lenient_department_on_different_scales_are_put_side_by_side() -> None:
    places = [0.1, 0.2, 0.3, 0.4, 0.5]
    strict = [(i, "north.csv", "2025", "S>A>B>C>D", place) for i, place in enumerate(places)]
    lenient = [(10 + i, "south.csv", "2025", "1-5", 0.5 + place) for i, place in enumerate(places)]
    found = marks([*strict, *lenient])
    for i in range(5):
        assert found[i] == pytest.approx(found[10 + i])
    assert found[4] is not None
    assert found[0] is not None
    assert found[4] > found[0]


def test_colleagues_who_were_never_interviewed_say_what_a_mark_is_worth() -> None:
    colleagues = [(None, "all.csv", "2025", "1-5", place) for place in (0.2, 0.3, 0.4, 0.5, 0.6)]
    found = marks([*colleagues, (1, "all.csv", "2025", "1-5", 0.9)])
    assert list(found) == [1]
    assert found[1] == pytest.approx(90.0)


def test_a_source_with_four_marks_or_with_all_alike_is_set_aside() -> None:
    few = [(i, "few.csv", "2025", "1-5", i / 4) for i in range(4)]
    alike = [(10 + i, "alike.csv", "2025", "1-5", 0.5) for i in range(9)]
    assert set(marks([*few, *alike]).values()) == {None}


def test_several_periods_of_one_person_are_averaged() -> None:
    rows = [
        (i, "all.csv", period, "1-5", place)
        for period, places in (("2024", (0.1, 0.2, 0.3, 0.4, 0.5)), ("2025", (0.5, 0.4, 0.3, 0.2, 0.1)))
        for i, place in enumerate(places)
    ]
    found = marks(rows)
    assert [found[i] for i in range(5)] == pytest.approx([found[2]] * 5)
