from __future__ import annotations

import pytest
import torch
from torch import nn

from core.settings import ModelSettings
from scoring.engines.eight_bit import EightBitLinear, in_eight_bits
from scoring.engines.embedder import find_encoder, load_sentence_transformer, run_layer


def test_the_result_is_near_that_of_full_precision():
    torch.manual_seed(0)
    linear = nn.Linear(64, 32)
    x = torch.randn(1, 20, 64)
    assert torch.nn.functional.cosine_similarity(EightBitLinear(linear)(x), linear(x), dim=-1).min() > 0.999


def test_marks_that_reach_far_leave_the_words_between_them_their_digits():
    torch.manual_seed(0)
    linear = nn.Linear(64, 32)
    words = torch.randn(1, 18, 64)
    near, far = torch.randn(1, 1, 64), 100 * torch.randn(1, 1, 64)
    rounded = EightBitLinear(linear)
    assert torch.equal(
        rounded(torch.cat([far, words, far], 1))[:, 1:-1], rounded(torch.cat([near, words, near], 1))[:, 1:-1]
    )


@pytest.mark.parametrize("length", [1, 2, 3, 50])
def test_a_layer_of_the_encoder_says_nearly_the_same_in_eight_bits_at_any_length(length):
    encoder = load_sentence_transformer(find_encoder(ModelSettings(encoder=None)))[0].auto_model.encoder
    layer = encoder.layer[0].float().eval()
    torch.manual_seed(0)
    x = torch.randn(1, length, 384)
    with torch.inference_mode():
        exact = run_layer(layer, x)
        rounded = run_layer(in_eight_bits(layer), x)
    assert torch.nn.functional.cosine_similarity(exact, rounded, dim=-1).min() > 0.99
