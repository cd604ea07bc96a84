"""Where somebody speaks: Silero's detector, which faster-whisper brings along (MIT, 1.2 MB)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from scoring.audio.decoding import Samples
from scoring.audio.kind import RATE

HOP: Final = 512
"""Samples for each probability: 32 ms."""
_ON, _OFF = 0.5, 0.35
_CLOSED_S: Final = 0.06
_DROPPED_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of speech, in seconds from the start."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Activity:
    """The probability of speech every 32 ms, and the stretches of speech it makes."""

    probabilities: Samples
    stretches: tuple[Stretch, ...]

    @property
    def speech_s(self) -> float:
        """Seconds of speech."""
        return sum(stretch.seconds for stretch in self.stretches)


class VoiceActivityDetector(Protocol):
    """Finds speech in mono samples at 16 kHz."""

    def find(self, samples: Samples) -> Activity: ...


class SileroDetector:
    """Silero v6 in ONNX, one core."""

    def __init__(self) -> None:
        from faster_whisper.vad import get_vad_model

        self._model: Any = get_vad_model()

    def find(self, samples: Samples) -> Activity:
        """Find speech; an empty recording has none."""
        if not len(samples):
            return Activity(np.zeros(0, np.float32), ())
        padded = np.pad(samples, (0, -len(samples) % HOP))
        probabilities = np.asarray(self._model(padded), np.float32).reshape(-1)
        return Activity(probabilities, _stretches(probabilities, len(samples) / RATE))


def _stretches(probabilities: Samples, seconds: float) -> tuple[Stretch, ...]:
    # Speech begins at one threshold and ends at a lower one; very short gaps are closed, very short sounds dropped.
    found: list[Stretch] = []
    start: float | None = None
    for i, probability in enumerate([*probabilities, 0.0]):
        at = min(i * HOP / RATE, seconds)
        if start is None and probability >= _ON:
            start = at
        elif start is not None and probability < _OFF:
            if found and start - found[-1].end < _CLOSED_S:
                start = found.pop().start
            found.append(Stretch(start, at))
            start = None
    return tuple(stretch for stretch in found if stretch.seconds > _DROPPED_S)
