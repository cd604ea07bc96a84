"""Trains the attention heads: squared error on all ratings, order within a source, and the raters' quotes."""

from __future__ import annotations

import math
import random
from typing import Final

import numpy as np
import torch
from torch import nn

from scoring.engines.attention_head import SOURCES, AttentionHead
from scoring.engines.reader import Reading
from scoring.training.data import RatedAnswer, ratings_of
from scoring.training.fit import quoted_share

SEEDS: Final = (0,)
_PASSES: Final = 12
_BATCH: Final = 32
_RATE: Final = 1.5e-3
_DECAY: Final = 0.05
_WARM_UP: Final = 0.1
_HIDDEN_TOKENS: Final = 0.15
_TARGET_WEIGHTS: Final = (1.0, 0.5, 0.5, 0.5, 0.25, 0.5)
_SOURCE_WEIGHTS: Final = (1.0, 1.0, 0.7)
_ORDER_WEIGHT: Final = 0.3
_QUOTE_WEIGHT: Final = 0.4
_APART: Final = 0.5


def train_heads(
    rated: list[RatedAnswer], readings: list[Reading], seeds: tuple[int, ...] = SEEDS
) -> list[AttentionHead]:
    """Return one head a seed, ready to rate."""
    return [_train(rated, readings, seed) for seed in seeds]


def _train(rated: list[RatedAnswer], readings: list[Reading], seed: int) -> AttentionHead:
    torch.manual_seed(seed)
    rng = random.Random(seed)
    targets = torch.tensor(ratings_of(rated), dtype=torch.float32)
    sources = torch.tensor([SOURCES.index(a.source if a.source in SOURCES else "z") for a in rated])
    shares = [torch.tensor(quoted_share(a, r), dtype=torch.float32) for a, r in zip(rated, readings, strict=True)]
    head = _fresh_head(readings, targets, sources)
    weights = [p for p in head.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=_RATE, weight_decay=_DECAY)
    steps, step = _PASSES * math.ceil(len(rated) / _BATCH), 0
    head.train()
    for _ in range(_PASSES):
        for rows in _batches(readings, rng):
            warm = min(1.0, (step + 1) / (_WARM_UP * steps))
            for group in optimiser.param_groups:
                group["lr"] = _RATE * warm * (0.5 + 0.5 * math.cos(math.pi * min(step, steps) / steps))
            step += 1
            tokens, mask, share = _padded([readings[i] for i in rows], [shares[i] for i in rows])
            question = torch.tensor(np.stack([readings[i].question for i in rows]))
            predicted, quotes = head(tokens, mask, question, sources[rows])
            loss = _loss(predicted, targets[rows], sources[rows])
            loss = loss + _QUOTE_WEIGHT * nn.functional.binary_cross_entropy_with_logits(quotes[mask], share[mask])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
    return head.eval()


def _fresh_head(readings: list[Reading], targets: torch.Tensor, sources: torch.Tensor) -> AttentionHead:
    states = np.concatenate([r.tokens for r in readings])
    questions = np.stack([r.question for r in readings])
    head = AttentionHead(states.shape[1], questions.shape[1])
    for values, center, scale in (
        (states, head.token_center, head.token_scale),
        (questions, head.question_center, head.question_scale),
    ):
        center.data = torch.tensor(values.mean(0), dtype=torch.float32)
        scale.data = torch.tensor(values.std(0) + 1e-5, dtype=torch.float32)
    for i in range(len(SOURCES)):
        if (sources == i).any():
            head.severity.data[i] = targets[sources == i].mean(0)
    return head


def _batches(readings: list[Reading], rng: random.Random) -> list[list[int]]:
    """Shuffled, with answers of like length together."""
    order = list(range(len(readings)))
    rng.shuffle(order)
    near = [
        i
        for at in range(0, len(order), 5 * _BATCH)
        for i in sorted(order[at : at + 5 * _BATCH], key=lambda i: len(readings[i].tokens))
    ]
    batches = [near[at : at + _BATCH] for at in range(0, len(near), _BATCH)]
    rng.shuffle(batches)
    return batches


def _padded(readings: list[Reading], shares: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    longest = max(len(r.tokens) for r in readings)
    tokens = torch.zeros(len(readings), longest, readings[0].tokens.shape[1])
    mask = torch.zeros(len(readings), longest, dtype=torch.bool)
    share = torch.zeros(len(readings), longest)
    for row, (reading, quoted) in enumerate(zip(readings, shares, strict=True)):
        n = len(reading.tokens)
        tokens[row, :n] = torch.from_numpy(reading.tokens)
        mask[row, :n] = torch.rand(n) > _HIDDEN_TOKENS
        mask[row, 0] = True
        share[row, :n] = quoted
    return tokens, mask, share


def _loss(predicted: torch.Tensor, targets: torch.Tensor, sources: torch.Tensor) -> torch.Tensor:
    weights = torch.tensor(_TARGET_WEIGHTS) * torch.tensor(_SOURCE_WEIGHTS)[sources][:, None]
    loss = 2 * ((predicted - targets) ** 2 * weights).mean()
    better = targets[:, None, 0] - targets[None, :, 0] >= _APART
    pairs = better & (sources[:, None] == sources[None])
    if pairs.any():
        margin = (predicted[:, None, 0] - predicted[None, :, 0])[pairs]
        loss = loss + _ORDER_WEIGHT * nn.functional.softplus(-2 * margin).mean()
    return loss
