"""A competency's dimensions over the answers of an interview, from the passages that show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.tables import Score
from hr_bridge.match import score_from_level
from scoring.rubric import Competency


def dimension_results(competency: Competency, scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Return `[{"key", "level", "score"}]` for each dimension, in the order of the library.

    A dimension takes the mean level of the answers in which a passage shows it, one vote an answer: how well a thing was
    told is rated for an answer as a whole. Both are None, never a zero, where no answer shows it. The list is empty where
    the scorer did not look for dimensions.
    """
    if any(score.dimensions is None for score in scores):
        return []
    results = []
    for dimension in competency.dimensions:
        levels = [score.level for score in scores if score.level is not None and shows(score, dimension.key)]
        level = sum(levels) / len(levels) if levels else None
        results.append(
            {
                "key": dimension.key,
                "level": None if level is None else round(level, 3),
                "score": None if level is None else round(score_from_level(level), 1),
            }
        )
    return results


def shows(score: Score, dimension: str) -> bool:
    """True where a passage of the answer shows the dimension."""
    return any(shown["key"] == dimension for shown in score.dimensions or [])
