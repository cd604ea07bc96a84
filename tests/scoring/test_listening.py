from __future__ import annotations

import json

import numpy as np
import pytest

from scoring.audio.kind import RATE
from scoring.heard import Heard, Word, join_words
from scoring.listening import Listener, RecordingRefused, language_of
from tests.recordings import clip, clip_bytes, clipped, clips, encode, long_recording, music, with_noise


@pytest.fixture(scope="module")
def voice_note() -> str:
    """The adult clip that the raters found most fluent and that is long enough to be told from a cough."""
    adults = [one for one in clips() if one["age"] >= 16 and len(one["text"].split()) >= 6]
    best: str = max(adults, key=lambda one: (sum(one["fluency"]) / len(one["fluency"]), one["id"]))["id"]
    return best


@pytest.fixture(scope="module")
def heard(listener: Listener, voice_note: str) -> Heard:
    return listener.listen(clip_bytes(voice_note), language="en")


def test_a_voice_note_becomes_words_with_times_and_confidence(heard: Heard, voice_note: str) -> None:
    spoken = next(one["text"] for one in clips() if one["id"] == voice_note).lower().split()
    told = [word.text.lower().strip(".,?!") for word in heard.words]

    assert heard.language == "en"
    assert len(set(spoken) & set(told)) >= 0.7 * len(set(spoken))
    assert join_words(heard.words) == heard.transcript
    assert all(0 <= word.start < word.end <= heard.duration_s + 0.1 for word in heard.words)
    assert all(a.start <= b.start for a, b in zip(heard.words, heard.words[1:], strict=False))
    assert heard.confidence == pytest.approx(np.mean([word.confidence for word in heard.words]))


def test_a_good_recording_has_good_quality_and_every_part_of_delivery(heard: Heard) -> None:
    assert heard.quality.verdict == "good"
    assert heard.quality.reason is None
    assert heard.quality.snr_db is not None
    delivery = heard.delivery
    assert delivery.fluency is not None
    assert delivery.prosody is not None
    assert delivery.intelligibility is not None
    assert delivery.pace_wpm is not None
    assert delivery.fluency > 60
    assert 60 < delivery.pace_wpm < 300


def test_what_was_heard_survives_a_document(heard: Heard) -> None:
    assert Heard.from_json(json.loads(json.dumps(heard.to_json()))) == heard


def test_the_same_recording_is_heard_the_same_in_any_company(listener: Listener, heard: Heard, voice_note: str) -> None:
    listener.hear(clip(clips()[0]["id"]), language="zh")

    assert listener.listen(clip_bytes(voice_note), language="en") == heard


@pytest.mark.parametrize(
    ("sound", "reason"),
    [
        (np.zeros(6 * RATE, np.float32), "silence"),
        (np.random.default_rng(0).normal(0, 0.1, 6 * RATE).astype(np.float32), "noise"),
        (music(), "noise"),
        (np.zeros(RATE // 4, np.float32), "too_short"),
    ],
    ids=["silence", "noise", "music", "a click"],
)
def test_without_speech_there_are_no_invented_words(listener: Listener, sound: np.ndarray, reason: str) -> None:
    heard = listener.listen(encode(sound), language="zh")

    assert heard.words == ()
    assert heard.transcript == ""
    assert (heard.quality.verdict, heard.quality.reason) == ("unusable", reason)
    assert heard.delivery.pace_wpm is None


@pytest.mark.parametrize(("spoil", "reason"), [(with_noise, "noise"), (clipped, "clipping")])
def test_poor_sound_gets_no_score_for_delivery(listener: Listener, voice_note: str, spoil: object, reason: str) -> None:
    assert callable(spoil)
    heard = listener.listen(encode(spoil(clip(voice_note), 2.0 if reason == "noise" else 15.0)), language="en")

    assert heard.quality.reason == reason
    assert heard.quality.verdict != "good"
    assert heard.delivery.fluency is None
    assert heard.delivery.prosody is None


def test_words_stand_where_they_were_said_though_silence_was_cut_out(listener: Listener, voice_note: str) -> None:
    silence = np.zeros(5 * RATE, np.float32)
    spoken = clip(voice_note)

    heard = listener.hear(np.concatenate([silence, spoken, silence]), language="en")

    assert heard.words[0].start > 4.5
    assert heard.words[-1].end < 5.5 + len(spoken) / RATE
    assert heard.quality.speech_ratio < 0.5


def test_a_minute_of_speech_is_heard_to_its_end(listener: Listener) -> None:
    recording = long_recording(clips()[12]["speaker"], seconds=45.0)

    heard = listener.hear(recording, language="en")

    assert heard.duration_s > 40
    assert heard.words[-1].end > heard.duration_s - 3
    assert len(heard.words) > 60


def test_what_cannot_be_opened_is_refused_before_anything_is_heard(listener: Listener) -> None:
    with pytest.raises(RecordingRefused):
        listener.listen(b"", language="en")


def test_the_language_is_that_of_most_words() -> None:
    mixed = [Word(text, 0, 1, 1) for text in ("我", "用", "Python", "写", "后端")]

    assert language_of(mixed) == "zh"
    assert language_of([Word("I", 0, 1, 1), Word("like", 0, 1, 1), Word("豆腐", 0, 1, 1), Word("too", 0, 1, 1)]) == "en"
    assert language_of([]) is None
    assert join_words(mixed) == "我用Python写后端"
