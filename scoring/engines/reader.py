"""Reads a transcript once with the encoder: numbers for the whole answer, and one for each of its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch

from scoring.engines.embedder import WINDOW, Embedder, FloatArray
from scoring.transcript import Transcript

LAYERS: Final = (4, 6, 8)
"""Chosen by cross-validation; the layers above add nothing and cost a third of the time."""
DEPTH: Final = max(LAYERS)


@dataclass(frozen=True)
class Reading:
    """`summary` is the mean of the answer's token states at LAYERS, `question` the same of the question.

    `tokens` [n, width] are the states at the last of LAYERS; token i stands at `starts[i]:ends[i]` of the answer.
    """

    summary: FloatArray
    question: FloatArray
    tokens: FloatArray
    starts: tuple[int, ...]
    ends: tuple[int, ...]


class Reader:
    """The encoder as the scorers use it."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    def read(self, transcript: Transcript, question: str) -> Reading:
        """Read an answer in windows of `WINDOW` tokens; every token weighs the same in `summary`.

        Raises:
            ValueError: the transcript has no token.
        """
        ids, places = self.embedder.tokens(transcript.plain)
        if not ids:
            raise ValueError("nothing to read")
        windows = [self._window(ids[at : at + WINDOW]) for at in range(0, len(ids), WINDOW)]
        states = [torch.cat(parts) for parts in zip(*windows, strict=True)]
        origin = transcript.origin
        return Reading(
            summary=np.concatenate([s.mean(0).numpy() for s in states]),
            question=self._question(question),
            tokens=states[-1].numpy(),
            starts=tuple(origin[min(p.start, len(origin) - 1)] for p in places),
            ends=tuple(origin[max(p.start, min(p.end, len(origin)) - 1)] + 1 for p in places),
        )

    def _window(self, ids: list[int]) -> list[torch.Tensor]:
        states = self.embedder.states(ids)
        return [states[layer][self.embedder.content].cpu() for layer in LAYERS]

    @lru_cache(maxsize=512)  # noqa: B019 - one reader a process, and questions repeat
    def _question(self, question: str) -> FloatArray:
        ids, _ = self.embedder.tokens(question)
        if not ids:
            return np.zeros(len(LAYERS) * self.embedder.width, np.float32)
        return np.concatenate([s.mean(0).numpy() for s in self._window(ids[:WINDOW])])
