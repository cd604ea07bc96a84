"""The figures of the model card, from out-of-fold predictions. The raters were language models: say so beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from scoring.engines.rating_head import score_tokens
from scoring.engines.reader import Reading
from scoring.engines.topic_match import LANGUAGES
from scoring.score import Language
from scoring.scorers.evidence import evidence
from scoring.training.data import TARGETS, RatedAnswer, ratings_of, transcript_of
from scoring.training.fit import (
    Calibration,
    OutOfFold,
    fit_tokens,
    own_answers,
    score_held_out,
    tells_something_to_the_point,
    wrong_pairs,
)
from scoring.training.validate import Floats, Held, agreement, folds, pearson

SURE = 0.8


def figures(
    rated: list[RatedAnswer], readings: list[Reading], out: OutOfFold, calibration: Calibration, held: Held
) -> dict[str, Any]:
    """Return all figures by language."""
    targets = ratings_of(rated)
    lengths = np.array([max(1, len(a.answer)) for a in rated], dtype=float)
    by_length = _length_only(rated, targets[:, 0], lengths, held)
    overlap = quote_overlap(rated, readings, held)
    report: dict[str, Any] = {}
    for language in LANGUAGES:
        own = own_answers(rated, language)
        scored = score_held_out(out, own, out.cosines[own], calibration, language)
        off = np.abs(scored.level - targets[own, 0])
        certain = scored.confidence >= SURE
        parts = {target: pearson(out.raw[own, i], targets[own, i]) for i, target in enumerate(TARGETS) if i}
        parts["relevance"] = pearson(scored.relevance, targets[own, 5])
        report[language] = {
            "answers": len(own),
            **_rounded(agreement(scored.level, targets[own, 0], lengths[own])),
            "length_only_r": round(pearson(by_length[own], targets[own, 0]), 3),
            "parts_r": _rounded(parts),
            "within_half_a_level": round(float((off <= 0.5).mean()), 3),
            "sure": round(float(certain.mean()), 3),
            "sure_within_half_a_level": round(float((off[certain] <= 0.5).mean()), 3) if certain.any() else None,
            "quote_overlap": round(overlap[language], 3),
            **_rounded(_wrong_question(rated, out, calibration, language)),
        }
    return report


def _wrong_question(
    rated: list[RatedAnswer], out: OutOfFold, calibration: Calibration, language: Language
) -> dict[str, float]:
    """Return what becomes of answers of level 2 or more that are put beside questions of other competencies."""
    own = own_answers(rated, language)
    good = np.array([i for i in own if tells_something_to_the_point(rated[i])])
    pairs = wrong_pairs(rated, out, language)
    rows = out.wrong[pairs]
    right = score_held_out(out, good, out.cosines[good], calibration, language)
    wrong = score_held_out(out, rows, out.wrong_cosines[pairs], calibration, language)
    as_asked = np.full(len(rated), np.nan)
    as_asked[good] = right.level
    truth = np.repeat([1, 0], [len(right.odds), len(wrong.odds)])
    return {
        "pairs_auc": float(roc_auc_score(truth, np.concatenate([right.odds, wrong.odds]))),
        "level_right": float(right.level.mean()),
        "level_wrong": float(wrong.level.mean()),
        "wrong_loses_half": float((wrong.level - 1 <= (as_asked[rows] - 1) / 2).mean()),
        "relevance_right": float(right.relevance.mean()),
        "relevance_wrong": float(wrong.relevance.mean()),
        "sure_right": float((right.confidence >= SURE).mean()),
        "sure_wrong": float((wrong.confidence >= SURE).mean()),
    }


def quote_overlap(rated: list[RatedAnswer], readings: list[Reading], held: Held) -> dict[str, float]:
    """Return the share of answers of level 2 or more in which a quote of ours overlaps one of the raters'."""
    hits: dict[str, list[bool]] = {language: [] for language in LANGUAGES}
    for train, test in folds(rated, held):
        weights, bias = fit_tokens([rated[i] for i in train], [readings[i] for i in train])
        for i in test:
            answer = rated[i]
            if answer.level < 2 or not answer.quotes:
                continue
            scores = score_tokens(readings[i], weights, bias)
            ours = evidence(transcript_of(answer), readings[i], scores, answer.language, lambda quote: "")
            hits[answer.language].append(any(e.start < q[1] and q[0] < e.end for e in ours for q in answer.quotes))
    return {language: float(np.mean(found)) for language, found in hits.items()}


def _length_only(rated: list[RatedAnswer], targets: Floats, lengths: Floats, held: Held) -> Floats:
    out = np.full(len(rated), np.nan)
    for train, test in folds(rated, held):
        for language in LANGUAGES:
            a, b = (
                np.array([i for i in part if rated[i].source == language and not rated[i].manipulated])
                for part in (train, test)
            )
            slope, offset = np.polyfit(np.log(lengths[a]), targets[a], 1)
            out[b] = offset + slope * np.log(lengths[b])
    return out


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in values.items()}
