"""Fits the rating head. Fixed seeds, one thread's worth of arithmetic, no randomness but the folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVR

from scoring.engines.attention_head import AttentionHead
from scoring.engines.rating_head import (
    BLOCK_WEIGHTS,
    LANGUAGES,
    blend,
    confidence_features,
    disagreement,
    features,
    score_tokens,
)
from scoring.engines.reader import Reading
from scoring.score import Language
from scoring.training.data import RatedAnswer, ratings_of
from scoring.training.validate import Floats, Held, Ints, folds

COST: Final = 3.0
TRAINED_ON: Final = ("en", "zh", "z1", "z2")
"""The written English sets pull away from real English; see docs/model-card.md."""
_TOKEN_RIDGE: Final = 300.0

TrainNetworks = Callable[[list[RatedAnswer], list[Reading]], list[AttentionHead]]


@dataclass(frozen=True)
class Machine:
    """Support vector regressions over shared support vectors. The committee gives the spread."""

    center: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]
    support: npt.NDArray[np.float32]
    dual: Floats
    intercept: Floats
    committee: Floats
    committee_intercept: Floats

    def predict(self, blocks: list[npt.NDArray[np.float32]]) -> tuple[Floats, Floats, Floats]:
        """Return raw ratings [n, targets], committee votes [n, members], and the nearest support's kernel value [n]."""
        z = (np.concatenate(blocks, axis=1) - self.center) / self.scale
        kernel = _kernel(z, self.support)
        votes = kernel @ self.committee + self.committee_intercept
        return kernel @ self.dual + self.intercept, votes, kernel.max(1)


def blocks_of(readings: list[Reading], token_weights: Floats, token_bias: float) -> list[npt.NDArray[np.float32]]:
    """Return one matrix [answers, width] a block of features."""
    rows = [features(r, score_tokens(r, token_weights, token_bias)) for r in readings]
    return [np.stack(block) for block in zip(*rows, strict=True)]


def fit_machine(blocks: list[npt.NDArray[np.float32]], targets: Floats) -> Machine:
    """Fit all targets; each of the committee refits the level on three quarters of the answers.

    The scale holds each block's weight and width, so that the kernel is exp(-squared distance).
    """
    x = np.concatenate(blocks, axis=1)
    center = x.mean(0)
    shares = [
        np.full(b.shape[1], np.sqrt(b.shape[1] * sum(BLOCK_WEIGHTS) / w))
        for b, w in zip(blocks, BLOCK_WEIGHTS, strict=True)
    ]
    scale = ((x.std(0) + 1e-6) * np.concatenate(shares)).astype(np.float32)
    z = ((x - center) / scale).astype(np.float16).astype(np.float32)
    kernel = _kernel(z, z)
    columns = [_dual(kernel, targets[:, i], np.arange(len(x))) for i in range(targets.shape[1])]
    order = np.random.default_rng(0).permutation(len(x))
    members = [_dual(kernel, targets[:, 0], np.sort(np.setdiff1d(order, part))) for part in np.array_split(order, 4)]
    return Machine(
        center,
        scale,
        z,
        np.stack([c[0] for c in columns], 1),
        np.array([c[1] for c in columns]),
        np.stack([m[0] for m in members], 1),
        np.array([m[1] for m in members]),
    )


def fit_calibration(raw: Floats, rated: Floats) -> Floats:
    """Return (slope, offset) for out-of-fold levels, half-way between least error and the raters' own spread."""
    regression = float(np.cov(raw, rated)[0, 1] / raw.var(ddof=1))
    spread = float(rated.std() / raw.std())
    slope = float(np.sqrt(max(regression, 0.1) * spread))
    return np.array([slope, rated.mean() - slope * raw.mean()])


def fit_confidence(level: Floats, spread: Floats, nearest: Floats, rated: Floats) -> Floats:
    """Return logistic weights for P(|error| <= .5) from out-of-fold levels."""
    x = np.stack([confidence_features(*row) for row in zip(level, spread, nearest, strict=True)])
    model = LogisticRegression(C=1.0, fit_intercept=False).fit(x, np.abs(level - rated) <= 0.5)
    return np.asarray(model.coef_[0], dtype=np.float64)


