"""The front door for recordings: bytes in, what was heard out. Importing it is cheap; `Listener.load` is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from core.content import Language
from core.settings import ModelSettings
from scoring.audio.decoding import Probe, Samples, decode, probe
from scoring.audio.kind import RATE
from scoring.audio.quality import judge, judge_speech
from scoring.audio.refusals import RecordingRefused
from scoring.heard import Delivery, Heard, Quality, Word, join_words

if TYPE_CHECKING:  # a recogniser and torch: the app, which only probes, does without
    from scoring.engines.speech_recogniser import SpeechRecogniser
    from scoring.engines.voice_activity import VoiceActivityDetector
    from scoring.scorers.delivery import DeliveryScorer

__all__ = ["Delivery", "Heard", "Listener", "Probe", "Quality", "RecordingRefused", "Word", "probe"]

_CHINESE: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


class Listener:
    """Hears recordings: decoding, quality, voice activity, transcription, delivery."""

    def __init__(
        self,
        detector: VoiceActivityDetector,
        recogniser: SpeechRecogniser,
        delivery: DeliveryScorer,
        chinese: SpeechRecogniser | None = None,
    ) -> None:
        """`chinese` recognises what is expected to be Chinese, where it is another engine."""
        self._detector = detector
        self._recogniser = recogniser
        self._chinese = chinese or recogniser
        self._delivery = delivery

    @classmethod
    def load(cls, settings: ModelSettings | None = None) -> Listener:
        """Load the recogniser that the settings name, or the packaged one (seconds, about 600 MB with torch).

        Raises:
            RecogniserMissing, RecogniserPackagesMissing, DeliveryHeadMissing: one sentence says what to do.
        """
        from scoring.engines.packaged_whisper import NAME, packaged_whisper
        from scoring.engines.speech_recogniser import WHISPER, load_recogniser
        from scoring.engines.voice_activity import SileroDetector
        from scoring.engines.whisper import WhisperRecogniser
        from scoring.scorers.delivery import DeliveryHead, DeliveryScorer

        chosen = settings or ModelSettings()
        recogniser = load_recogniser(chosen)
        chinese = load_recogniser(chosen, "zh") if chosen.recogniser_zh else None
        # The head for delivery reads the states of the packaged model, whatever recognises the words.
        if isinstance(recogniser, WhisperRecogniser) and recogniser.name == NAME:
            encoder = recogniser
        else:
            encoder = WhisperRecogniser(packaged_whisper(WHISPER), NAME)
        return cls(SileroDetector(), recogniser, DeliveryScorer(encoder, DeliveryHead()), chinese)

    def listen(self, data: bytes, *, language: Language | None, hot_words: Sequence[str] = ()) -> Heard:
        """Hear one recording. `language` is the interview's (None: find out); `hot_words` are likely words, such as
        names from the position and the résumé.

        Raises:
            RecordingRefused: empty, truncated, no audio, a video, over 20 MB or over 10 minutes.
            DecodersBusy: try again later.
        """
        return self.hear(decode(data), language=language, hot_words=hot_words)

    def hear(self, samples: Samples, *, language: Language | None, hot_words: Sequence[str] = ()) -> Heard:
        """The same for sound that is decoded already: mono, 16 kHz."""
        activity = self._detector.find(samples)
        quality = judge(samples, activity)
        recogniser = self._chinese if language == "zh" else self._recogniser
        model = f"{recogniser.name}, {self._delivery.name}"
        unheard = Heard("", None, (), round(len(samples) / RATE, 2), quality, Delivery(), model)
        if quality.verdict == "unusable":
            return unheard
        recognised = recogniser.recognise(samples, activity.stretches, language=language, hot_words=hot_words)
        quality = judge_speech(quality, recognised, activity.speech_s)
        if quality.verdict == "unusable":
            return replace(unheard, quality=quality)
        words = recognised.words
        spoken = language_of(words)
        delivery = self._delivery.score(samples, activity, words, spoken)
        if quality.verdict != "good":
            delivery = Delivery(pace_wpm=delivery.pace_wpm, pause_ratio=delivery.pause_ratio)
        return replace(
            unheard,
            transcript=join_words(words),
            language=spoken,
            words=words,
            quality=quality,
            delivery=delivery,
        )


def language_of(words: Sequence[Word]) -> Language | None:
    """Return the language of most words, a Chinese character counting as one; None without words."""
    if not words:
        return None
    chinese = sum(len(_CHINESE.findall(word.text)) for word in words)
    return "zh" if chinese > sum(not _CHINESE.search(word.text) for word in words) else "en"
