"""How much harder one parallel form is than the other, from the levels that were given to both. Shown, never applied.

Candidates get the forms in turn, which makes the two groups alike but for chance (the random groups design; Kolen and
Brennan, Test Equating, Scaling, and Linking, 3rd ed., sections 2.3, 2.4 and 7.3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from sqlmodel import Session, col, select

from core.tables import Interview, Position, Question, Score
from hr_bridge.position import Form

FEWEST: Final = 30
"""Candidates that each form needs; below it a difference of half a level may be chance."""
CONFIDENCE: Final = 0.95
_TWO_SIDED: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class FormLevels:
    """The levels that one form was given: how many candidates, their mean and standard deviation."""

    n: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Equating:
    """Form b read on the scale of form a: by the mean `level + shift`, by the line `intercept + slope * level`.

    `shift_interval` is the 95 % interval of the shift (Welch, normal approximation).
    """

    a: FormLevels
    b: FormLevels
    shift: float
    shift_interval: tuple[float, float]
    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class FormComparison:
    """Both forms of one competency at one position, in one language and under one scorer; `equating` may be refused."""

    position: str
    language: str
    model: str
    n: Mapping[Form, int]
    equating: Equating | None

    @property
    def refused(self) -> str | None:
        """Why there is no equating."""
        if self.equating is not None:
            return None
        if min(self.n.values()) < FEWEST:
            return f"each form needs {FEWEST} scored candidates, there are {self.n['a']} and {self.n['b']}"
        return "all levels of a form are the same"

    def to_json(self) -> dict[str, Any]:
        return {
            "position": self.position,
            "language": self.language,
            "model": self.model,
            "n": dict(self.n),
            "equating": asdict(self.equating) if self.equating else None,
            "refused": self.refused,
        }


def equate(a: Sequence[float], b: Sequence[float]) -> Equating | None:
    """Compare the levels of two groups, one a candidate; None where a group is under FEWEST or all alike."""
    if min(len(a), len(b)) < FEWEST:
        return None
    one, other = _describe(a), _describe(b)
    if not one.sd or not other.sd:
        return None
    shift = one.mean - other.mean
    error = float(np.sqrt(one.sd**2 / one.n + other.sd**2 / other.n))
    slope = one.sd / other.sd
    return Equating(
        one,
        other,
        shift,
        (shift - _TWO_SIDED * error, shift + _TWO_SIDED * error),
        slope,
        one.mean - slope * other.mean,
    )


def compare_forms(session: Session, competency: str) -> list[FormComparison]:
    """Compare both forms of a competency wherever candidates got them in turn, by position, language and scorer.

    A candidate counts once, with the mean level of the competency's core questions in the newest scoring.
    """
    levels: dict[tuple[str, str, str], dict[Form, list[float]]] = defaultdict(lambda: {"a": [], "b": []})
    for interview, position, scores in _newest_scores(session, competency):
        form: Form = "b" if interview.form == "b" else "a"
        own = [score.level for score in scores if score.level is not None]
        levels[position, interview.language, scores[0].model][form].append(float(np.mean(own)))
    return [
        FormComparison(
            *place, {form: len(given) for form, given in by_form.items()}, equate(by_form["a"], by_form["b"])
        )
        for place, by_form in sorted(levels.items())
    ]


def _newest_scores(session: Session, competency: str) -> list[tuple[Interview, str, list[Score]]]:
    """Each interview with a form, the key of its position, and its core questions in the newest scoring, where that gave
    any of them a level."""
    rows = session.exec(
        select(Interview, Position.key, Score)
        .join(Score, col(Score.interview_id) == col(Interview.id))
        .join(Question, col(Question.id) == col(Score.question_id))
        .join(Position, col(Position.id) == col(Interview.position_id))
        .where(
            col(Interview.form).is_not(None),
            Score.competency == competency,
            Question.stage != "resume",
        )
        .order_by(col(Interview.id))
    )
    found: dict[str, tuple[Interview, str, list[Score]]] = {}
    for interview, position, score in rows:
        found.setdefault(interview.id, (interview, position, []))[2].append(score)
    newest = [
        (interview, position, [score for score in scores if score.version == max(each.version for each in scores)])
        for interview, position, scores in found.values()
    ]
    return [each for each in newest if any(score.level is not None for score in each[2])]


def _describe(levels: Sequence[float]) -> FormLevels:
    return FormLevels(len(levels), float(np.mean(levels)), float(np.std(levels, ddof=1)))
