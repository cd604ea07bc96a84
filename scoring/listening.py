"""The front door for recordings: bytes in, what was heard out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.content import Language
from core.settings import ModelSettings
from scoring.audio.refusals import RecordingRefused
from scoring.heard import Delivery, Heard, Quality, Word

__all__ = ["Delivery", "Heard", "Listener", "Probe", "Quality", "RecordingRefused", "Word", "probe"]

AudioKind = Literal["ogg", "webm", "mp4", "wav", "mp3"]


@dataclass(frozen=True, slots=True)
class Probe:
    """What the bytes are, whatever they are called, and how long they sound."""

    kind: AudioKind
    duration_s: float


def probe(data: bytes) -> Probe:
    """Say what a recording is, in a limited subprocess, without decoding all of it.

    Raises:
        RecordingRefused: empty, truncated, no audio, a video, over 20 MB or over 10 minutes.
    """
    raise NotImplementedError


class Listener:
    """Hears recordings: decoding, quality, voice activity, transcription, delivery."""

    @classmethod
    def load(cls, settings: ModelSettings | None = None) -> Listener:
        """Load the recogniser that the settings name, or the packaged one (a second, about 250 MB)."""
        raise NotImplementedError

    def listen(self, data: bytes, *, language: Language | None, hot_words: Sequence[str] = ()) -> Heard:
        """Hear one recording. `language` is the interview's (None: find out); `hot_words` are likely words.

        Raises:
            RecordingRefused: empty, truncated, no audio, a video, over 20 MB or over 10 minutes.
        """
        raise NotImplementedError
