"""From BARS levels to a 0-100 score, from scores to a match, from levels to a grade: plain functions, no state.

"Could not be scored" is `None` everywhere here and never counts as a zero.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Final, Literal

Grade = Literal["junior", "mid", "senior"]

GRADES: Final[tuple[Grade, ...]] = ("junior", "mid", "senior")
EXPECTED_LEVEL: Final[Mapping[Grade, float]] = {"junior": 2.0, "mid": 3.0, "senior": 4.0}
NEUTRAL_TARGET: Final = 3.0

_SCORE_AT_LEVEL: Final = ((1.0, 20.0), (2.0, 50.0), (3.0, 80.0), (4.0, 92.0), (5.0, 100.0))
_ROUNDING_ERROR: Final = 1e-9


def score_from_level(level: float, target: float = NEUTRAL_TARGET) -> float:
    """Return the 0-100 score of a BARS level from 1 to 5, for a grade whose target level is `target`.

    f(level + 3 - target), where f runs in straight lines through 1 → 20, 2 → 50, 3 → 80, 4 → 92 and 5 → 100.
    Past both ends the last line is continued and the result kept within 0-100.

    Raises:
        ValueError: `level` or `target` is not a number from 1 to 5.
    """
    for name, value in (("level", level), ("target", target)):
        if not 1.0 <= value <= 5.0:
            raise ValueError(f"A BARS {name} is a number from 1 to 5, not {value!r}.")
    x = level + NEUTRAL_TARGET - target
    below = min(max(math.floor(x), 1), len(_SCORE_AT_LEVEL) - 1) - 1
    (x0, y0), (x1, y1) = _SCORE_AT_LEVEL[below], _SCORE_AT_LEVEL[below + 1]
    return min(100.0, max(0.0, y0 + (x - x0) / (x1 - x0) * (y1 - y0)))


def match(scores: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """Return the weighted mean (0-100) of the competencies that could be scored, or None under half the weight.

    A competency of `weights` that is missing in `scores` counts as not scored; a score without a weight has no say.
    Rounded to nine decimals, so that a mean of scores of 80 is 80 and not a hair under the pass line.

    Raises:
        ValueError: a weight or a score is out of range, or no weight is above zero.
    """
    total = _total(weights)
    scored = {key: score for key in weights if (score := scores.get(key)) is not None}
    for key, score in scored.items():
        if not 0.0 <= score <= 100.0:
            raise ValueError(f"The score of {key} must be a number from 0 to 100, not {score!r}.")
    weight = math.fsum(weights[key] for key in scored)
    if _less(weight, total / 2):
        return None
    return round(math.fsum(weights[key] * score for key, score in scored.items()) / weight, 9)


def assessed_level(
    levels: Mapping[str, float | None],
    weights: Mapping[str, float],
    *,
    applied_grade: Grade,
    expected: Mapping[Grade, Mapping[str, float]] | None = None,
    must_have: Collection[str] = (),
) -> Grade | None:
    """Return the highest grade whose expected BARS levels the candidate meets, at most one above `applied_grade`.

    A grade is met when two thirds of the scored weight and every must-have reach the level that it expects;
    `expected[grade][competency]` overrides the default of 2 for junior, 3 for mid and 4 for senior. A must-have that
    could not be scored has not been shown to be met.

    None has two causes, told apart by `match`: without a match under half the weight could be scored and the level is
    unknown; with a match, not even the lowest grade was met. We do not call such a candidate junior, because a level
    is a statement of what was shown.

    Raises:
        ValueError: a weight, a level or an expected level is out of range, or no weight is above zero.
    """
    total = _total(weights)
    scored = {key: level for key in weights if (level := levels.get(key)) is not None}
    scored |= {key: level for key in must_have if (level := levels.get(key)) is not None}
    for key, level in scored.items():
        if not 1.0 <= level <= 5.0:
            raise ValueError(f"The level of {key} must be a number from 1 to 5, not {level!r}.")
    weight = math.fsum(weights[key] for key in scored if key in weights)
    if _less(weight, total / 2):
        return None
    highest_allowed = min(GRADES.index(applied_grade) + 1, len(GRADES) - 1)
    for grade in reversed(GRADES[: highest_allowed + 1]):
        wanted = (expected or {}).get(grade, {})
        met = {key for key, level in scored.items() if not _less(level, wanted.get(key, EXPECTED_LEVEL[grade]))}
        weight_met = math.fsum(weights[key] for key in met if key in weights)
        if not _less(weight_met, weight * 2 / 3) and met.issuperset(must_have):
            return grade
    return None


def _total(weights: Mapping[str, float]) -> float:
    for key, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise ValueError(f"The weight of {key} must be a number of zero or more, not {weight!r}.")
    total = math.fsum(weights.values())
    if total <= 0:
        raise ValueError("At least one competency needs a weight above zero.")
    return total


def _less(a: float, b: float) -> bool:
    """a < b, beyond the rounding error of sums such as .1 + .2 that should equal .3."""
    return a < b - _ROUNDING_ERROR * max(1.0, abs(b))
