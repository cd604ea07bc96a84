"""Reads a transcript once with the encoder: numbers for the whole answer, and one for each of its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch

from scoring.engines.embedder import WINDOW, Embedder, FloatArray, compute_on_one_core
from scoring.transcript import Transcript

LAYERS: Final = (4, 6, 8)
"""How an answer is told; chosen by cross-validation. The layers above add nothing to the level."""
TOPIC_LAYERS: Final = (8, 12)
"""What a text is about: the last is the layer that the encoder was trained to compare texts by."""
DEPTH: Final = max(*LAYERS, *TOPIC_LAYERS)
_PARTS: Final = 3


@dataclass(frozen=True)
class Reading:
    """`summary` is the mean of the answer's token states at LAYERS.

    `course` is their mean at the last of LAYERS in the first, middle and last third; `topic` and `question_topic` are
    the means at TOPIC_LAYERS. `tokens` [n, width] are the states at the last of LAYERS; token i stands at
    `starts[i]:ends[i]` of the answer.
    """

    summary: FloatArray
    course: FloatArray
    topic: FloatArray
    question_topic: FloatArray
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
        states = {layer: torch.cat([window[layer] for window in windows]).numpy() for layer in {*LAYERS, *TOPIC_LAYERS}}
        origin = transcript.origin
        return Reading(
            summary=np.concatenate([states[layer].mean(0) for layer in LAYERS]),
            course=_course(states[LAYERS[-1]]),
            topic=np.concatenate([states[layer].mean(0) for layer in TOPIC_LAYERS]),
            question_topic=self.topic_of(question),
            tokens=states[LAYERS[-1]],
            starts=tuple(origin[min(p.start, len(origin) - 1)] for p in places),
            ends=tuple(origin[max(p.start, min(p.end, len(origin)) - 1)] + 1 for p in places),
        )

    @lru_cache(maxsize=512)  # noqa: B019 - one reader a process, and questions repeat
    def topic_of(self, question: str) -> FloatArray:
        """Return what a question is about; zeros where it has no word."""
        ids, _ = self.embedder.tokens(question)
        if not ids:
            return np.zeros(len(TOPIC_LAYERS) * self.embedder.width, np.float32)
        states = self._window(ids[:WINDOW])
        return np.concatenate([states[layer].numpy().mean(0) for layer in TOPIC_LAYERS])

    def meaning_of(self, text: str) -> FloatArray:
        """Return what a text says as the encoder compares texts: the last layer's mean. Not kept, whoever said it."""
        ids, _ = self.embedder.tokens(text)
        if not ids:
            return np.zeros(self.embedder.width, np.float32)
        compute_on_one_core()
        return np.asarray(self._window(ids[:WINDOW])[TOPIC_LAYERS[-1]].numpy().mean(0), dtype=np.float32)

    def _window(self, ids: list[int]) -> list[torch.Tensor]:
        return [states[self.embedder.content].cpu() for states in self.embedder.states(ids)]


def _course(tokens: FloatArray) -> FloatArray:
    places = np.arange(len(tokens))
    parts = np.array_split(places, _PARTS) if len(tokens) >= _PARTS else [places] * _PARTS
    return np.concatenate([tokens[part].mean(0) for part in parts])
