"""How much of one text stands in another, whatever the punctuation, the case and what was added around it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_TOKEN: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_RUN: Final = 4
FEWEST: Final = 25
"""Runs below which two texts may be alike by chance."""


def runs(text: str) -> frozenset[tuple[str, ...]]:
    """Return every run of four words; a Chinese character counts as a word."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text).lower())
    return frozenset(tuple(tokens[i : i + _RUN]) for i in range(len(tokens) - _RUN + 1))


def overlap(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Return the share of the smaller set that stands in the larger (Szymkiewicz-Simpson), 0 where one is too small."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller >= FEWEST else 0.0


def share_found(part: frozenset[tuple[str, ...]], whole: frozenset[tuple[str, ...]]) -> float:
    """Return how much of `part` stands in `whole`, 0 where `part` is empty."""
    return len(part & whole) / len(part) if part else 0.0
