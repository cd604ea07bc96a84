"""What was heard in a recording: the words with their times, how good the recording is, how it was spoken."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from core.content import Language

_WIDE: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")

Verdict = Literal["good", "poor", "unusable"]
Reason = Literal["silence", "noise", "clipping", "too_short", "wrong_language"]


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word, in Chinese one or a few characters, with its punctuation. Seconds from the start; 0-1."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a recogniser heard: the words, and how probable each language was (whisper's codes, 0-1)."""

    words: tuple[Word, ...]
    languages: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Quality:
    """What the microphone gave.

    `snr_db` is the level of speech over that of the gaps, None where there is no speech or no gap to compare with;
    `clipping` the share of samples at full scale; `speech_ratio` the share of time that is speech; `level_db` the
    level of the whole in dBFS. `poor` is transcribed all the same, `unusable` is to be recorded again. `reason` is
    None only where the verdict is good.
    """

    snr_db: float | None
    clipping: float
    speech_ratio: float
    level_db: float
    verdict: Verdict
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it was spoken; never what somebody felt.

    `fluency`, `prosody` and `intelligibility` are 0-100, `pace_wpm` is words (Chinese: characters) a minute of the
    time between first and last word, `pause_ratio` the share of that time in silences. None: not scored. Fluency and
    prosody were validated on read English only, so Chinese has neither, nor intelligibility.
    """

    fluency: float | None = None
    prosody: float | None = None
    pace_wpm: float | None = None
    pause_ratio: float | None = None
    intelligibility: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One recording, heard. `language` is that of most of the speech, None where there is none or it is neither
    Chinese nor English; `model` names what recognised it and what scored the delivery."""

    transcript: str
    language: Language | None
    words: tuple[Word, ...]
    duration_s: float
    quality: Quality
    delivery: Delivery
    model: str

    @property
    def confidence(self) -> float | None:
        """Mean word confidence, 0-1; None without words."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else None

    def to_json(self) -> dict[str, Any]:
        """A document that `from_json` reads back; all of it numbers, texts, lists and objects."""
        return {**asdict(self), "words": [asdict(word) for word in self.words]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Heard:
        """Read what `to_json` wrote."""
        parts = {
            "words": tuple(Word(**word) for word in document["words"]),
            "quality": Quality(**document["quality"]),
            "delivery": Delivery(**document["delivery"]),
        }
        return cls(**{**document, **parts})


def join_words(words: Sequence[Word]) -> str:
    """Return the words as running text: no space beside a Chinese character."""
    text = ""
    for word in words:
        wide = not text or _WIDE.match(text[-1]) or _WIDE.match(word.text)
        text += word.text if wide else f" {word.text}"
    return text