def fit_tokens(rated: list[RatedAnswer], readings: list[Reading]) -> tuple[Floats, float]:
    """Return weights and bias of a ridge regression from token states to the share of raters who quoted the token."""
    states = np.concatenate([r.tokens for r in readings])
    share = np.concatenate([quoted_share(a, r) for a, r in zip(rated, readings, strict=True)])
    model = Ridge(_TOKEN_RIDGE).fit(states.astype(np.float64), share)
    return np.asarray(model.coef_), float(model.intercept_)


def quoted_share(answer: RatedAnswer, reading: Reading) -> Floats:
    """Return, for each token, the share of raters whose quote covers it."""
    starts, ends = np.array(reading.starts), np.array(reading.ends)
    share = np.zeros(len(starts))
    for start, end in answer.quotes:
        share += (starts < end) & (ends > start)
    return share / answer.raters


@dataclass(frozen=True)
class OutOfFold:
    """What answers of `en` and `zh` get from a head that saw neither their person (or question); nan elsewhere."""

    raw: Floats
    spread: Floats
    nearest: Floats

    def calibrated(
        self, rated: list[RatedAnswer]
    ) -> tuple[dict[Language, Floats], dict[Language, Floats], Floats, Floats]:
        """Return calibration and confidence weights by language, and levels and confidences of all answers."""
        targets = ratings_of(rated)[:, 0]
        calibration: dict[Language, Floats] = {}
        confidence: dict[Language, Floats] = {}
        levels, sure = np.full(len(rated), np.nan), np.full(len(rated), np.nan)
        for language in LANGUAGES:
            own = np.flatnonzero([a.source == language and not a.manipulated for a in rated])
            calibration[language] = fit_calibration(self.raw[own, 0], targets[own])
            slope, offset = calibration[language]
            levels[own] = np.clip(offset + slope * self.raw[own, 0], 1, 5)
            confidence[language] = fit_confidence(levels[own], self.spread[own], self.nearest[own], targets[own])
            x = np.stack(
                [confidence_features(*r) for r in zip(levels[own], self.spread[own], self.nearest[own], strict=True)]
            )
            sure[own] = 1 / (1 + np.exp(-x @ confidence[language]))
        return calibration, confidence, levels, sure


def out_of_fold(
    rated: list[RatedAnswer], readings: list[Reading], held: Held, train_networks: TrainNetworks, seed: int = 0
) -> OutOfFold:
    """Return predictions with whole people, or whole questions, left out of everything that is fitted."""
    targets = ratings_of(rated)
    raw = np.full(targets.shape, np.nan)
    spread, nearest = np.full(len(rated), np.nan), np.full(len(rated), np.nan)
    for train, test in folds(rated, held, seed=seed):
        tokens = fit_tokens([rated[i] for i in train], [readings[i] for i in train])
        machine = fit_machine(blocks_of([readings[i] for i in train], *tokens), targets[train])
        seen, votes, nearest[test] = machine.predict(blocks_of([readings[i] for i in test], *tokens))
        heads = train_networks([rated[i] for i in train], [readings[i] for i in train])
        network = np.stack([np.mean([h.rate(readings[i], rated[i].language) for h in heads], axis=0) for i in test])
        raw[test], spread[test] = blend(seen, network), disagreement(votes, seen, network)
    return OutOfFold(raw, spread, nearest)


def _kernel(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> Floats:
    distances = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * (a @ b.T)
    return np.asarray(np.exp(-np.maximum(distances, 0).astype(np.float64)))


def _dual(kernel: Floats, target: Floats, rows: Ints) -> tuple[Floats, float]:
    machine = SVR(C=COST, kernel="precomputed").fit(kernel[np.ix_(rows, rows)], target[rows])
    dual = np.zeros(len(kernel))
    dual[rows[machine.support_]] = machine.dual_coef_[0]
    return dual, float(machine.intercept_[0])
