"""A transcript is worth what was said: no punctuation, fillers, words that sound alike. Limit: product goal, on average."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scoring.robustness.spoken_noise import as_recognised, hesitant, misheard, unpunctuated

LIMIT = 0.30


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("noise", [as_recognised, misheard, unpunctuated, hesitant])
def test_recognition_noise_moves_the_level_little(answers, shift_of, noise, language):
    rated = answers[language]
    shift = shift_of(rated, [noise(a.answer, language) for a in rated])
    print(f"{noise.__name__}, {language}: {shift.mean():+.3f}, absolute {np.abs(shift).mean():.3f}")
    assert np.abs(shift).mean() <= LIMIT
