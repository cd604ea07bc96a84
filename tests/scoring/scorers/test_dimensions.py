from __future__ import annotations

import pytest

from core.content import Language
from scoring.rubric import load_competency, load_library
from scoring.scorers.dimensions import dimensions_shown
from scoring.transcript import read_answer

ZH = (
    "客户一直说嫌贵，我没急着降价，先问他一天要用几回，才知道他怕的是坏了没人修。我给他讲清楚保修怎么走，他当天就签了。"
)
EN = "He kept saying it was too dear. I asked him how often he used it. Then I explained what the guarantee covers."


def shown(answer: str, competency: str = "customer_communication", language: Language = "zh") -> dict[str, list[str]]:
    """Dimension to passages."""
    found: dict[str, list[str]] = {}
    passages = read_answer(answer, "?").passages
    for each in dimensions_shown(answer, (), passages, load_competency(competency), language):
        found.setdefault(each.key, []).append(answer[each.start : each.end])
    return found


@pytest.mark.parametrize(("answer", "language"), [(ZH, "zh"), (EN, "en")])
def test_each_dimension_is_shown_by_the_passage_that_speaks_of_it(answer: str, language: Language) -> None:
    found = shown(answer, language=language)
    assert set(found) == {"needs_discovery", "clarity"}
    assert any("问他" in text or "asked him" in text for text in found["needs_discovery"])
    assert any("讲清楚" in text or "explained" in text for text in found["clarity"])


def test_a_transcript_without_punctuation_shows_the_same() -> None:
    spoken = ZH.replace("，", " ").replace("。", " ")
    assert set(shown(spoken)) == set(shown(ZH))
    assert set(shown(EN.lower().replace(".", ""), language="en")) == set(shown(EN, language="en"))


def test_what_was_not_done_shows_nothing() -> None:
    assert shown("我没问他要什么就走了") == {}
    assert shown("I never asked him anything.", language="en") == {}


def test_a_quote_is_not_named_once_more_by_its_parts() -> None:
    passages = read_answer(ZH, "?").passages
    quote = passages[0]
    found = dimensions_shown(ZH, [quote], [quote, *passages[1:]], load_competency("customer_communication"), "zh")
    assert len({(each.key, each.start) for each in found}) == len(found)


def test_every_dimension_of_the_library_has_cues_of_its_own_in_both_languages() -> None:
    for competency in load_library().values():
        for language in ("zh", "en"):
            cues = [set(dimension.cues.phrases(language)) for dimension in competency.dimensions]  # type: ignore[arg-type]
            assert min(map(len, cues)) >= 8, competency.key


def test_nothing_is_shown_of_a_competency_that_the_library_does_not_describe() -> None:
    assert dimensions_shown(ZH, (), read_answer(ZH, "?").passages, None, "zh") == ()
