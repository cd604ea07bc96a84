from __future__ import annotations

import json

import numpy as np
import pytest

from scoring.assess import HEAD
from scoring.engines.embedder import digest
from scoring.engines.passage_kinds import WEIGHTS
from scoring.engines.rating_head import HEADS
from scoring.engines.topic_match import odds_of
from scoring.training.card import CARD, write_card
from scoring.training.data import data_digest, load_rated_answers
from scoring.training.manipulation import manipulated
from scoring.training.topic_match import fit_odds, wrong_questions
from scoring.training.validate import agreement, folds


@pytest.fixture(scope="module")
def rated():
    answers = load_rated_answers()
    return answers + manipulated(answers)


def test_quotes_of_the_raters_stand_where_they_are_said_to(rated):
    assert all(0 <= start < end <= len(a.answer) for a in rated for start, end in a.quotes)
    by_id = {a.id: a for a in rated if not a.manipulated}
    for copy in (a for a in rated if a.manipulated):
        original = by_id[copy.id]
        assert [copy.answer[s:e] for s, e in copy.quotes] == [original.answer[s:e] for s, e in original.quotes]


@pytest.mark.parametrize("held", ["person", "question"])
def test_no_person_or_question_is_on_both_sides_and_copies_are_never_tested(rated, held):
    tested = []
    for train, test in folds(rated, held):
        assert not {getattr(rated[i], held) for i in train} & {getattr(rated[i], held) for i in test}
        assert not any(rated[i].manipulated for i in test)
        tested.extend(test)
    assert sorted(tested) == [i for i, a in enumerate(rated) if a.source in ("en", "zh") and not a.manipulated]


def test_perfect_agreement_is_one_and_a_constant_shift_costs_kappa():
    levels = np.array([1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5])
    lengths = np.array([50.0, 80.0, 60.0, 200.0, 90.0, 150.0, 100.0])
    assert agreement(levels, levels, lengths)["kappa"] == 1
    assert agreement(levels + 0.5, levels, lengths)["kappa"] < 1
    assert agreement(levels + 0.5, levels, lengths)["r"] == pytest.approx(1)


def test_the_head_in_the_repository_was_made_from_the_data_that_lie_here():
    report = json.loads((HEADS / f"{HEAD}.json").read_text(encoding="utf-8"))
    assert report["head"] == digest(HEADS / f"{HEAD}.safetensors")
    assert report["data"] == data_digest()
    assert report["passages"] == digest(WEIGHTS)


def test_the_card_shows_the_figures_of_the_head_in_use(tmp_path):
    card = tmp_path / "card.md"
    before = CARD.read_text(encoding="utf-8")
    card.write_text(before, encoding="utf-8")
    write_card(json.loads((HEADS / f"{HEAD}.json").read_text(encoding="utf-8")), card)
    assert card.read_text(encoding="utf-8") == before
    assert "language-model raters" in before


def test_a_wrong_question_is_one_of_the_same_set_and_another_competency(rated):
    among = np.flatnonzero([a.source in ("en", "zh") and not a.manipulated for a in rated])[::7]
    pairs = wrong_questions(rated, among)
    assert sorted(pairs) == sorted(among)
    assert all(
        rated[k].source == rated[i].source and rated[k].competency != rated[i].competency and k in among
        for i, others in pairs.items()
        for k in others
    )


def test_odds_part_right_pairs_from_wrong_ones_and_are_even_between_them():
    right, wrong = np.array([[0.5, 0.4], [0.6, 0.3], [0.4, 0.5]]), np.array([[-0.5, -0.4], [-0.6, -0.3], [-0.4, -0.5]])
    weights = fit_odds(right, wrong)
    assert (odds_of(right, weights) > 1).all()
    assert (odds_of(wrong, weights) < -1).all()
    assert odds_of(np.zeros((1, 2)), weights)[0] == pytest.approx(0, abs=0.2)
