"""Situation, action, result: which parts of a story, or of a plan, the answer really has."""

from __future__ import annotations

from typing import Final, Literal

from scoring.engines.rating_head import Ratings
from scoring.score import Kind, Star

Part = Literal["situation", "action", "result"]

MISSING_BELOW: Final = 0.7
"""On the raters' scale (0 absent, 1 vague, 2 specific); set where follow-ups are asked about parts they rated 0."""
_MOST_TELLING_FIRST: Final[tuple[Part, ...]] = ("action", "result", "situation")


def star(ratings: Ratings) -> Star:
    """Return the three parts, 0-2."""
    return Star(round(ratings.situation, 2), round(ratings.action, 2), round(ratings.result, 2))


def missing_part(ratings: Ratings, kind: Kind | None = None) -> Part | None:
    """Return the part that one follow-up should ask for, or None. A plan has no situation of its own to tell."""
    parts = [part for part in _MOST_TELLING_FIRST if not (kind == "situational" and part == "situation")]
    weak = [part for part in parts if getattr(ratings, part) < MISSING_BELOW]
    return weak[0] if weak else None
