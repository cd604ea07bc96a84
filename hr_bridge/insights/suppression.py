"""Small numbers are not shown, nor others from which they could be reckoned.

Primary and complementary cell suppression (L. H. Cox, "Suppression methodology and statistical disclosure control",
JASA 75 (1980)). What somebody could reckon of a hidden number is asked of a linear program: between which bounds must
it lie, given all that is shown and that no number is negative?
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from scipy.optimize import linprog

FEWEST: Final = 5
"""People below which a group is not shown; and how wide the bounds of a hidden number must be at least."""
Cell = TypeVar("Cell", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Relation(Generic[Cell]):
    """The numbers of `parts` add up to that of `whole`."""

    parts: tuple[Cell, ...]
    whole: Cell

    @property
    def members(self) -> tuple[Cell, ...]:
        return (*self.parts, self.whole)


def hidden_cells(
    counts: Mapping[Cell, int],
    relations: Sequence[Relation[Cell]],
    shown_anyway: Collection[Cell] = (),
    never_shown: Collection[Cell] = (),
    fewest: int = FEWEST,
) -> frozenset[Cell]:
    """Which cells must not be shown, `never_shown` included.

    Cells of 1 to fewest - 1 people are hidden; then, as long as the bounds of one of them are narrower than `fewest`,
    the smallest cell beside it is hidden too. Empty cells tell of nobody and are shown.
    """
    cells, hidden = list(counts), set(never_shown)
    protected = [
        cell for cell in cells if cell not in shown_anyway and cell not in hidden and 0 < counts[cell] < fewest
    ]
    hidden |= set(protected)
    safe = 0
    while safe < len(protected):
        # Hiding more widens all bounds, so what is safe stays so.
        if _is_safe(protected[safe], cells, counts, relations, hidden, fewest):
            safe += 1
            continue
        free = [cell for cell in cells if cell not in hidden and cell not in shown_anyway and counts[cell]]
        if not free:
            break
        # First where it stands most alone; where nothing beside it is left to hide, the smallest anywhere.
        beside = sorted(
            (one for one in relations if protected[safe] in one.members),
            key=lambda one: sum(counts[cell] for cell in one.members if cell in hidden),
        )
        near = next((there for one in beside if (there := [cell for cell in free if cell in one.parts])), free)
        smallest = min(near, key=lambda cell: counts[cell])
        hidden.add(smallest)
        protected.append(smallest)
    return frozenset(hidden)


def _is_safe(
    cell: Cell,
    cells: Sequence[Cell],
    counts: Mapping[Cell, int],
    relations: Sequence[Relation[Cell]],
    hidden: Collection[Cell],
    fewest: int,
) -> bool:
    """Whether the bounds of a hidden cell lie at least `fewest` apart."""
    unknown = {each: place for place, each in enumerate(each for each in cells if each in hidden)}
    rows, known = [], []
    for relation in relations:
        row, rest = np.zeros(len(unknown)), 0
        for each, sign in (*((part, 1) for part in relation.parts), (relation.whole, -1)):
            if each in unknown:
                row[unknown[each]] += sign
            else:
                rest -= sign * counts[each]
        if row.any():
            rows.append(row)
            known.append(rest)
    if not rows:
        return True  # nothing that is shown has to do with it
    goal = np.zeros(len(unknown))
    goal[unknown[cell]] = 1
    # The bound keeps the program from running away where a cell is bounded by nothing that is shown.
    bounds = (0, sum(counts.values()))
    least = linprog(goal, A_eq=np.array(rows), b_eq=known, bounds=bounds)
    most = linprog(-goal, A_eq=np.array(rows), b_eq=known, bounds=bounds)
    return bool(-most.fun - least.fun >= fewest - 1e-6)
