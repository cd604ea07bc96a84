"""What the words of a rubric give away: caught where it is there, and not where it only looks so."""

from __future__ import annotations

import pytest

from core.content import Language
from scoring.competency_rules.wording import (
    behaviour,
    forbidden_topics,
    hypothetical_words,
    leading_words,
    mirrors,
    same_behaviour,
    second_ask,
    words_about_the_past,
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "您遇到过什么困难？后来怎么解决的？"),
        ("zh", "请讲一次您遇到困难的经历，您是怎么解决的？"),
        ("zh", "请讲一次您带新人的经历，并说说您学到了什么。"),
        ("zh", "如果货晚到了，您会怎么跟客户讲，又会怎么避免再发生？"),
        ("zh", "您会怎么处理以及为什么这样处理？"),
        ("en", "What was the problem? How did you solve it?"),
        ("en", "Tell me about a problem you met and how you solved it."),
        ("en", "What would you do and why?"),
        ("en", "Describe a conflict at work. What did you learn from it?"),
    ],
)
def test_two_asks_in_one_question_are_noticed(language: Language, text: str) -> None:
    assert second_ask(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "请讲一次您多问几句，才弄清客户真正需要什么的经历。"),
        ("zh", "如果客户大声说你们骗人，而您还不知道是怎么回事，您会怎么处理？"),
        ("zh", "如果您准备了两周的方案被推翻，您会怎么办？"),
        ("zh", "如果要您估多久、要几个人，明天就要报数，您会怎么估？"),
        ("en", "Tell me about a time you worked out which of two reports was right."),
        ("en", "If a customer refuses and walks out, what would you do?"),
        ("en", "You must say how long it takes and how many people it needs. How would you arrive at a figure?"),
    ],
)
def test_a_premise_with_question_words_is_no_second_ask(language: Language, text: str) -> None:
    assert not second_ask(text, language)


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("zh", "难道您没有带过新人吗？", "难道"),
        ("zh", "团队很重要，对吧？", "对吧"),
        ("en", "Surely you have helped a colleague?", "Surely"),
        ("en", "Wouldn't you tell your boss first?", "Wouldn't you"),
    ],
)
def test_leading_words_are_named(language: Language, text: str, words: str) -> None:
    assert leading_words(text, language) == words


def test_asking_how_one_would_know_whether_it_is_right_is_not_leading() -> None:
    assert leading_words("没有人教，您怎么知道自己做得对不对？", "zh") is None


def test_an_imagined_case_is_told_from_a_past_one() -> None:
    assert hypothetical_words("如果客户不满意，您会怎么做？", "zh") == "如果"
    assert hypothetical_words("What would you do with a late delivery?", "en") == "What would you"
    assert hypothetical_words("请讲一次客户不满意的经历。", "zh") is None
    assert words_about_the_past("Tell me about a time you were late.", "en") == "Tell me about a time"
    assert words_about_the_past("一位客户不满意，您会怎么做？", "zh") is None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("您结婚了吗？", "marriage"),
        ("Are you married?", "marriage"),
        ("您打算什么时候要孩子？", "children and family"),
        ("How many children do you have?", "children and family"),
        ("您今年多大？", "age"),
        ("How old are you?", "age"),
        ("您老家是哪里的？", "native place and origin"),
        ("Where are you originally from?", "native place and origin"),
        ("您有宗教信仰吗？", "religion and politics"),
        ("Do you go to church?", "religion and politics"),
        ("您的健康状况怎么样？", "health"),
        ("Do you have any illness?", "health"),
        ("您的性别是？", "gender"),
    ],
)
def test_a_forbidden_topic_is_named(text: str, topic: str) -> None:
    assert [found.en for found, _ in forbidden_topics(text)] == [topic]


@pytest.mark.parametrize(
    "text",
    ["影响有多大？", "这一项占多少分量？", "Which point would carry the most weight?", "Where did it come from?"],
)
def test_everyday_words_touch_no_forbidden_topic(text: str) -> None:
    assert list(forbidden_topics(text)) == []


def test_praise_alone_is_no_behaviour() -> None:
    assert behaviour("沟通能力非常好。", "zh") == ""
    assert behaviour("Communicates very well.", "en") == ""
    assert behaviour("先问客户用在哪里，再给两个方案。", "zh")


def test_anchors_that_differ_in_degree_alone_show_the_same_behaviour() -> None:
    assert same_behaviour("能很好地听取客户意见并作出回应。", "能非常好地听取客户意见并作出回应。", "zh")
    assert same_behaviour("Often listens to customers and answers.", "Always listens to customers and answers.", "en")
    assert not same_behaviour("只听，不作回应。", "复述客户的话，再给两个选择。", "zh")


def test_the_same_marks_digits_and_proportions_are_a_mirror() -> None:
    assert mirrors("首先，我们检查机器，然后，我们写报告。", "First, we check the machine, then, we write the report.")
    assert not mirrors(
        "机器先查，报告后写，别弄反。", "Check the machine first. The report, which nobody reads, comes later."
    )
    assert not mirrors("先查3台，再写报告，然后交。", "Check 5 of them, write it up, hand it in.")
