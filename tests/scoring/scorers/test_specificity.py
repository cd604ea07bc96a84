from __future__ import annotations

import numpy as np
import pytest

from core.content import Language
from scoring.scorers.specificity import Specificity, specificity
from scoring.training.data import load_rated_answers, ratings_of, transcript_of
from scoring.transcript import read_answer


def facts(answer: str, language: Language) -> Specificity:
    return specificity(answer, read_answer(answer, "?").passages, language)


@pytest.mark.parametrize(
    ("answer", "language", "numbers", "times"),
    [
        ("去年三月我谈下来两个客户，每月多卖四十五万。", "zh", 2, 3),
        ("弄一个小时也有", "zh", 0, 1),
        ("我只用了十分钟就换好了皮带。", "zh", 1, 0),
        ("客户同意了八成。", "zh", 1, 0),
        ("In March I called the supplier, and we may go again in May.", "en", 0, 2),
        ("十分感谢，千万不要这样，万一出错就不好了", "zh", 0, 0),
        ("我们要端正态度，提高认识。", "zh", 0, 0),
        ("Last summer I took twelve calls a day and closed 3 deals.", "en", 2, 1),
        ("I am a hard worker and people like me.", "en", 0, 0),
    ],
)
def test_numbers_and_times_are_counted_once_each(answer: str, language: Language, numbers: int, times: int) -> None:
    found = facts(answer, language)
    assert (found.numbers, found.times) == (numbers, times)


def test_names_and_what_was_really_said_count_as_well() -> None:
    zh = facts("老张说找模具，我在ERP里查了，客户说“新的今天发出”。", "zh")
    assert (zh.names, zh.remarks) == (2, 1)
    en = facts('I rang Maria at Siemens, and she said "not before Friday".', "en")
    assert (en.names, en.remarks) == (3, 1)


def test_a_transcript_without_capitals_has_no_names_but_keeps_its_numbers() -> None:
    found = facts("so i rang maria at siemens she had twelve of them", "en")
    assert (found.names, found.numbers) == (0, 1)
    assert facts("I RANG MARIA AT SIEMENS", "en").names == 0


@pytest.mark.parametrize(("language", "least"), [("en", 0.30), ("zh", 0.35)])
def test_answers_that_raters_found_specific_have_more_facts(language: Language, least: float) -> None:
    rated = [a for a in load_rated_answers() if a.source == language]
    counted = [specificity(a.answer, transcript_of(a).passages, language).facts for a in rated]
    r = np.corrcoef(counted, ratings_of(rated)[:, 1:4].sum(1))[0, 1]
    print(f"facts, {language}: r {r:.2f}")
    assert r > least


def test_bigger_numbers_are_no_more_facts() -> None:
    assert facts("我卖了45台", "zh") == facts("我卖了45000台", "zh")
