"""The rated answers of `data/interview-answers-*`, as training and validation use them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from core.settings import ROOT
from scoring.score import Language
from scoring.transcript import Transcript, read_answer

DATA: Final = ROOT / "data"
TARGETS: Final = ("level", "situation", "action", "result", "own", "relevance")
PASSAGES: Final = "passage-kinds"
"""What is no part of an answer, for training/passage_kinds.py."""
SETS: Final = ("interview-answers-en", "interview-answers-zh", "interview-answers-more", "interview-answers-middle")


@dataclass(frozen=True)
class RatedAnswer:
    """An answer with the mean of its ratings, in the order of TARGETS, and each rater's quote as (start, end)."""

    id: str
    source: str
    person: str
    language: Language
    competency: str
    question: str
    answer: str
    ratings: tuple[float, ...]
    quotes: tuple[tuple[int, int], ...]
    raters: int
    manipulated: bool = False

    @property
    def level(self) -> float:
        return self.ratings[0]


def load_rated_answers(data: Path = DATA) -> list[RatedAnswer]:
    """Return all rated answers. `source` is en, zh, or the set of `interview-answers-more` (e1-e4, z1, z2) or `-middle` (z3)."""
    rated: list[RatedAnswer] = []
    for name in SETS:
        ratings = {line["id"]: line["ratings"] for line in _lines(data / name / "ratings.jsonl")}
        for row in _lines(data / name / "answers.jsonl"):
            marks = ratings[row["id"]]
            source = name.rpartition("-")[2]
            source = source if source in ("en", "zh") else row["id"].partition("-")[0]
            answer = row["answer"]
            rated.append(
                RatedAnswer(
                    id=row["id"],
                    source=source,
                    person=row["person"],
                    language="zh" if source.startswith("z") else "en",
                    competency=row["competency"],
                    question=row["question"],
                    answer=answer,
                    ratings=tuple(float(np.mean([mark[target] for mark in marks])) for target in TARGETS),
                    quotes=tuple(
                        (answer.index(mark["quote"]), answer.index(mark["quote"]) + len(mark["quote"]))
                        for mark in marks
                        if mark["quote"]
                    ),
                    raters=len(marks),
                )
            )
    return rated


@cache
def transcript_of(answer: RatedAnswer) -> Transcript:
    """Return the answer as models read it; finding what is no evidence takes as long as the encoder."""
    return read_answer(answer.answer, answer.question)


def ratings_of(rated: list[RatedAnswer]) -> npt.NDArray[np.float64]:
    """Return [answers, targets]."""
    return np.array([answer.ratings for answer in rated])


def data_digest(data: Path = DATA) -> str:
    """Return the first twelve hex digits of the sha256 over all files of data/ that training reads."""
    digest = hashlib.sha256()
    for name in SETS:
        for file in ("answers.jsonl", "ratings.jsonl"):
            digest.update((data / name / file).read_bytes())
    for sentences in sorted((data / PASSAGES).glob("*.txt")):
        digest.update(sentences.read_bytes())
    return digest.hexdigest()[:12]


def _lines(path: Path) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
