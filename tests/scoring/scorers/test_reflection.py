from __future__ import annotations

import pytest

from core.content import Language
from scoring.scorers.reflection import reflection
from scoring.transcript import read_answer


def lesson(answer: str, language: Language) -> str | None:
    found = reflection(answer, read_answer(answer, "?").passages, language)
    return answer[found.start : found.end] if found else None


@pytest.mark.parametrize(
    ("answer", "language", "words"),
    [
        ("位子调错了。从那以后我调座位之前都先问本人一句。", "zh", "从那以后"),
        ("没全回来 从那以后我调座位之前都先问本人一句", "zh", "从那以后"),
        ("报价晚了两天，丢了单子。这件事让我明白要先问清楚客户的要求。", "zh", "让我明白"),
        ("We lost the file. Since then I photograph every strip-down.", "en", "Since then"),
        ("it was ordered too late i should have asked in march", "en", "should have"),
    ],
)
def test_a_look_back_is_found_where_it_stands(answer: str, language: Language, words: str) -> None:
    assert words in (lesson(answer, language) or "")


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        ("后来他就没再来了。", "zh"),
        ("实现从要我学到我要学的跨越。", "zh"),
        ("I realized I had missed the deadline and sent it anyway.", "en"),
        ("I always learned.", "en"),
    ],
)
def test_a_story_that_goes_on_is_no_look_back(answer: str, language: Language) -> None:
    assert lesson(answer, language) is None


def test_the_whole_sentence_is_returned() -> None:
    said = (
        "We lost by far. I learned that knowing we were there to have fun mattered more than winning to all of them,"
        " and I told them so."
    )
    assert (lesson(said, "en") or "").startswith("I learned that")
    assert (lesson(said, "en") or "").endswith("told them so.")
