"""Fine words are no evidence: ornate words, formal rewrites, essays polished by a language model. Limit: product goal."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.score import AnswerToScore
from tests.scoring.robustness.spoken_noise import replaced, table

LIMIT = 0.15
MOST_LOST = {"en": 0.23, "zh": LIMIT}
"""A formal rewrite costs more than the goal in English; the model card says so. The bound only goes down."""
OPEN_QUESTION = "What would you like to tell us about yourself or your view of things?"


def say(name: str, shift: np.ndarray) -> None:
    print(f"{name}: {shift.mean():+.3f}, absolute {np.abs(shift).mean():.3f}")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ornate_words_earn_nothing(answers, shift_of, language):
    rated, words = answers[language], table(f"ornate-{language}")
    assert len(words) >= 60
    shift = shift_of(rated, [replaced(a.answer, words, language) for a in rated])
    say(f"ornate, {language}", shift)
    assert shift.mean() <= LIMIT


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_formal_rewrite_earns_nothing(levels_of, read_lines, language):
    pairs = read_lines(f"polish/pairs-{language}.jsonl")
    assert len(pairs) >= 24

    def told(how: str) -> np.ndarray:
        return levels_of([AnswerToScore(p["competency"], p["question"], p[how]) for p in pairs])

    shift = told("formal") - told("plain")
    say(f"formal, {language}", shift)
    assert -MOST_LOST[language] <= shift.mean() <= LIMIT


def test_essays_of_second_language_writers_gain_nothing_from_polish(levels_of, read_lines):
    pairs = read_lines("gpt-detector-bias/essays.jsonl")

    def read(which: str) -> np.ndarray:
        return levels_of([AnswerToScore("communication", OPEN_QUESTION, p[which]) for p in pairs])

    shift = read("polished") - read("essay")
    say("essays", shift)
    assert len(pairs) == 91
    assert shift.mean() <= LIMIT
