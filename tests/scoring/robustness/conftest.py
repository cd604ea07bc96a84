"""Sixty answers a language, scored once for all the tests of this folder; what a manipulation leaves alone is scored once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from scoring.assess import AnswerScorer
from scoring.score import AnswerToScore, Language
from scoring.training.data import RatedAnswer, load_rated_answers

Levels = npt.NDArray[np.float64]
EACH = 60
UNSCORED = 1.0


@pytest.fixture(scope="session")
def answers() -> dict[Language, list[RatedAnswer]]:
    """Every level and nearly every question: each n-th answer of those sorted by level."""
    rated = load_rated_answers()
    chosen: dict[Language, list[RatedAnswer]] = {}
    for language in ("en", "zh"):
        ranked = sorted((a for a in rated if a.source == language), key=lambda a: (a.level, a.id))
        chosen[language] = [ranked[round(i * (len(ranked) - 1) / (EACH - 1))] for i in range(EACH)]
    return chosen


@pytest.fixture(scope="session")
def levels_of(scorer: AnswerScorer) -> Callable[[Sequence[AnswerToScore]], Levels]:
    """Return levels, unscored as 1; the same question and answer are scored once a session."""
    known: dict[AnswerToScore, float] = {}

    def levels(asked: Sequence[AnswerToScore]) -> Levels:
        new = [a for a in dict.fromkeys(asked) if a not in known]
        known.update(zip(new, (score.level or UNSCORED for score in scorer.score(new)), strict=True))
        return np.array([known[a] for a in asked])

    return levels


@pytest.fixture(scope="session")
def shift_of(
    answers: dict[Language, list[RatedAnswer]], levels_of: Callable[[Sequence[AnswerToScore]], Levels]
) -> Callable[[Language, Sequence[str]], Levels]:
    """Return by how much the levels of the sixty answers differ when given as these texts instead."""

    def shift(language: Language, texts: Sequence[str]) -> Levels:
        changed = [AnswerToScore(a.competency, a.question, t) for a, t in zip(answers[language], texts, strict=True)]
        honest = [AnswerToScore(a.competency, a.question, a.answer) for a in answers[language]]
        return levels_of(changed) - levels_of(honest)

    return shift
