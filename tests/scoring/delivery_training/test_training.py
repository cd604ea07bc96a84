from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scoring.delivery_training.card import write_card
from scoring.delivery_training.data import (
    DATA,
    RecordingsMissing,
    data_digest,
    extract,
    load_clips,
)
from scoring.delivery_training.fit import fit_arrays, predict
from scoring.listening import Listener
from scoring.scorers.delivery import HEAD, DeliveryHead, DeliveryHeadMissing
from tests.recordings import CLIPS, clips


def test_the_head_in_use_was_made_from_the_data_that_lies_here() -> None:
    assert DeliveryHead().meta["data"] == data_digest()


def test_the_recordings_give_the_feature_table_and_the_head_its_ratings(tmp_path: Path, listener: Listener) -> None:
    chosen = clips()[:3]
    wanted = {one["id"] for one in chosen}
    rows = (DATA / "ratings.jsonl").read_text("utf-8").splitlines()
    at = [i for i, row in enumerate(rows) if json.loads(row)["id"] in wanted]
    (tmp_path / "ratings.jsonl").write_text("".join(rows[i] + "\n" for i in at), "utf-8")

    extract(CLIPS, listener._detector, listener._delivery._encoder, lambda line: None, tmp_path)

    here, there = load_clips(tmp_path), load_clips()
    np.testing.assert_allclose(here.hand, there.hand[at], atol=1e-4)
    np.testing.assert_allclose(here.states, there.states[at], atol=2e-2)
    head = DeliveryHead()
    rated = [head.rate(hand, states) for hand, states in zip(here.hand, here.states, strict=True)]
    stored = [head.rate(there.hand[i], there.states[i]) for i in at]
    np.testing.assert_allclose(rated, stored, atol=1.0)


def test_recordings_that_are_not_all_there_are_refused(tmp_path: Path, listener: Listener) -> None:
    with pytest.raises(RecordingsMissing, match=r"lacks 2\d\d\d of 2500"):
        extract(CLIPS, listener._detector, listener._delivery._encoder, lambda line: None)


def test_speakers_that_were_left_out_are_rated_as_the_raters_did() -> None:
    all_clips = load_clips()
    rng = np.random.default_rng(0)
    left_out = np.isin(all_clips.speakers, rng.permutation(np.unique(all_clips.speakers))[:40])
    train, test = np.flatnonzero(~left_out), np.flatnonzero(left_out)

    rated = predict(fit_arrays(all_clips, train), all_clips, test)

    for part, goal in ((0, 0.72), (1, 0.70)):
        assert np.corrcoef(rated[:, part], all_clips.medians[test, part])[0, 1] > goal


def test_the_head_file_rates_as_the_arrays_it_was_made_from() -> None:
    head, all_clips = DeliveryHead(), load_clips()
    some = np.arange(0, len(all_clips.ages), 500)

    alone = [head.rate(all_clips.hand[i], all_clips.states[i]) for i in some]

    np.testing.assert_allclose(alone, predict(head._arrays, all_clips, some) * 10, atol=0.1)


def test_a_missing_head_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(DeliveryHeadMissing, match="make train-delivery"):
        DeliveryHead(tmp_path / HEAD.name)


def test_the_card_shows_the_figures_of_the_head_in_use(tmp_path: Path) -> None:
    report = json.loads(HEAD.with_suffix(".json").read_text("utf-8"))
    card = tmp_path / "card.md"
    before = (DATA.parents[1] / "docs" / "model-card-speech.md").read_text("utf-8")
    card.write_text(before, "utf-8")

    write_card(report, card)

    assert card.read_text("utf-8") == before
    assert f"{report['figures']['fluency']['adults']:.3f}" in before
