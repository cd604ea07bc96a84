"""Where in what was said the evidence stands: answers cut into marked and unmarked pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, repr=False)
class Evidence:
    """One verbatim quote. `number` counts through the report; `text[start:end] == quote` in the answer as read."""

    number: int
    quote: str
    indicator: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A run of text under the same marks. `begins` are the quotes that start here, for the links to jump to."""

    text: str
    marks: tuple[int, ...]
    begins: tuple[int, ...]


def mark(text: str, evidence: Sequence[Evidence], lengths: Sequence[int]) -> tuple[tuple[Piece, ...], ...]:
    """Cut the answer as read into the answers it was joined of, and each into pieces.

    `lengths` are those of the answers, in order; one character (the line break) stands between two. A quote that is
    not where its offsets point is not marked anywhere: a wrong highlight would be a false quotation.
    """
    true = [each for each in evidence if text[each.start : each.end] == each.quote and each.start < each.end]
    answers, start = [], 0
    for length in lengths:
        answers.append(_cut(text, start, start + length, true))
        start += length + 1
    return tuple(answers)


def _cut(text: str, first: int, last: int, evidence: Sequence[Evidence]) -> tuple[Piece, ...]:
    edges = {edge for each in evidence for edge in (each.start, each.end) if first < edge < last}
    borders = sorted({first, last} | edges)
    return tuple(
        Piece(
            text[start:end],
            tuple(each.number for each in evidence if each.start <= start and end <= each.end),
            tuple(each.number for each in evidence if each.start == start),
        )
        for start, end in pairwise(borders)
    )
