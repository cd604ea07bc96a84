"""Sixty answers a language, scored once for all the tests of this folder, and every other text once too."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.settings import ROOT
from scoring.assess import AnswerScorer
from scoring.score import AnswerToScore, Language
from scoring.training.data import RatedAnswer, load_rated_answers

Levels = npt.NDArray[np.float64]
LevelsOf = Callable[[Sequence[AnswerToScore]], Levels]
ShiftOf = Callable[[Sequence[RatedAnswer], Sequence[str]], Levels]
EACH = 60
UNSCORED = 1.0


@pytest.fixture(scope="session")
def answers() -> dict[Language, list[RatedAnswer]]:
    """Every level and most questions: each n-th answer of those sorted by level."""
    rated = load_rated_answers()
    chosen: dict[Language, list[RatedAnswer]] = {}
    for language in ("en", "zh"):
        ranked = sorted((a for a in rated if a.source == language), key=lambda a: (a.level, a.id))
        chosen[language] = [ranked[round(i * (len(ranked) - 1) / (EACH - 1))] for i in range(EACH)]
    return chosen


@pytest.fixture(scope="session")
def levels_of(scorer: AnswerScorer) -> LevelsOf:
    """Return levels, unscored as 1."""
    known: dict[AnswerToScore, float] = {}

    def levels(asked: Sequence[AnswerToScore]) -> Levels:
        new = [a for a in dict.fromkeys(asked) if a not in known]
        known.update(zip(new, (score.level or UNSCORED for score in scorer.score(new)), strict=True))
        return np.array([known[a] for a in asked])

    return levels


@pytest.fixture(scope="session")
def shift_of(levels_of: LevelsOf) -> ShiftOf:
    """Return by how much the level of each answer differs when it is given as the text beside it."""

    def shift(rated: Sequence[RatedAnswer], texts: Sequence[str]) -> Levels:
        changed = [AnswerToScore(a.competency, a.question, t) for a, t in zip(rated, texts, strict=True)]
        return levels_of(changed) - levels_of([AnswerToScore(a.competency, a.question, a.answer) for a in rated])

    return shift


@pytest.fixture(scope="session")
def read_lines() -> Callable[[str], list[dict[str, Any]]]:
    """Return the rows of a JSON Lines file under data/."""

    def read(path: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in Path(ROOT / "data" / path).read_text(encoding="utf-8").splitlines()]

    return read
