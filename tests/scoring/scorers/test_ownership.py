from __future__ import annotations

import numpy as np
import pytest

from core.content import Language
from scoring.scorers.ownership import Ownership, ownership
from scoring.training.data import load_rated_answers, ratings_of, transcript_of
from scoring.transcript import read_answer


def voices(answer: str, language: Language) -> Ownership:
    return ownership(read_answer(answer, "?").plain, language)


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        ("我先去车间看了半天。我把被拒的原因写下来，我给他打了电话。", "zh"),
        ("我先去车间看了半天 我把被拒的原因写下来 我给他打了电话", "zh"),
        ("I rang the office. I wrote it down, and I took the parcel round myself.", "en"),
        ("i rang the office i wrote it down and i took the parcel round myself", "en"),
    ],
)
def test_own_deeds_are_counted_with_and_without_punctuation(answer: str, language: Language) -> None:
    found = voices(answer, language)
    assert (found.own, found.shared) == (3, 0)
    assert found.share > 0.8


@pytest.mark.parametrize(
    ("answer", "language"),
    [("我们团结一心，我们一起改推送，我们最后评上了。", "zh"), ("We met, we split the work and we finished it.", "en")],
)
def test_we_is_told_apart_from_i(answer: str, language: Language) -> None:
    found = voices(answer, language)
    assert (found.own, found.shared) == (0, 3)


def test_what_one_should_do_is_nobodys_deed() -> None:
    assert voices("遇到这种情况应该先冷静，要多沟通，必须以客户为中心。", "zh") == Ownership(0, 0, 3)
    assert voices("You should listen, and people need to be patient.", "en").own == 0


def test_an_opinion_is_no_deed() -> None:
    assert voices("I think that I am a good listener. I believe in teamwork.", "en").own == 0
    assert voices("我觉得我是一个很有责任心的人，我非常重视团队。", "zh").own == 0


def test_our_company_says_where_and_not_who() -> None:
    assert voices("我们公司在杭州，我们店有六张台子。", "zh").shared == 0


@pytest.mark.parametrize(("language", "least"), [("en", 0.55), ("zh", 0.40)])
def test_the_share_of_own_deeds_goes_with_what_the_raters_found(language: Language, least: float) -> None:
    rated = [a for a in load_rated_answers() if a.source == language]
    shares = [ownership(transcript_of(a).plain, language).share for a in rated]
    r = np.corrcoef(shares, ratings_of(rated)[:, 4])[0, 1]
    print(f"own deeds, {language}: r {r:.2f}")
    assert r > least
