"""The trained head: from the numbers of a reading to the ratings that careful raters would give, and how sure that is.

A file of plain arrays (safetensors, no pickle) that `make train-scorer` writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open

from core.errors import Rejected
from scoring.engines.attention_head import AttentionHead
from scoring.engines.embedder import digest
from scoring.engines.reader import Reading
from scoring.score import Language

HEADS: Final = Path(__file__).resolve().parent.parent / "heads"
BLOCK_WEIGHTS: Final = (1.0, 0.7, 0.5)
_ATTENTION: Final = 12.0
NETWORK_SHARE: Final = 0.35
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_Floats = npt.NDArray[np.float64]


class HeadMissing(Rejected):
    """No head was trained for this encoder."""


@dataclass(frozen=True)
class Ratings:
    """Predicted ratings on the raters' scales: level 1-5, the rest 0-2; `confidence` is P(|level error| <= .5)."""

    level: float
    situation: float
    action: float
    result: float
    own: float
    relevance: float
    confidence: float


def features(reading: Reading, token_scores: _Floats) -> list[npt.NDArray[np.float32]]:
    """Return what the head sees of an answer, in the blocks of BLOCK_WEIGHTS.

    How it is told throughout; how its most quotable part is told, and how quotable that is; how much the telling varies.
    """
    attention = np.exp((token_scores - token_scores.max()) * _ATTENTION)
    attention /= attention.sum()
    best_third = np.sort(token_scores)[-max(1, len(token_scores) // 3) :].mean()
    quotable = np.array([token_scores.max(), best_third, token_scores.mean()])
    return [
        reading.summary,
        np.concatenate([attention @ reading.tokens, quotable]).astype(np.float32),
        reading.tokens.std(0),
    ]


def confidence_features(level: float, spread: float, nearest: float) -> _Floats:
    """Return what the confidence is computed from: level, its square, disagreement, and how familiar the answer is."""
    return np.array([1.0, level - 3, (level - 3) ** 2, spread, nearest])


def blend(machine: _Floats, network: _Floats) -> _Floats:
    """Return the ratings that both parts of the head agree on, by weights that cross-validation set."""
    return (1 - NETWORK_SHARE) * machine + NETWORK_SHARE * network


def disagreement(committee: _Floats, machine: _Floats, network: _Floats) -> _Floats:
    """Return how far apart the parts are on the level; arrays of votes [..., members] and ratings [..., 6]."""
    return np.asarray(committee.std(-1) + np.abs(machine[..., 0] - network[..., 0]) / 2)


def score_tokens(reading: Reading, weights: _Floats, bias: float) -> _Floats:
    """Return the quotability of each token: a linear function of its state."""
    return np.asarray(reading.tokens.astype(np.float64) @ weights + bias)


class RatingHead:
    """Support vector regressions and small networks, averaged and calibrated for each language."""

    def __init__(self, path: Path) -> None:
        """Read a head file.

        Raises:
            HeadMissing: there is no such file.
        """
        if not path.exists():
            raise HeadMissing(f"{path.name} is missing in scoring/heads: run `make train-scorer` with this encoder")
        with safe_open(str(path), framework="numpy") as file:
            self.meta: dict[str, Any] = json.loads((file.metadata() or {})["mianshi"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}
        self.name = f"{self.meta['encoder']}/{path.stem}@{digest(path)}"
        self._center, self._scale = arrays["center"], arrays["scale"]
        self._support = arrays["support"].astype(np.float32)
        self._support_norms = (self._support**2).sum(1)
        self._dual = arrays["dual"].astype(np.float64)
        self._intercept = arrays["intercept"].astype(np.float64)
        self._committee = arrays["committee"].astype(np.float64)
        self._committee_intercept = arrays["committee_intercept"].astype(np.float64)
        self._calibration = {lang: arrays[f"calibration_{lang}"].astype(np.float64) for lang in LANGUAGES}
        self._confidence = {lang: arrays[f"confidence_{lang}"].astype(np.float64) for lang in LANGUAGES}
        self._token_weights = arrays["token_weights"].astype(np.float64)
        self._token_bias = float(arrays["token_bias"].item())
        self._networks = [_network(arrays, f"network{i}.") for i in range(int(self.meta["networks"]))]

    def rate(self, reading: Reading, language: Language) -> Ratings:
        """Return the ratings of an answer."""
        seen = np.concatenate(features(reading, self.token_scores(reading)))
        x = (seen - self._center) / self._scale
        distances = self._support_norms + float((x**2).sum()) - 2 * (self._support @ x)
        kernel = np.exp(-np.maximum(distances, 0.0).astype(np.float64))
        machine = kernel @ self._dual + self._intercept
        votes = kernel @ self._committee + self._committee_intercept
        network = np.mean([head.rate(reading, language) for head in self._networks], axis=0)
        raw = blend(machine, network)
        slope, offset = self._calibration[language]
        level = float(np.clip(offset + slope * raw[0], 1.0, 5.0))
        weights = self._confidence[language]
        apart = float(disagreement(votes, machine, network))
        logit = float(weights @ confidence_features(level, apart, float(kernel.max())))
        parts = np.clip(raw[1:], 0.0, 2.0)
        situation, action, result, own, relevance = (float(part) for part in parts)
        return Ratings(level, situation, action, result, own, relevance, float(1 / (1 + np.exp(-logit))))

    def token_scores(self, reading: Reading) -> _Floats:
        """Return, for each token, about how likely a rater is to quote it."""
        return score_tokens(reading, self._token_weights, self._token_bias)


def _network(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> AttentionHead:
    state = {
        name.removeprefix(prefix): torch.from_numpy(array.astype(np.float32))
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
    head = AttentionHead(len(state["token_center"]), len(state["question_center"]))
    head.load_state_dict(state)
    return head.eval()
