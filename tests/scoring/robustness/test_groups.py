"""Who tells it, and about whom, must not matter: names, pronouns, where somebody comes from. Limit: product goal."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.score import AnswerToScore
from tests.scoring.robustness.group_names import groups, origins, told_by

LIMIT = 0.05


@pytest.mark.parametrize(("language", "group"), [(lang, g) for lang in ("en", "zh") for g in groups(lang)[1:]])
def test_the_same_answer_is_worth_the_same_in_every_group(answers, levels_of, language, group):
    def told(by: str) -> np.ndarray:
        return levels_of(
            [
                AnswerToScore(a.competency, a.question, told_by(a.answer, language, by, i))
                for i, a in enumerate(answers[language])
            ]
        )

    shift = told(group) - told(groups(language)[0])
    print(f"{group}: {shift.mean():+.3f}, absolute {np.abs(shift).mean():.3f}")
    assert np.abs(shift).mean() <= LIMIT


def test_where_a_candidate_comes_from_does_not_matter(answers, shift_of):
    rated = answers["zh"]
    places = origins()
    shift = shift_of(rated, [f"我是{places[i % len(places)]}。{a.answer}" for i, a in enumerate(rated)])
    print(f"origin: {shift.mean():+.3f}, absolute {np.abs(shift).mean():.3f}")
    assert np.abs(shift).mean() <= LIMIT
