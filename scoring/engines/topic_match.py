"""Whether an answer is about what was asked: log odds that it was given to this question and not to another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scoring.engines.reader import TOPIC_LAYERS
from scoring.score import Language

LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_Floats = npt.NDArray[np.float64]
_PREFIX: Final = "match_"


@dataclass(frozen=True)
class TopicMatch:
    """Compares the topic of an answer with that of a question: at the last layer, and in a learned space of few axes.

    Centers and scales [language, width] take away what all answers, or all questions, of a language share.
    """

    answer_center: npt.NDArray[np.float32]
    answer_scale: npt.NDArray[np.float32]
    question_center: npt.NDArray[np.float32]
    question_scale: npt.NDArray[np.float32]
    answer_map: npt.NDArray[np.float32]
    question_map: npt.NDArray[np.float32]

    def cosines(
        self, answers: npt.NDArray[np.float32], questions: npt.NDArray[np.float32], language: Language
    ) -> _Floats:
        """Return, for topics [n, width] of answers and of the questions beside them, both cosines [n, 2]."""
        a, q = self.axes(answers, questions, language)
        last = a.shape[1] // len(TOPIC_LAYERS)
        near = len(TOPIC_LAYERS) * (a[:, -last:] * q[:, -last:]).sum(1)
        learned = (_unit(a @ self.answer_map) * _unit(q @ self.question_map)).sum(1)
        return np.stack([near, learned], 1).astype(np.float64)

    def axes(
        self, answers: npt.NDArray[np.float32], questions: npt.NDArray[np.float32], language: Language
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return both [n, width] without what is common to the language; each layer has the same length."""
        row = LANGUAGES.index(language)
        return (
            _even((answers - self.answer_center[row]) / self.answer_scale[row]),
            _even((questions - self.question_center[row]) / self.question_scale[row]),
        )

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what a head file holds of it."""
        return {_PREFIX + field.name: getattr(self, field.name).astype(np.float16) for field in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> TopicMatch:
        """Return what `arrays` wrote."""
        return cls(**{field.name: arrays[_PREFIX + field.name].astype(np.float32) for field in fields(cls)})


def odds_of(cosines: _Floats, weights: _Floats) -> _Floats:
    """Return log odds [n], for as many right questions as wrong ones."""
    return np.asarray(weights[0] + cosines @ weights[1:])


def _even(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    layers = [_unit(layer) for layer in np.split(rows, len(TOPIC_LAYERS), axis=1)]
    return np.asarray(np.concatenate(layers, axis=1) / np.sqrt(len(TOPIC_LAYERS)), dtype=np.float32)


def _unit(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6), dtype=np.float32)
