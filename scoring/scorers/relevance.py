"""Whether the answer answers the question: 0 no, 1 partly, 2 yes."""

from __future__ import annotations

from scoring.engines.rating_head import Ratings


def relevance(ratings: Ratings) -> float:
    """Return the relevance, 0-2."""
    return round(ratings.relevance, 2)
