"""How fast answers are scored, beside plain `SentenceTransformer.encode` of the same answers with the same encoder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import psutil
from sentence_transformers import SentenceTransformer

from core.settings import ModelSettings
from scoring.assess import AnswerScorer
from scoring.engines.embedder import PREFIX, find_encoder
from scoring.score import AnswerToScore
from scoring.training.data import load_rated_answers

ANSWERS = 200
SINGLE = 60


@dataclass(frozen=True)
class ScoringSpeed:
    """Answers a second in a batch, the peer's in the same run, seconds of one warm answer, and memory in MB.

    The CPU seconds an answer say more than the wall where other work keeps the cores busy.
    """

    answers_per_second: float
    cpu_seconds_an_answer: float
    peer_per_second: float
    peer_cpu_seconds_an_answer: float
    one_p50: float
    one_p95: float
    follow_up_p95: float
    resident_mb: float

    @property
    def times_peer(self) -> float:
        """Our time over the peer's; under 1 we are quicker."""
        return self.peer_per_second / self.answers_per_second


def measure() -> ScoringSpeed:
    """Score a mixture of Chinese and English answers of every length."""
    rated = [a for a in load_rated_answers() if a.source in ("en", "zh")]
    rated = rated[:: max(1, len(rated) // ANSWERS)][:ANSWERS]
    asked = [AnswerToScore(a.competency, a.question, a.answer) for a in rated]
    scorer = AnswerScorer.load()
    scorer.score(asked[:8])
    ours = _rate(lambda: scorer.score(asked), len(asked))
    one = [_seconds(lambda a=a: scorer.score([a])) for a in asked[:SINGLE]]  # type: ignore[misc]
    follow_up = [_seconds(lambda a=a: scorer.missing_star_part(a.question, a.answer)) for a in asked[:SINGLE]]  # type: ignore[misc]
    resident = psutil.Process().memory_info().rss / 1e6
    source = find_encoder(ModelSettings())
    plain = SentenceTransformer(
        source.location,
        device="cpu",
        local_files_only=True,
        model_kwargs={"dtype": "float32", "add_pooling_layer": False},
    )
    texts = [PREFIX + a.answer for a in asked]
    plain.encode(texts[:8])
    peer = _rate(lambda: plain.encode(texts, batch_size=32), len(texts))
    return ScoringSpeed(
        *ours, *peer, float(np.percentile(one, 50)), float(np.percentile(one, 95)),
        float(np.percentile(follow_up, 95)), resident,
    )  # fmt: skip


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _rate(act: Callable[[], object], count: int, tries: int = 2) -> tuple[float, float]:
    """Return answers a second, and CPU seconds an answer of all threads; the best of `tries` each."""
    walls, spent = [], []
    for _ in range(tries):
        before = time.process_time()
        walls.append(_seconds(act))
        spent.append(time.process_time() - before)
    return count / min(walls), min(spent) / count
