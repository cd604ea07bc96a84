"""The same content is worth the same in Chinese and in English. Limit: product goal, levels on average."""

from __future__ import annotations

import numpy as np

from scoring.score import AnswerToScore

GOAL = 0.15
REACHED = 0.65
"""The goal is missed: good English answers are rated lower than Chinese ones. The model card says so; the bound only goes down."""


def test_the_same_content_is_worth_the_same_in_both_languages(levels_of, read_lines):
    pairs = read_lines("parity/pairs.jsonl")
    assert len(pairs) >= 40

    def told(language: str) -> np.ndarray:
        return levels_of(
            [AnswerToScore(p["competency"], p[language]["question"], p[language]["answer"]) for p in pairs]
        )

    zh, en = told("zh"), told("en")
    print(f"zh - en: {(zh - en).mean():+.3f}, absolute {np.abs(zh - en).mean():.3f}")
    assert abs((zh - en).mean()) <= REACHED
