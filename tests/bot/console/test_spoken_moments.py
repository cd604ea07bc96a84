from __future__ import annotations

from bot.console.spoken_moments import moment_of, sentences_of
from scoring.heard import Word

ZH = (
    Word("刚到", 0.5, 0.9, 0.9),
    Word("宁波，", 0.9, 1.3, 0.9),
    Word("头两个月一单没开。", 1.4, 2.8, 0.9),
    Word("后来", 3.0, 3.4, 0.9),
    Word("我先约", 5.0, 5.6, 0.9),
    Word("生产主管。", 5.6, 6.4, 0.9),
)


def test_sentences_end_at_full_stops_and_at_long_pauses() -> None:
    assert [(s.text, s.start) for s in sentences_of(ZH)] == [
        ("刚到宁波，头两个月一单没开。", 0.2),
        ("后来", 2.7),
        ("我先约生产主管。", 4.7),
    ]


def test_speech_without_a_full_stop_is_cut_before_it_gets_long() -> None:
    words = [Word(f"word{n}", n, n + 0.9, 0.9) for n in range(60)]
    assert [s.start for s in sentences_of(words)] == [0.0, 19.7, 39.7]


def test_a_quote_is_found_whatever_its_punctuation() -> None:
    assert moment_of("头两个月，一单没开", ZH) == 1.1
    assert moment_of("我先约生产主管", ZH) == 4.7


def test_a_corrected_quote_begins_where_its_beginning_was_recognised() -> None:
    assert moment_of("头两个月一单没签", ZH) == 1.1


def test_what_was_not_said_has_no_moment() -> None:
    assert moment_of("我拆到每个月十五万", ZH) is None
    assert moment_of("", ZH) is None
    assert moment_of("后来", ()) is None
