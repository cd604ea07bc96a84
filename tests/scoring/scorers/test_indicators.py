from __future__ import annotations

from scoring.rubric import load_competency
from scoring.scorers.indicators import indicator_of


def test_a_quote_that_says_alike_is_named_after_the_indicator():
    competency = load_competency("resilience")
    phrase = competency.indicators_for.phrases("en")[0]
    assert indicator_of(phrase + ".", 3.2, competency, "en") == phrase


def test_a_quote_unlike_any_indicator_is_named_after_the_anchor_of_its_level():
    competency = load_competency("resilience")
    assert indicator_of("我们那天下午去仓库点货", 3.2, competency, "zh") == competency.anchor(3, "zh")


def test_a_competency_without_a_library_has_no_indicator():
    assert indicator_of("I counted the boxes", 3.0, None, "en") == ""
