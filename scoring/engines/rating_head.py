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
from safetensors import safe_open

from core.errors import Rejected
from scoring.engines.embedder import digest
from scoring.engines.reader import Reading
from scoring.engines.topic_match import LANGUAGES, TopicMatch, odds_of
from scoring.score import Language

HEADS: Final = Path(__file__).resolve().parent.parent / "heads"
BLOCK_WEIGHTS: Final = (1.0, 0.7, 0.5, 0.5)
_QUOTABLE_SHARPNESS: Final = 12.0
_PRIOR: Final = float(np.log(49.0))
"""One answer in fifty is taken to miss the question."""
_DOUBTFUL: Final = -1.0
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

    How it is told throughout; how its most quotable part is told, and how quotable that is; how much the telling
    varies; how it begins, goes on and ends.
    """
    attention = np.exp((token_scores - token_scores.max()) * _QUOTABLE_SHARPNESS)
    attention /= attention.sum()
    best_third = np.sort(token_scores)[-max(1, len(token_scores) // 3) :].mean()
    quotable = np.array([token_scores.max(), best_third, token_scores.mean()])
    return [
        reading.summary,
        np.concatenate([attention @ reading.tokens, quotable]).astype(np.float32),
        reading.tokens.std(0),
        reading.course,
    ]


def confidence_features(level: float, spread: float, nearest: float) -> _Floats:
    """Return what the confidence is computed from: level, its square, disagreement, and how familiar the answer is."""
    return np.array([1.0, level - 3, (level - 3) ** 2, spread, nearest])


def level_for_the_question(level: _Floats, odds: _Floats, gate: _Floats) -> _Floats:
    """Return the levels of answers whose log odds to be about the question are `odds`.

    `gate` is the odds at which an answer shows nothing of what was asked, and those from which on it counts in full.
    """
    share = np.clip((odds - gate[0]) / (gate[1] - gate[0]), 0.0, 1.0)
    return np.asarray(1.0 + (level - 1.0) * share)


def sure_of_the_question(confidence: _Floats, odds: _Floats) -> _Floats:
    """Return the confidence, less where the answer may be about something else."""
    return np.asarray(confidence / (1 + np.exp(-odds - _PRIOR)))


def relevance_features(told: _Floats, odds: _Floats) -> _Floats:
    """Return what relevance is computed from [n, 4]: as the answer's telling suggests it, and the topic."""
    near, off = np.clip(odds, _DOUBTFUL, 6.0), np.clip(odds, -8.0, _DOUBTFUL) - _DOUBTFUL
    return np.stack([np.ones(len(told)), told, near, off], 1)


def score_tokens(reading: Reading, weights: _Floats, bias: float) -> _Floats:
    """Return the quotability of each token: a linear function of its state."""
    return np.asarray(reading.tokens.astype(np.float64) @ weights + bias)


class RatingHead:
    """Support vector regressions, calibrated for each language, and the match of topics."""

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
        self._by_language = {
            name: {language: arrays[f"{name}_{language}"].astype(np.float64) for language in LANGUAGES}
            for name in ("calibration", "confidence", "match", "gate", "relevance")
        }
        self._token_weights = arrays["token_weights"].astype(np.float64)
        self._token_bias = float(arrays["token_bias"].item())
        self._topic_match = TopicMatch.of(arrays)

    def rate(self, reading: Reading, language: Language) -> Ratings:
        """Return the ratings of an answer."""
        calibration, confidence, match, gate, relevance = (
            self._by_language[name][language] for name in ("calibration", "confidence", "match", "gate", "relevance")
        )
        seen = np.concatenate(features(reading, self.token_scores(reading)))
        x = (seen - self._center) / self._scale
        distances = self._support_norms + float((x**2).sum()) - 2 * (self._support @ x)
        kernel = np.exp(-np.maximum(distances, 0.0).astype(np.float64))
        raw = kernel @ self._dual + self._intercept
        votes = kernel @ self._committee + self._committee_intercept
        odds = odds_of(self._topic_match.cosines(reading.topic[None], reading.question_topic[None], language), match)
        slope, offset = calibration
        told = np.clip(offset + slope * raw[:1], 1.0, 5.0)
        level = level_for_the_question(told, odds, gate)
        logit = confidence @ confidence_features(float(told[0]), float(votes.std()), float(kernel.max()))
        sure = sure_of_the_question(1 / (1 + np.exp(-np.array([logit]))), odds)
        situation, action, result, own = (float(part) for part in np.clip(raw[1:5], 0.0, 2.0))
        relevant = np.clip(relevance_features(raw[5:6], odds) @ relevance, 0.0, 2.0)
        return Ratings(float(level[0]), situation, action, result, own, float(relevant[0]), float(sure[0]))

    def token_scores(self, reading: Reading) -> _Floats:
        """Return, for each token, about how likely a rater is to quote it."""
        return score_tokens(reading, self._token_weights, self._token_bias)
