from __future__ import annotations

from scoring.audio.kind import RATE
from scoring.engines.voice_activity import Stretch
from scoring.engines.whisper import passed_over, speech_chunks
from scoring.heard import Word


def test_long_silence_is_cut_out_and_short_pauses_and_margins_stay() -> None:
    chunks = speech_chunks([Stretch(0.1, 1.0), Stretch(1.5, 2.0), Stretch(4.0, 5.0)], 5 * RATE)

    assert chunks == [
        {"start": 0, "end": int(2.3 * RATE)},
        {"start": int(3.7 * RATE), "end": 5 * RATE},
    ]


def test_speech_without_a_word_is_heard_again_unless_it_is_a_cough() -> None:
    speech = [Stretch(0, 2), Stretch(3, 3.4), Stretch(5, 8)]

    assert passed_over(speech, [Word("hello", 0.5, 1.0, 0.9)]) == [Stretch(5, 8)]
    assert passed_over(speech, [Word("hello", 0.5, 6.0, 0.9)]) == []
