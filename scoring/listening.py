"""The front door for recordings: bytes in, what was heard out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.content import Language
from core.settings import ModelSettings
from scoring.audio.decoding import Probe, Samples, decode, probe
from scoring.audio.kind import RATE
from scoring.audio.quality import judge, judge_speech
from scoring.audio.refusals import RecordingRefused
from scoring.engines.packaged_whisper import NAME, packaged_whisper
from scoring.engines.speech_recogniser import WHISPER, SpeechRecogniser, load_recogniser
from scoring.engines.voice_activity import SileroDetector, VoiceActivityDetector
from scoring.engines.whisper import WhisperRecogniser
from scoring.heard import Delivery, Heard, Quality, Word, join_words
from scoring.scorers.delivery import DeliveryHead, DeliveryScorer

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
        """Load the recogniser that the settings name, or the packaged one (a second, about 250 MB).

        Raises:
            RecogniserMissing, RecogniserPackagesMissing, DeliveryHeadMissing: one sentence says what to do.
        """
        chosen = settings or ModelSettings()
        recogniser = load_recogniser(chosen)
        chinese = load_recogniser(chosen, "zh") if chosen.recogniser_zh else None
        # The head for delivery reads the states of the packaged model, whatever recognises the words.
        packaged = isinstance(recogniser, WhisperRecogniser) and recogniser.name == NAME
        encoder = recogniser if packaged else WhisperRecogniser(packaged_whisper(WHISPER), NAME)
        assert isinstance(encoder, WhisperRecogniser)
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
        heard = Heard("", None, (), round(len(samples) / RATE, 2), quality, Delivery(), self._name(language))
        if quality.verdict == "unusable":
            return heard
        recogniser = self._chinese if language == "zh" else self._recogniser
        recognised = recogniser.recognise(samples, language=language, hot_words=hot_words)
        words = recognised.words
        quality = judge_speech(quality, recognised, activity.speech_s)
        if quality.verdict == "unusable":
            return replace(heard, quality=quality)
        spoken = language_of(words)
        delivery = self._delivery.score(samples, activity, words, spoken)
        if quality.verdict != "good":
            delivery = Delivery(pace_wpm=delivery.pace_wpm, pause_ratio=delivery.pause_ratio)
        return replace(
            heard,
            transcript=join_words(words),
            language=spoken,
            words=words,
            quality=quality,
            delivery=delivery,
        )

    def _name(self, language: Language | None) -> str:
        return f"{(self._chinese if language == 'zh' else self._recogniser).name}, {self._delivery.name}"


def language_of(words: Sequence[Word]) -> Language | None:
    """Return the language of most words, a Chinese character counting as one; None without words."""
    if not words:
        return None
    chinese = sum(len(_CHINESE.findall(word.text)) for word in words)
    return "zh" if chinese > sum(not _CHINESE.search(word.text) for word in words) else "en"
