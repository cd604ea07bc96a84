from __future__ import annotations

from scoring.audio.kind import RATE
from scoring.engines.voice_activity import Stretch
from scoring.engines.whisper import is_echo, passed_over, speech_chunks
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


def test_hot_words_that_come_back_from_silence_are_no_words_of_the_candidates() -> None:
    hot_words = ["销售代表", "Sales Representative", "Hangzhou"]

    assert is_echo("销售代表", [0.11], hot_words)  # as seen after a recording that never speaks of it
    assert is_echo(" Sales Representative, Hangzhou.", [0.2, 0.1, 0.3], hot_words)
    assert not is_echo("销售代表", [0.9], hot_words)  # somebody who says so
    assert not is_echo("我是销售代表", [0.1, 0.1, 0.1], hot_words)
    assert not is_echo("。", [0.1], hot_words)
