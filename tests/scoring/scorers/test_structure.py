from __future__ import annotations

import pytest

from scoring.engines.rating_head import Ratings
from scoring.scorers.structure import missing_part, star


def ratings(situation: float, action: float, result: float) -> Ratings:
    return Ratings(3.0, situation, action, result, 2.0, 2.0, 0.8)


@pytest.mark.parametrize(
    ("parts", "kind", "missing"),
    [
        ((2.0, 2.0, 2.0), "structured", None),
        ((2.0, 0.1, 0.1), "structured", "action"),
        ((2.0, 1.8, 0.1), "structured", "result"),
        ((0.1, 1.8, 1.5), "structured", "situation"),
        ((0.1, 1.8, 1.5), "situational", None),
        ((0.1, 1.8, 1.5), None, "situation"),
    ],
)
def test_one_follow_up_asks_for_the_most_telling_missing_part(parts, kind, missing):
    assert missing_part(ratings(*parts), kind) == missing


def test_star_is_rounded_for_readers():
    assert star(ratings(1.23456, 0.0, 2.0)).situation == 1.23
