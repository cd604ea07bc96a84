from __future__ import annotations

import numpy as np
import pytest

from scoring.audio.kind import RATE
from scoring.audio.quality import judge, judge_speech
from scoring.engines.voice_activity import SileroDetector
from scoring.heard import Quality, Recognition, Word
from tests.recordings import clip, clipped, clips, with_noise

ADULTS = [one["id"] for one in clips() if one["age"] >= 16][::6]


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return SileroDetector()


def of(sound: np.ndarray, detector: SileroDetector) -> Quality:
    return judge(sound, detector.find(sound))


def test_real_recordings_are_good(detector: SileroDetector) -> None:
    verdicts = [of(clip(one), detector).verdict for one in ADULTS]

    assert verdicts.count("good") >= len(verdicts) - 1


def test_the_measured_ratio_follows_the_noise_that_was_mixed_in(detector: SileroDetector) -> None:
    spoken = clip(ADULTS[0])
    measured = [of(with_noise(spoken, snr), detector).snr_db for snr in (25, 15, 5)]

    assert all(snr is not None for snr in measured)
    assert measured == sorted(measured, reverse=True)  # type: ignore[type-var]
    for true, found in zip((25, 15, 5), measured, strict=True):
        # What was mixed in is measured against the whole clip, which holds pauses; what is found, against speech.
        assert found == pytest.approx(true + 2, abs=4)


def test_loud_noise_and_clipping_make_a_recording_poor(detector: SileroDetector) -> None:
    spoken = clip(ADULTS[0])

    assert of(with_noise(spoken, 2), detector).reason == "noise"
    assert of(clipped(spoken, 15), detector).reason == "clipping"
    assert of(clipped(spoken, -1), detector).verdict == "good"


def test_level_is_that_of_the_whole_in_decibels_under_full_scale(detector: SileroDetector) -> None:
    spoken = clip(ADULTS[0])

    louder, softer = of(spoken, detector), of(spoken / 10, detector)

    assert louder.level_db - softer.level_db == pytest.approx(20, abs=0.3)
    assert of(np.zeros(RATE, np.float32), detector).level_db == -99.0


def test_half_silence_is_half_the_speech(detector: SileroDetector) -> None:
    spoken = clip(ADULTS[0])

    alone, padded = of(spoken, detector), of(np.concatenate([spoken, np.zeros_like(spoken)]), detector)

    assert padded.speech_ratio == pytest.approx(alone.speech_ratio / 2, abs=0.05)


def recognised(confidence: float, **languages: float) -> Recognition:
    return Recognition((Word("word", 0, 1, confidence),), {"zh": 0.0, "en": 0.0, **languages})


POOR = Quality(5.0, 0.0, 0.7, -25.0, "poor", "noise")
GOOD = Quality(30.0, 0.0, 0.7, -25.0, "good", None)


def test_poor_sound_that_was_understood_can_be_used_and_that_was_not_cannot() -> None:
    assert judge_speech(POOR, recognised(0.8, en=0.9), 5.0).verdict == "poor"
    assert judge_speech(POOR, recognised(0.3, en=0.9), 5.0).verdict == "unusable"


def test_another_language_is_told_only_when_it_is_plain() -> None:
    french = judge_speech(GOOD, recognised(0.5, fr=0.99), 5.0)
    assert (french.verdict, french.reason) == ("unusable", "wrong_language")
    assert judge_speech(GOOD, recognised(0.5, fr=0.9, en=0.08), 5.0).verdict == "good"
    assert judge_speech(GOOD, recognised(0.9, vi=0.99), 5.0).verdict == "good"
    assert judge_speech(GOOD, recognised(0.5, vi=0.99), 0.8).verdict == "good"


def test_speech_without_a_word_is_noise() -> None:
    assert judge_speech(GOOD, Recognition((), {"en": 0.9}), 3.0).reason == "noise"
