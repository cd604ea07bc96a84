"""A small network over the token states: one attention layer, four learned ways to look, all ratings at once.

Beside the support vectors, which see averages, it sees where in the answer a thing is said and what the question was.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from scoring.engines.reader import Reading
from scoring.score import Language

WIDTH: Final = 128
LOOKS: Final = 4
RATINGS: Final = 6
SOURCES: Final[tuple[str, ...]] = ("en", "zh", "z")
"""Each source of ratings has its own severity; answers to be scored count as `en` or `zh`."""
_DROPPED: Final = 0.25


class AttentionHead(nn.Module):
    """Tokens [batch, n, width] and question [batch, q] in, ratings [batch, RATINGS] and quote logits [batch, n] out."""

    def __init__(self, token_width: int, question_width: int) -> None:
        super().__init__()
        self.token_center = nn.Parameter(torch.zeros(token_width), requires_grad=False)
        self.token_scale = nn.Parameter(torch.ones(token_width), requires_grad=False)
        self.question_center = nn.Parameter(torch.zeros(question_width), requires_grad=False)
        self.question_scale = nn.Parameter(torch.ones(question_width), requires_grad=False)
        self.tokens = nn.Linear(token_width, WIDTH)
        self.question = nn.Linear(question_width, WIDTH)
        self.mix = nn.TransformerEncoderLayer(
            WIDTH, 4, 2 * WIDTH, dropout=_DROPPED, batch_first=True, norm_first=True, activation="gelu"
        )
        self.norm = nn.LayerNorm(WIDTH)
        self.looks = nn.Linear(WIDTH, LOOKS)
        self.quote = nn.Linear(WIDTH, 1)
        self.drop = nn.Dropout(_DROPPED)
        self.ratings = nn.Linear(WIDTH * (LOOKS + 1), RATINGS)
        nn.init.normal_(self.ratings.weight, std=0.02)
        nn.init.zeros_(self.ratings.bias)
        self.severity = nn.Parameter(torch.zeros(len(SOURCES), RATINGS))
        self.spread = nn.Parameter(torch.zeros(len(SOURCES), RATINGS))

    def forward(
        self, tokens: torch.Tensor, mask: torch.Tensor, question: torch.Tensor, source: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """`mask` [batch, n] is True where there is a token; `source` [batch] indexes SOURCES."""
        t = (tokens - self.token_center) / self.token_scale
        q = (question - self.question_center) / self.question_scale
        seen = self.tokens(self.drop(t)) + self.question(self.drop(q))[:, None]
        seen = nn.functional.gelu(self.norm(self.mix(seen, src_key_padding_mask=~mask)))
        looks = self.looks(seen).masked_fill(~mask[..., None], -1e4).softmax(1)
        mean = (seen * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        summary = torch.cat([torch.einsum("btk,btd->bkd", looks, seen).flatten(1), mean], 1)
        ratings = self.ratings(self.drop(summary)) * torch.exp(self.spread[source]) + self.severity[source]
        return ratings, self.quote(seen)[..., 0]

    @torch.inference_mode()
    def rate(self, reading: Reading, language: Language) -> npt.NDArray[np.float64]:
        """Return the raw ratings of one answer."""
        tokens = torch.from_numpy(reading.tokens).float()[None]
        question = torch.from_numpy(reading.question).float()[None]
        mask = torch.ones(tokens.shape[:2], dtype=torch.bool)
        ratings, _ = self(tokens, mask, question, torch.tensor([SOURCES.index(language)]))
        return np.asarray(ratings[0].double().numpy())
