"""From data/passage-kinds and the rated answers to the two lines in USE-m3 space, the first step of `make train-scorer`.

The sentences of `data/passage-kinds` and the padding of `manipulation.py` teach what is no part of an answer; the tests
use others.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

from scoring.cleaning import is_plea
from scoring.engines.passage_kinds import KINDS, WEIGHTS
from scoring.score import Language
from scoring.scorers.indicators import phrase_vectors
from scoring.training.data import DATA, PASSAGES, load_rated_answers
from scoring.training.manipulation import PADDING
from scoring.transcript import split_sentences

_FOLDER: Final = DATA / PASSAGES
_LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_HONEST_COUNTS: Final = 3
"""How often each honest sentence about marks, systems and instructions counts: they are few and near the line."""
_NO_EVIDENCE: Final = 1.5
_INVERSE_PENALTY: Final = 10.0


def main() -> None:
    """Write WEIGHTS."""
    spoken = [
        text
        for answer in load_rated_answers()
        for text in (answer.answer[p.start : p.end] for p in split_sentences(answer.answer))
        if not (answer.level <= _NO_EVIDENCE and is_plea(text))
    ]
    ours = np.concatenate([_vectors(spoken), np.repeat(_vectors(_sentences("honest")), _HONEST_COUNTS, axis=0)])
    foreign = {
        "neutral": _sentences("neutral") + [text for language in _LANGUAGES for text in PADDING[language]],
        "plea": _sentences("plea"),
    }
    weights, bias = [], []
    for kind in KINDS:
        theirs = _vectors(foreign[kind])
        line = LogisticRegression(C=_INVERSE_PENALTY, max_iter=1000, class_weight="balanced")
        line.fit(np.concatenate([ours, theirs]), np.repeat([0, 1], [len(ours), len(theirs)]))
        weights.append(line.coef_[0])
        bias.append(line.intercept_[0])
    save_file({"weights": np.array(weights, np.float32), "bias": np.array(bias, np.float32)}, WEIGHTS)


def _sentences(name: str) -> list[str]:
    files = (_FOLDER / f"{name}-{language}.txt" for language in _LANGUAGES)
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]


def _vectors(texts: list[str]) -> npt.NDArray[np.float32]:
    return np.concatenate([phrase_vectors((text,)) for text in texts])
