"""What candidates are told: true quotes, no figures, nothing of the rubric."""

from __future__ import annotations

import re

import pytest

from core.content import Language
from scoring.feedback import Addressee, Outcome, tell_candidate, tip_for
from scoring.findings import AnswerFacts, CompetencyFacts, ReportFacts
from scoring.rubric import load_competency
from scoring.score import Star, Telling

TO = Addressee("林晓芸", "销售代表", None)


def answer(level: float | None, *quotes: str, star: Star | None = None, telling: Telling | None = None) -> AnswerFacts:
    return AnswerFacts(1, "structured", level, star or Star(2, 2, 2), 2.0, quotes, None, telling)


def competency(key: str, level: float | None, *answers: AnswerFacts) -> CompetencyFacts:
    return CompetencyFacts(key, load_competency(key).title, level, 3.0, 0.8, answers, ())


def facts(*competencies: CompetencyFacts) -> ReportFacts:
    return ReportFacts(71.3, 71.3, False, 80.0, "mid", "mid", competencies, "model-x", 1)


MIXED = facts(
    competency("results", 3.9, answer(3.9, "每周五对一次数", "年底做到了两倍的业绩")),
    competency("resilience", 1.4, answer(1.4, "被拒绝就算了", star=Star(2, 2, 0))),
    competency("customer_communication", 3.2, answer(3.2, "我先去车间看了半天")),
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("outcome", ["advance", "reject"])
def test_no_score_level_pay_or_anchor_is_told_and_nobody_is_eliminated(outcome: Outcome, language: Language) -> None:
    told = tell_candidate(MIXED, outcome, TO, language)
    assert not re.search(r"71|80|3\.9|1\.4|model-x|淘汰|薪|pay\b|匹配度|及格线|level|\{|\}", told)
    for each in MIXED.competencies:
        for level in (1, 2, 3, 4, 5):
            assert load_competency(each.key).anchors[level].text(language) not in told  # type: ignore[index]
    assert ("暂不匹配" in told or "not a match at present" in told) is (outcome == "reject")
    assert re.search("申请人工复核|Ask for a human review", told)


def test_two_strengths_stand_in_the_candidates_own_words_and_a_poor_answer_is_none() -> None:
    told = tell_candidate(MIXED, "reject", TO, "zh")
    assert "· 结果导向：您提到“年底做到了两倍的业绩”" in told
    assert "· 客户沟通：您提到“我先去车间看了半天”" in told
    assert "被拒绝就算了" not in told


def test_one_story_told_twice_is_held_up_once() -> None:
    told = tell_candidate(
        facts(competency("results", 3.9, answer(3.9, "同一件事")), competency("resilience", 3.2, answer(3.2, "同一件事"))),
        "advance", TO, "zh",
    )  # fmt: skip
    assert told.count("同一件事") == 1


def test_masked_passages_are_not_quoted() -> None:
    told = tell_candidate(
        facts(competency("results", 4.0, answer(4.0, "原来的工资是██元", "我拆到每个月"))), "advance", TO, "zh"
    )
    assert "█" not in told
    assert "我拆到每个月" in told


def test_without_anything_to_quote_the_strengths_are_left_out() -> None:
    told = tell_candidate(facts(competency("results", None, answer(None))), "reject", TO, "zh")
    assert "讲得比较好" not in told
    assert "从头讲到尾" in told


@pytest.mark.parametrize(
    ("given", "tip"),
    [
        (answer(2.0, star=Star(2, 2, 0.5)), "result"),
        (answer(2.0, star=Star(2, 0.5, 1)), "action"),
        (answer(2.0, star=Star(0, 1, 1)), "situation"),
        (answer(2.0, telling=Telling(0.5, 1, 4, 0, 2, 0, 0, 0)), "own"),
        (answer(2.0, telling=Telling(2, 3, 0, 0, 0, 0, 0, 0)), "numbers"),
        (answer(2.0, telling=Telling(2, 3, 0, 0, 2, 0, 0, 0)), "more"),
        (answer(None), "more"),
    ],
)
def test_the_tip_is_what_the_weakest_answer_lacks_most(given: AnswerFacts, tip: str) -> None:
    assert (
        tip_for(competency("results", 2.0, answer(4.0), given) if given.level else competency("results", None, given))
        == tip
    )


def test_a_plan_gets_the_tips_of_a_plan() -> None:
    plan = AnswerFacts(1, "situational", 2.0, Star(2, 2, 0), 2.0, (), None)
    assert tip_for(competency("results", 2.0, plan)) == "check"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_held_up_as_good_and_as_weak_at_once(language: Language) -> None:
    told = tell_candidate(MIXED, "reject", TO, language)
    for each in MIXED.competencies:
        assert told.count(each.title.text(language)) == 1


def test_competencies_with_the_same_tip_share_a_line() -> None:
    told = tell_candidate(
        facts(
            competency("results", 1.5, answer(1.5, star=Star(2, 2, 0))),
            competency("resilience", 1.8, answer(1.8, star=Star(2, 2, 0))),
        ),
        "reject",
        TO,
        "zh",
    )
    assert told.count("再补上结果") == 1
    assert "· 结果导向、抗压韧性：" in told


def test_the_company_is_introduced_where_the_position_says_so() -> None:
    assert "关于我们：我们做工业软件。" in tell_candidate(
        MIXED, "advance", Addressee("李雷", "销售", "我们做工业软件。"), "zh"
    )
    assert "关于我们" not in tell_candidate(MIXED, "advance", TO, "zh")
