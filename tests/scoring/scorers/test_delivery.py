from __future__ import annotations

import itertools

import numpy as np
import pytest

from scoring.audio.kind import RATE
from scoring.engines.voice_activity import HOP, Activity, Stretch
from scoring.heard import Word
from scoring.listening import Listener
from scoring.scorers.delivery import (
    PHRASE_S,
    DeliveryScorer,
    cut,
    intelligibility_of,
    pace_of,
    pause_ratio_of,
    phrases_of,
)
from scoring.scorers.delivery_features import NAMES, phrase_features
from tests.recordings import clip, clips, long_recording


def activity(*stretches: tuple[float, float], seconds: float) -> Activity:
    at = np.arange(int(np.ceil(seconds * RATE / HOP))) * HOP / RATE
    spoken = np.zeros(len(at), np.float32)
    for start, end in stretches:
        spoken[(at >= start) & (at < end)] = 1
    return Activity(spoken, tuple(Stretch(*stretch) for stretch in stretches))


def words(*texts: str, seconds: float = 1.0) -> list[Word]:
    step = seconds / len(texts)
    return [Word(text, i * step, (i + 1) * step, 0.5 + 0.1 * (i % 2)) for i, text in enumerate(texts)]


def test_pace_counts_words_in_english_and_characters_in_chinese() -> None:
    assert pace_of(words("I'm", "well-known,", "there.", seconds=2)) == 90
    assert pace_of(words("我", "负责", "Python", "后端。", seconds=3)) == 120
    assert pace_of(words("Yes.", "No.")) is None


def test_pauses_are_silences_between_the_first_and_the_last_speech() -> None:
    spoken = activity((2.0, 4.0), (4.1, 5.0), (6.0, 7.0), seconds=20)

    assert pause_ratio_of(spoken) == pytest.approx(1.0 / 5.0)
    assert pause_ratio_of(activity(seconds=3)) is None


def test_a_short_recording_is_one_phrase_and_a_long_one_is_cut_at_its_pauses() -> None:
    short = activity((0.5, 2), (3, 4), seconds=6)
    long = activity((1, 7), (8, 10), (10.1, 13), (15, 21), (22, 23), seconds=24)

    assert phrases_of(short, 6.0) == [Stretch(0.0, 6.0)]
    found = phrases_of(long, 24.0)
    assert len(found) == 3
    assert all(phrase.seconds >= PHRASE_S for phrase in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    for stretch in long.stretches:
        assert any(phrase.start <= stretch.start and stretch.end <= phrase.end for phrase in found)


def test_a_phrase_keeps_its_own_speech_and_probabilities() -> None:
    spoken = activity((1, 7), (8, 10), seconds=11)
    samples = np.arange(11 * RATE, dtype=np.float32)

    sound, inside = cut(samples, spoken, Stretch(7.5, 10.5))

    assert len(sound) == pytest.approx(3 * RATE, abs=2 * HOP)
    assert inside.speech_s == pytest.approx(2.0, abs=0.05)
    assert inside.stretches[0].start == pytest.approx(0.5, abs=0.04)
    assert sound[0] % HOP == 0


def test_rhythm_and_melody_do_not_change_when_silence_is_put_around_a_phrase(listener: Listener) -> None:
    spoken = clip(clips()[12]["id"])
    silence = np.zeros(4 * HOP * 10, np.float32)
    found = [
        dict(zip(NAMES, phrase_features(x, listener._detector.find(x)), strict=True))
        for x in (spoken, np.concatenate([silence, spoken, silence]))
    ]

    for name in ("ratio", "f0_med", "voiced", "e_sd", "art_rate", "sp_rate", "npvi"):
        assert found[1][name] == pytest.approx(found[0][name], rel=0.15, abs=0.05), name


def test_the_most_fluent_speaker_is_told_from_the_least_fluent(listener: Listener) -> None:
    speakers = [clips()[0]["speaker"], clips()[24]["speaker"]]
    means = [np.mean([np.mean(c["fluency"]) for c in clips() if c["speaker"] == speaker]) for speaker in speakers]
    rated = []
    for speaker in speakers:
        for one in [c for c in clips() if c["speaker"] == speaker][:3]:
            samples = clip(one["id"])
            rated.append(_rate(listener._delivery, listener, samples))

    assert means[1] - means[0] > 2
    assert min(fluency for fluency, _ in rated[3:]) > max(fluency for fluency, _ in rated[:3])
    assert np.mean([prosody for _, prosody in rated[3:]]) - np.mean([prosody for _, prosody in rated[:3]]) > 15


def _rate(scorer: DeliveryScorer, listener: Listener, samples: np.ndarray) -> tuple[float, float]:
    return scorer._rate(samples, listener._detector.find(samples))


def test_a_long_answer_is_judged_as_its_sentences_are(listener: Listener) -> None:
    speaker = clips()[12]["speaker"]
    sentences = [c["id"] for c in clips() if c["speaker"] == speaker]
    alone = np.mean([_rate(listener._delivery, listener, clip(one)) for one in sentences], axis=0)
    together = _rate(listener._delivery, listener, long_recording(speaker, seconds=300))

    assert together == pytest.approx(alone, abs=8)


def test_chinese_has_pace_and_pauses_only(listener: Listener) -> None:
    samples = clip(clips()[0]["id"])
    spoken = listener._detector.find(samples)

    scored = listener._delivery.score(samples, spoken, words("我", "们", "开", "始", seconds=2), "zh")

    assert scored.pace_wpm == 120
    assert scored.pause_ratio is not None
    assert (scored.fluency, scored.prosody, scored.intelligibility) == (None, None, None)


def test_intelligibility_weighs_long_words_more() -> None:
    assert intelligibility_of([Word("a", 0, 1, 0.0), Word("nine-letter", 0, 1, 1.0)]) == pytest.approx(91.7, abs=0.1)
