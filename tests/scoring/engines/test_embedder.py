from __future__ import annotations

import pytest
import torch

from core.settings import ModelSettings
from scoring.engines.embedder import HUB_REVISIONS, Embedder, EncoderMissing, find_encoder, load_sentence_transformer


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(find_encoder(ModelSettings(encoder=None)), depth=2)


def test_tokens_say_where_they_stand(embedder):
    text = "i sold twelve boxes"
    ids, places = embedder.tokens(text)
    assert len(ids) == len(places)
    assert "".join(text[p.start : p.end] for p in places).replace(" ", "") == text.replace(" ", "")


def test_states_come_for_every_layer_and_token_and_are_the_same_each_time(embedder):
    ids, _ = embedder.tokens("我先打了电话")
    first, second = embedder.states(ids), embedder.states(ids)
    assert len(first) == 3
    assert first[2][embedder.content].shape == (len(ids), embedder.width)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_directory_comes_first_and_a_hub_name_is_pinned(tmp_path):
    assert find_encoder(ModelSettings(encoder=str(tmp_path))).location == str(tmp_path)
    name = "intfloat/multilingual-e5-small"
    assert find_encoder(ModelSettings(encoder=name)).revision == HUB_REVISIONS[name]
    with pytest.raises(EncoderMissing, match="ENCODER_REVISION"):
        find_encoder(ModelSettings(encoder="someone/unknown"))


def test_what_is_not_on_disk_is_one_sentence_and_no_download(tmp_path):
    with pytest.raises(EncoderMissing, match="hf download"):
        load_sentence_transformer(find_encoder(ModelSettings(encoder="intfloat/multilingual-e5-small")))
