"""The figures of the model card, from out-of-fold predictions. The raters were language models: say so beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from scoring.engines.rating_head import LANGUAGES, score_tokens
from scoring.engines.reader import Reading
from scoring.scorers.evidence import evidence
from scoring.training.data import TARGETS, RatedAnswer, ratings_of
from scoring.training.fit import OutOfFold, fit_tokens
from scoring.training.validate import Floats, Held, agreement, folds, pearson
from scoring.transcript import read_answer

SURE = 0.8


def figures(rated: list[RatedAnswer], readings: list[Reading], out: OutOfFold, held: Held) -> dict[str, Any]:
    """Return all figures by language."""
    targets = ratings_of(rated)
    _, _, levels, sure = out.calibrated(rated)
    lengths = np.array([max(1, len(a.answer)) for a in rated], dtype=float)
    by_length = _length_only(rated, targets[:, 0], lengths, held)
    overlap = quote_overlap(rated, readings, held)
    report: dict[str, Any] = {}
    for language in LANGUAGES:
        own = np.flatnonzero([a.source == language and not a.manipulated for a in rated])
        off = np.abs(levels[own] - targets[own, 0])
        certain = sure[own] >= SURE
        report[language] = {
            "answers": len(own),
            **_rounded(agreement(levels[own], targets[own, 0], lengths[own])),
            "length_only_r": round(pearson(by_length[own], targets[own, 0]), 3),
            "parts_r": {
                target: round(pearson(out.raw[own, i], targets[own, i]), 3) for i, target in enumerate(TARGETS) if i
            },
            "within_half_a_level": round(float((off <= 0.5).mean()), 3),
            "sure": round(float(certain.mean()), 3),
            "sure_within_half_a_level": round(float((off[certain] <= 0.5).mean()), 3) if certain.any() else None,
            "quote_overlap": round(overlap[language], 3),
        }
    return report


def quote_overlap(rated: list[RatedAnswer], readings: list[Reading], held: Held) -> dict[str, float]:
    """Return the share of answers of level 2 or more in which a quote of ours overlaps one of the raters'."""
    hits: dict[str, list[bool]] = {language: [] for language in LANGUAGES}
    for train, test in folds(rated, held):
        weights, bias = fit_tokens([rated[i] for i in train], [readings[i] for i in train])
        for i in test:
            answer = rated[i]
            if answer.level < 2 or not answer.quotes:
                continue
            transcript = read_answer(answer.answer, answer.question)
            scores = score_tokens(readings[i], weights, bias)
            ours = evidence(transcript, readings[i], scores, answer.language, lambda quote: "")
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
