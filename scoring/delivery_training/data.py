"""Rated recordings: who spoke, what five experts gave, and the features of each, which stand in for the sound."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

from core.errors import Rejected
from core.settings import ROOT
from scoring.audio.decoding import decode
from scoring.engines.voice_activity import VoiceActivityDetector
from scoring.scorers.delivery_features import SoundEncoder, phrase_features, pool_states

DATA: Final = ROOT / "data" / "speech-fluency"
ADULT: Final = 16


class RecordingsMissing(Rejected):
    """The recordings that AUDIO names do not hold what the ratings speak of."""


@dataclass(frozen=True)
class RatedClips:
    """n recordings: hand-made features [n, 23], mean encoder states [n, width], ratings [n, 2] from 0 to 10 as
    training takes them (mean of the raters) and as figures are reported (their median, half rounded up, as the
    published sentence scores are)."""

    speakers: npt.NDArray[np.str_]
    ages: npt.NDArray[np.int64]
    hand: npt.NDArray[np.float64]
    states: npt.NDArray[np.float64]
    means: npt.NDArray[np.float64]
    medians: npt.NDArray[np.float64]
    seconds: npt.NDArray[np.float64]


def load_clips(folder: Path = DATA) -> RatedClips:
    """Read the ratings and the feature table that lies beside them."""
    rows = _ratings(folder)
    table = load_file(folder / "features.safetensors")
    ratings = [[row["fluency"], row["prosodic"]] for row in rows]
    return RatedClips(
        speakers=np.array([row["speaker"] for row in rows]),
        ages=np.array([row["age"] for row in rows]),
        hand=table["hand"].astype(np.float64),
        states=table["states"].astype(np.float64),
        means=np.array([[np.mean(given) for given in pair] for pair in ratings]),
        medians=np.array([[np.floor(np.median(given) + 0.5) for given in pair] for pair in ratings]),
        seconds=table["seconds"].astype(np.float64),
    )


def data_digest(folder: Path = DATA) -> str:
    """Return twelve hex digits that change with the ratings or the features."""
    both = (folder / "ratings.jsonl").read_bytes() + (folder / "features.safetensors").read_bytes()
    return hashlib.sha256(both).hexdigest()[:12]


def extract(
    audio: Path,
    detector: VoiceActivityDetector,
    encoder: SoundEncoder,
    told: Callable[[str], None],
    folder: Path = DATA,
) -> None:
    """Make the feature table anew from the recordings: a folder or a tar with `<id>.<anything>` for every rating.

    Raises:
        RecordingsMissing: a rated recording is not there.
    """
    rows = _ratings(folder)
    recordings = dict(recordings_in(audio))
    missing = [row["id"] for row in rows if row["id"] not in recordings]
    if missing:
        raise RecordingsMissing(f"{audio} lacks {len(missing)} of {len(rows)} recordings, {missing[0]} among them")
    hand, states, seconds = [], [], []
    for i, row in enumerate(rows):
        samples = decode(recordings[row["id"]]())
        activity = detector.find(samples)
        hand.append(phrase_features(samples, activity))
        states.append(pool_states(encoder, samples, activity))
        seconds.append(len(samples) / 16_000)
        if i % 100 == 0:
            told(f"heard {i} of {len(rows)} recordings")
    save_table(np.array(hand), np.array(states), np.array(seconds), folder)


def save_table(
    hand: npt.NDArray[np.float64], states: npt.NDArray[np.float64], seconds: npt.NDArray[np.float64], folder: Path
) -> None:
    """Write the feature table."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "hand": hand.astype(np.float32),
        "states": states.astype(np.float16),
        "seconds": seconds.astype(np.float32),
    }
    save_file(arrays, folder / "features.safetensors")


def _ratings(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "ratings.jsonl").read_text("utf-8").splitlines()]


def recordings_in(audio: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Names without their endings, and how to read each, of a folder or a tar."""
    if audio.is_dir():
        for path in audio.rglob("*.*"):
            yield path.stem, path.read_bytes
        return
    with tarfile.open(audio) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                yield Path(member.name).stem, io.BytesIO(file.read()).getvalue
