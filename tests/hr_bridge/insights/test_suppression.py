from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from hr_bridge.insights.suppression import Relation, hidden_cells


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    counts = {"a": 3, "b": 40, "c": 12, "all": 55}
    assert hidden_cells(counts, [Relation(("a", "b", "c"), "all")], {"all"}) == {"a", "c"}


def test_two_groups_that_are_together_too_few_take_a_third() -> None:
    counts = {"a": 1, "b": 2, "c": 12, "d": 50, "all": 65}
    assert hidden_cells(counts, [Relation(("a", "b", "c", "d"), "all")], {"all"}) == {"a", "b", "c"}


def test_of_two_groups_neither_is_shown_where_one_is_small() -> None:
    assert hidden_cells({"a": 3, "b": 40, "all": 43}, [Relation(("a", "b"), "all")], {"all"}) == {"a", "b"}


def test_nobody_in_the_margin_bounds_what_stands_beside_it() -> None:
    """Who sees that nobody is unknown knows that no part of the unknown is anybody."""
    counts = {"a": 3, "b": 40, "unknown": 0, "all": 43}
    assert hidden_cells(counts, [Relation(("a", "b", "unknown"), "all")], {"all"}, {"unknown"}) == {
        "a", "b", "unknown",
    }  # fmt: skip
    counts = {"a": 3, "b": 40, "unknown": 9, "all": 52}
    hidden = hidden_cells(counts, [Relation(("a", "b", "unknown"), "all")], {"all"}, {"unknown"})
    assert hidden == {"a", "unknown"}


def test_empty_and_large_groups_hide_nothing() -> None:
    assert hidden_cells({"a": 0, "b": 5, "all": 5}, [Relation(("a", "b"), "all")], {"all"}) == frozenset()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=6, max_size=6))
def test_no_hidden_number_of_a_table_with_margins_can_be_reckoned(cells: list[int]) -> None:
    """Asked of a linear program: among all tables of no negative numbers that agree with what is shown, every hidden
    number can be smaller or greater."""
    table = {(row, column): cells[row * 3 + column] for row in range(2) for column in range(3)}
    margins = {("row", row): sum(table[row, column] for column in range(3)) for row in range(2)}
    margins |= {("column", column): sum(table[row, column] for row in range(2)) for column in range(3)}
    counts = table | margins | {"all": sum(cells)}
    relations = [Relation(tuple((row, column) for column in range(3)), ("row", row)) for row in range(2)]
    relations += [Relation(tuple((row, column) for row in range(2)), ("column", column)) for column in range(3)]
    relations.append(Relation((("row", 0), ("row", 1)), "all"))
    relations.append(Relation((("column", 0), ("column", 1), ("column", 2)), "all"))
    hidden = hidden_cells(counts, relations, {"all"})

    assert {cell for cell, count in counts.items() if 0 < count < 5 and cell != "all"} <= hidden
    if all(cell in hidden or not count for cell, count in counts.items() if cell != "all"):
        return  # nothing but the total is shown
    names = list(counts)
    equal = np.zeros((len(relations), len(names)))
    for number, relation in enumerate(relations):
        for part in relation.parts:
            equal[number, names.index(part)] += 1
        equal[number, names.index(relation.whole)] -= 1
    bounds = [(0, None) if name in hidden else (counts[name], counts[name]) for name in names]
    for cell in hidden:
        goal = np.zeros(len(names))
        goal[names.index(cell)] = 1
        least = linprog(goal, A_eq=equal, b_eq=np.zeros(len(relations)), bounds=bounds).fun
        most = -linprog(-goal, A_eq=equal, b_eq=np.zeros(len(relations)), bounds=bounds).fun
        assert most - least >= 5 - 1e-6, (cell, counts, hidden)
