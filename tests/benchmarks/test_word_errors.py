from __future__ import annotations

from benchmarks.word_errors import Utterance, count, rate_of, summed_up


def test_a_word_put_in_left_out_or_exchanged_is_one_error_each() -> None:
    assert count("We climbed one step up a ladder", "we have climbed one step up the ladder") == (2, 8)
    assert count("we we climbed", "we climbed") == (1, 2)
    assert count("", "this is a good step") == (5, 5)


def test_spelling_and_fillers_are_no_errors() -> None:
    assert count("It's over, um, twenty one!", "it is over 21")[0] == 0


def test_the_rate_is_over_all_words_and_its_range_over_speakers() -> None:
    same = [Utterance("a", 1, 10, False), Utterance("a", 3, 10, True), Utterance("b", 2, 10, False)]
    found = summed_up(same)
    assert (found.rate, found.words, found.speakers, found.refused) == (0.2, 30, 2, 1)
    assert (found.low, found.high) == (0.2, 0.2)
    wide = summed_up([Utterance("a", 0, 10, False), Utterance("b", 4, 10, False)])
    assert wide.low < wide.rate < wide.high
    assert rate_of([(1, 10), (3, 30)]) == 0.1
