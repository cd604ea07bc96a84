"""Fits the rating head. Fixed seeds, one thread's worth of arithmetic, no randomness but the folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVR

from scoring.engines.rating_head import (
    BLOCK_WEIGHTS,
    confidence_features,
    features,
    level_for_the_question,
    relevance_features,
    score_tokens,
    sure_of_the_question,
)
from scoring.engines.reader import Reading
from scoring.engines.topic_match import LANGUAGES, odds_of
from scoring.score import Language
from scoring.training.data import RatedAnswer, ratings_of
from scoring.training.topic_match import (
    ANSWERS_THE_QUESTION,
    SHOWS_SOMETHING,
    cosines_of,
    fit_odds,
    fit_relevance,
    fit_topic_match,
    wrong_questions,
)
from scoring.training.validate import Floats, Held, Ints, folds, pearson

COST: Final = 3.0
WRITTEN_ENGLISH: Final = frozenset({"e1", "e2", "e3", "e4"})
WRITTEN_ENGLISH_COUNTS: Final = 0.06
"""Of an answer in full: they pull away from real English, and without them good written English is rated too low; see
docs/model-card.md."""
_TOKEN_RIDGE: Final = 300.0
_R_TO_SPARE: Final = 0.002
_GATE_WIDTHS: Final = (1.0, 1.5, 2.0, 3.0)
"""Narrower gates would turn small differences of wording into large ones of the level."""


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


def counts_of(rated: list[RatedAnswer]) -> Floats:
    """Return how much each answer counts in the fit of the ratings [answers]."""
    return np.array([WRITTEN_ENGLISH_COUNTS if answer.source in WRITTEN_ENGLISH else 1.0 for answer in rated])


def fit_machine(blocks: list[npt.NDArray[np.float32]], targets: Floats, counts: Floats) -> Machine:
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
    columns = [_dual(kernel, targets[:, i], counts, np.arange(len(x))) for i in range(targets.shape[1])]
    order = np.random.default_rng(0).permutation(len(x))
    parts = np.array_split(order, 4)
    members = [_dual(kernel, targets[:, 0], counts, np.sort(np.setdiff1d(order, part))) for part in parts]
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


def fit_confidence(level: Floats, spread: Floats, nearest: Floats, error: Floats) -> Floats:
    """Return logistic weights for P(error <= .5) from out-of-fold levels."""
    x = np.stack([confidence_features(*row) for row in zip(level, spread, nearest, strict=True)])
    model = LogisticRegression(C=1.0, fit_intercept=False).fit(x, error <= 0.5)
    return np.asarray(model.coef_[0], dtype=np.float64)


def fit_gate(told: Floats, odds: Floats, rated: Floats, wrong_told: Floats, wrong_odds: Floats) -> Floats:
    """Return the pair of log odds for `level_for_the_question` that takes most from wrong pairs and no r from right ones."""
    least = pearson(told, rated) - _R_TO_SPARE
    best, most = np.array([-99.0, -98.0]), -1.0
    for on in np.arange(-6.0, 0.01, 0.25):
        for width in _GATE_WIDTHS:
            gate = np.array([on - width, on])
            if pearson(level_for_the_question(told, odds, gate), rated) < least:
                continue
            lost = float((wrong_told - level_for_the_question(wrong_told, wrong_odds, gate)).mean())
            if lost > most:
                best, most = gate, lost
    return best


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
    """What answers of `en` and `zh` get from a head that saw neither their person (or question); nan elsewhere.

    `cosines` [answers, 2] are with their own question; `wrong` [pairs] and `wrong_cosines` [pairs, 2] are answers beside
    other questions that were left out.
    """

    raw: Floats
    spread: Floats
    nearest: Floats
    cosines: Floats
    wrong: Ints
    wrong_cosines: Floats


@dataclass(frozen=True)
class Calibration:
    """The few numbers a language that are fitted on out-of-fold predictions."""

    level: dict[Language, Floats]
    confidence: dict[Language, Floats]
    match: dict[Language, Floats]
    gate: dict[Language, Floats]
    relevance: dict[Language, Floats]

    def arrays(self) -> dict[str, Floats]:
        """Return what a head file holds of it."""
        named = {
            "calibration": self.level,
            "confidence": self.confidence,
            "match": self.match,
            "gate": self.gate,
            "relevance": self.relevance,
        }
        return {f"{name}_{language}": weights for name, fitted in named.items() for language, weights in fitted.items()}


@dataclass(frozen=True)
class Scored:
    """Out-of-fold levels, confidences, relevance and log odds of answers, as the head would give them."""

    level: Floats
    confidence: Floats
    relevance: Floats
    odds: Floats


def out_of_fold(rated: list[RatedAnswer], readings: list[Reading], held: Held, seed: int = 0) -> OutOfFold:
    """Return predictions with whole people, or whole questions, left out of everything that is fitted."""
    targets = ratings_of(rated)
    raw = np.full(targets.shape, np.nan)
    spread, nearest = np.full(len(rated), np.nan), np.full(len(rated), np.nan)
    cosines = np.full((len(rated), 2), np.nan)
    wrong: list[int] = []
    wrong_cosines: list[Floats] = [np.zeros((0, 2))]
    counts = counts_of(rated)
    for seen, test in folds(rated, held, seed=seed):
        tokens = fit_tokens([rated[i] for i in seen], [readings[i] for i in seen])
        machine = fit_machine(blocks_of([readings[i] for i in seen], *tokens), targets[seen], counts[seen])
        raw[test], votes, nearest[test] = machine.predict(blocks_of([readings[i] for i in test], *tokens))
        spread[test] = votes.std(1)
        match = fit_topic_match([rated[i] for i in seen], [readings[i] for i in seen])
        cosines[test] = cosines_of(match, readings, rated, list(test), list(test))
        pairs = [(i, k) for i, others in wrong_questions(rated, test).items() for k in others]
        wrong += [i for i, _ in pairs]
        wrong_cosines.append(cosines_of(match, readings, rated, [i for i, _ in pairs], [k for _, k in pairs]))
    return OutOfFold(raw, spread, nearest, cosines, np.array(wrong), np.concatenate(wrong_cosines))


def calibrate(rated: list[RatedAnswer], held: dict[Held, OutOfFold]) -> Calibration:
    """Fit level and confidence on both ways of leaving out, topic and relevance on questions left out."""
    targets = ratings_of(rated)
    done = Calibration({}, {}, {}, {}, {})
    for language in LANGUAGES:
        own = own_answers(rated, language)
        out = held["question"]
        right = [i for i in own if tells_something_to_the_point(rated[i])]
        wrong = wrong_pairs(rated, out, language)
        done.match[language] = fit_odds(out.cosines[right], out.wrong_cosines[wrong])
        done.relevance[language] = fit_relevance(
            out.raw[own, 5],
            odds_of(out.cosines[own], done.match[language]),
            targets[own, 5],
            out.raw[out.wrong[wrong], 5],
            odds_of(out.wrong_cosines[wrong], done.match[language]),
        )
        raw = np.concatenate([each.raw[own, 0] for each in held.values()])
        truth = np.tile(targets[own, 0], len(held))
        done.level[language] = fit_calibration(raw, truth)
        told = _told(raw, done.level[language])
        odds = np.concatenate([odds_of(each.cosines[own], done.match[language]) for each in held.values()])
        done.gate[language] = fit_gate(
            told,
            odds,
            truth,
            np.concatenate(
                [
                    _told(each.raw[each.wrong[wrong_pairs(rated, each, language)], 0], done.level[language])
                    for each in held.values()
                ]
            ),
            np.concatenate(
                [
                    odds_of(each.wrong_cosines[wrong_pairs(rated, each, language)], done.match[language])
                    for each in held.values()
                ]
            ),
        )
        done.confidence[language] = fit_confidence(
            told,
            np.concatenate([each.spread[own] for each in held.values()]),
            np.concatenate([each.nearest[own] for each in held.values()]),
            np.abs(level_for_the_question(told, odds, done.gate[language]) - truth),
        )
    return done


def score_held_out(out: OutOfFold, rows: Ints, cosines: Floats, calibration: Calibration, language: Language) -> Scored:
    """Return what the answers at `rows` get with `cosines` of a question, their own or another."""
    told = _told(out.raw[rows, 0], calibration.level[language])
    odds = odds_of(cosines, calibration.match[language])
    x = np.stack([confidence_features(*row) for row in zip(told, out.spread[rows], out.nearest[rows], strict=True)])
    sure = 1 / (1 + np.exp(-x @ calibration.confidence[language]))
    relevant = relevance_features(out.raw[rows, 5], odds) @ calibration.relevance[language]
    level = level_for_the_question(told, odds, calibration.gate[language])
    return Scored(level, sure_of_the_question(sure, odds), np.clip(relevant, 0.0, 2.0), odds)


def own_answers(rated: list[RatedAnswer], language: Language) -> Ints:
    """Return the rows that are measured: real answers of `en`, unseen people of `zh`, no copies."""
    return np.flatnonzero([a.source == language and not a.manipulated for a in rated])


def tells_something_to_the_point(answer: RatedAnswer) -> bool:
    """True for the answers that wrong pairs are made of."""
    return answer.level >= SHOWS_SOMETHING and answer.ratings[5] >= ANSWERS_THE_QUESTION


def wrong_pairs(rated: list[RatedAnswer], out: OutOfFold, language: Language) -> Ints:
    """Return the pairs of `out` whose answer is of `language` and answered its own question well."""
    return np.flatnonzero([rated[i].source == language and tells_something_to_the_point(rated[i]) for i in out.wrong])


def _told(raw: Floats, calibration: Floats) -> Floats:
    slope, offset = calibration
    return np.asarray(np.clip(offset + slope * raw, 1, 5))


def _kernel(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> Floats:
    distances = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * (a @ b.T)
    return np.asarray(np.exp(-np.maximum(distances, 0).astype(np.float64)))


def _dual(kernel: Floats, target: Floats, counts: Floats, rows: Ints) -> tuple[Floats, float]:
    machine = SVR(C=COST, kernel="precomputed")
    machine.fit(kernel[np.ix_(rows, rows)], target[rows], sample_weight=counts[rows])
    dual = np.zeros(len(kernel))
    dual[rows[machine.support_]] = machine.dual_coef_[0]
    return dual, float(machine.intercept_[0])
