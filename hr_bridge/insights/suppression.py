"""Small numbers are not shown, nor others from which they could be reckoned.

Primary and complementary cell suppression (L. H. Cox, "Suppression methodology and statistical disclosure control",
JASA 75 (1980)). Whether a hidden number can be reckoned is asked of the linear relations between all numbers: it can
where every solution agrees on it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

FEWEST: Final = 5
"""People below which a group is not shown."""
Cell = TypeVar("Cell", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Relation:
    """The numbers of `parts` add up to that of `whole`."""

    parts: tuple[Hashable, ...]
    whole: Hashable


def hidden_cells(
    counts: Mapping[Cell, int],
    relations: Sequence[Relation],
    shown_anyway: Collection[Cell] = (),
    never_shown: Collection[Cell] = (),
    fewest: int = FEWEST,
) -> frozenset[Cell]:
    """Which cells must not be shown, `never_shown` included.

    Cells of 1 to fewest - 1 people are hidden; then, as long as one of those could be reckoned from what is shown, or
    hidden cells of one relation are together fewer than `fewest`, the smallest cell beside it is hidden too. Empty
    cells tell of nobody and are shown.
    """
    cells = list(counts)
    fixed = set(shown_anyway)
    hidden = {cell for cell in cells if cell not in fixed and 0 < counts[cell] < fewest} | set(never_shown)
    protected = hidden - set(never_shown)
    while (weak := _weak(cells, counts, relations, hidden, protected, fewest)) is not None:
        free = {cell for cell in cells if cell not in hidden and cell not in fixed and counts[cell]}
        # First where it stands most alone; where nothing beside it is left to hide, the next cell anywhere.
        alone = sorted((sum(each in hidden for each in _members(one)), number) for number, one in enumerate(relations) if weak in _members(one))  # fmt: skip
        near = [[each for each in cells if each in free and each in relations[number].parts] for _, number in alone]
        choice = next(filter(None, near), list(free))
        if not choice:
            break
        smallest = min(choice, key=lambda cell: (counts[cell], cells.index(cell)))
        hidden.add(smallest)
        protected.add(smallest)
    return frozenset(hidden)


def _members(relation: Relation) -> tuple[Hashable, ...]:
    return (*relation.parts, relation.whole)


def _weak(
    cells: Sequence[Cell],
    counts: Mapping[Cell, int],
    relations: Sequence[Relation],
    hidden: Collection[Cell],
    protected: Collection[Cell],
    fewest: int,
) -> Cell | None:
    """A protected cell that can be reckoned, or whose company in a relation is too small."""
    unknown = [cell for cell in cells if cell in hidden]
    place = {cell: number for number, cell in enumerate(unknown)}
    rows = []
    for relation in relations:
        row = np.zeros(len(unknown))
        for part in relation.parts:
            if part in place:
                row[place[part]] += 1
        if relation.whole in place:
            row[place[relation.whole]] -= 1
        if row.any():
            rows.append(row)
        together = [cell for cell in unknown if cell in relation.parts and cell in protected]
        if together and relation.whole not in place and all(part not in place or part in protected for part in relation.parts):  # fmt: skip
            if sum(counts[cell] for cell in together) < fewest:
                return together[0]
    if not rows:
        return None
    _, sizes, right = np.linalg.svd(np.array(rows))
    free = right[int((sizes > 1e-9).sum()) :]
    for cell in unknown:
        if cell in protected and (free.size == 0 or np.abs(free[:, place[cell]]).max() < 1e-9):
            return cell
    return None
