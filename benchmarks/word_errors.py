"""`make word-errors AUDIO=path TEXTS=path [COUNT=n]`: how many words of read English are heard wrongly, adults and children apart.

AUDIO is a tar of recordings named by id, TEXTS a file of `{"id", "speaker", "age", "text"}` lines. Each recording goes
the whole way of a candidate's. One that would have to be recorded again counts with all its words. With COUNT the first n
of each age group in the order of the tar are heard; all of them take a core two seconds each.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

from core.settings import ModelSettings
from scoring.delivery_training.data import ADULT, recordings_in
from scoring.listening import Listener

DRAWS = 2000
TOLD_EVERY = 100

_normalise = EnglishTextNormalizer({})  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class WordErrors:
    """Word error rate with the 95 % that drawing speakers gives."""

    utterances: int
    speakers: int
    words: int
    rate: float
    low: float
    high: float
    refused: int
    """Utterances that would have had to be recorded again."""


@dataclass(frozen=True)
class Utterance:
    speaker: str
    wrong: int
    words: int
    refused: bool


def count(told: str, read: str) -> tuple[int, int]:
    """Wrong words (substituted, left out, put in) and words read, after whisper's own English normalisation."""
    heard, meant = _normalise(told).split(), _normalise(read).split()
    return _distance(heard, meant), len(meant)


def rate_of(pairs: Iterable[tuple[int, int]]) -> float:
    """Wrong words over words read."""
    wrong, words = map(sum, zip(*pairs, strict=True))
    return wrong / words


def summed_up(utterances: Sequence[Utterance]) -> WordErrors:
    speakers = sorted({one.speaker for one in utterances})
    place = {speaker: at for at, speaker in enumerate(speakers)}
    sums = np.zeros((len(speakers), 2))
    for one in utterances:
        sums[place[one.speaker]] += one.wrong, one.words
    drawn = np.random.default_rng(7).integers(len(speakers), size=(DRAWS, len(speakers)))
    wrong, words = np.moveaxis(sums[drawn].sum(1), 1, 0)
    low, high = np.percentile(wrong / words, [2.5, 97.5])
    total = sums.sum(0)
    return WordErrors(
        utterances=len(utterances),
        speakers=len(speakers),
        words=int(total[1]),
        rate=round(float(total[0] / total[1]), 3),
        low=round(float(low), 3),
        high=round(float(high), 3),
        refused=sum(one.refused for one in utterances),
    )


def main(audio: Path, texts: Path, most: int | None = None) -> None:
    console = Console()
    rows = [json.loads(line) for line in texts.read_text("utf-8").splitlines()]
    recordings = {name: read() for name, read in recordings_in(audio)}  # in the order of the tar, which is none
    listener = Listener.load(ModelSettings())
    for name, chosen in (
        ("adults", {row["id"]: row for row in rows if row["age"] >= ADULT}),
        ("children", {row["id"]: row for row in rows if row["age"] < ADULT}),
    ):
        heard: list[Utterance] = []
        for key in [key for key in recordings if key in chosen][:most]:
            said = listener.listen(recordings[key], language="en")
            wrong, words = count(said.transcript, chosen[key]["text"])
            heard.append(Utterance(chosen[key]["speaker"], wrong, words, said.quality.verdict == "unusable"))
            if len(heard) % TOLD_EVERY == 0:
                console.print(f"{len(heard)} {name}", style="dim")
        console.print(f"{name}: {summed_up(heard)}", soft_wrap=True)


def _distance(told: Sequence[str], read: Sequence[str]) -> int:
    row = list(range(len(read) + 1))
    for i, word in enumerate(told, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(read, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


if __name__ == "__main__":
    audio, texts, count_given = [*sys.argv[1:], ""][:3]
    main(Path(audio), Path(texts), int(count_given) if count_given else None)
