from __future__ import annotations

import numpy as np
import pytest

from scoring.assess import AnswerScorer
from scoring.engines.rating_head import level_for_the_question, sure_of_the_question
from scoring.score import AnswerScore, AnswerToScore

ANGRY_CUSTOMER = {
    "en": (
        "Tell me about a time you had to deal with an unhappy customer.",
        "How do you keep your technical skills up to date outside of work?",
        "A customer called in a rage because 40 boxes had arrived wet. I listened, asked for photos, found that our driver "
        "had left the tarpaulin off, told the customer so and sent new boxes the same day. He stayed with us.",
    ),
    "zh": (
        "请讲一次你和一位不满意的客户沟通的经历。",
        "如果公司下个月换一套你完全没用过的系统，你会怎么学？",
        "有个老客户打电话来骂，说四十箱货都湿了。我让他拍照，查到是司机没盖雨布，当场跟他道歉，下午就补发了一批。后来他续了合同。",
    ),
}


def put(scorer: AnswerScorer, question: str, answer: str) -> AnswerScore:
    return scorer.score([AnswerToScore("customer_communication", question, answer)])[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_good_story_beside_another_question_is_less_relevant_no_higher_and_less_sure(scorer, language):
    own, other, answer = ANGRY_CUSTOMER[language]
    right, wrong = put(scorer, own, answer), put(scorer, other, answer)
    assert right.level is not None
    assert wrong.level is not None
    assert wrong.relevance < right.relevance - 0.2
    assert wrong.level <= right.level
    assert wrong.confidence < right.confidence


def test_an_answer_that_surely_misses_the_question_shows_nothing_and_a_likely_one_keeps_its_level():
    levels, odds = np.array([4.0, 4.0, 4.0, 4.0]), np.array([-6.0, -3.5, -2.0, 3.0])
    assert level_for_the_question(levels, odds, np.array([-5.0, -2.0])).tolist() == [1.0, 2.5, 4.0, 4.0]


def test_doubt_about_the_question_is_doubt_about_the_level():
    sure = sure_of_the_question(np.array([0.9, 0.9]), np.array([-5.0, 5.0]))
    assert sure[0] < 0.3
    assert sure[1] == pytest.approx(0.9, abs=0.01)
