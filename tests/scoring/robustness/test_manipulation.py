"""What a candidate could add to be scored higher, on real rated answers. Limits: product goal, level shift upwards."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scoring.robustness.tricks import TRICKS

MEDIAN, HIGH = 0.10, 0.35


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_does_not_pay(answers, shift_of, trick, language):
    rated = answers[language]
    shift = shift_of(rated, [TRICKS[trick](a, i) for i, a in enumerate(rated)])
    print(f"{trick}, {language}: median {np.median(shift):+.2f}, 95th percentile {np.percentile(shift, 95):+.2f}")
    assert np.median(shift) <= MEDIAN
    assert np.percentile(shift, 95) <= HIGH


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sixty_answers_lie_on_every_level_and_many_questions(answers, language):
    rated = answers[language]
    assert len({a.id for a in rated}) >= 60
    assert len({a.question for a in rated}) >= 30
    assert min(a.level for a in rated) <= 1.25
    assert max(a.level for a in rated) >= 4
