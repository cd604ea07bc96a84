"""An ear for tests that are not about hearing. A recording is a JSON document that says what is to be heard in it.

usage: python -m tests.fakes.fixed_listener serve|worker   (the process as `mianshi` runs it, with this ear)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.content import Language
from scoring.audio.decoding import Probe
from scoring.audio.refusals import RecordingRefused
from scoring.heard import Delivery, Heard, Quality, Word


def recording(transcript: str = "", *, seconds: float = 42.0, confidence: float = 0.9, **more: Any) -> bytes:
    """A recording in which `transcript` is heard. `unsure` lists words that are not, `verdict` and `reason` are of the
    quality, `refused` is a refusal's key at the door and `refused_later` in the worker."""
    document = {"transcript": transcript, "seconds": seconds, "confidence": confidence, **more}
    return json.dumps(document, ensure_ascii=False).encode()


def fixed_probe(data: bytes) -> Probe:
    """What scoring.listening.probe does, for such recordings."""
    try:
        document = json.loads(data)
    except ValueError as error:
        raise RecordingRefused("not_audio" if data else "empty") from error
    if "refused" in document:
        raise RecordingRefused(document["refused"])
    return Probe("ogg", document["seconds"])


def install() -> None:
    """Put this ear into the process, in app and worker alike."""
    from bot import recordings, worker

    recordings.probe = fixed_probe  # type: ignore[assignment]
    worker.load_listener = lambda settings: FixedListener()  # type: ignore[assignment,return-value]


class FixedListener:
    """Hears what the recording says. `asked` remembers the language and the hot words of each."""

    def __init__(self) -> None:
        self.asked: list[tuple[Language | None, tuple[str, ...]]] = []

    def listen(self, data: bytes, *, language: Language | None, hot_words: Sequence[str] = ()) -> Heard:
        self.asked.append((language, tuple(hot_words)))
        document = json.loads(data)
        if "refused_later" in document:
            raise RecordingRefused(document["refused_later"])
        transcript: str = document["transcript"]
        pieces = transcript.split() if " " in transcript else list(transcript)
        step = document["seconds"] / max(1, len(pieces))
        unsure = document.get("unsure", [])
        words = tuple(
            Word(piece, i * step, (i + 1) * step, 0.2 if piece in unsure else document["confidence"])
            for i, piece in enumerate(pieces)
        )
        return Heard(
            transcript=transcript,
            language=language,
            words=words,
            duration_s=document["seconds"],
            quality=Quality(
                snr_db=22.0,
                clipping=0.0,
                speech_ratio=0.8 if pieces else 0.0,
                level_db=-20.0,
                verdict=document.get("verdict", "good"),
                reason=document.get("reason"),
            ),
            delivery=Delivery(**document.get("delivery", {})),
            model="fixed/1",
        )


if __name__ == "__main__":
    from tests.fakes import fixed_listener

    fixed_listener.install()
    from bot.cli import app

    app()
