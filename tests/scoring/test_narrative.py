from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content import Language
from scoring.findings import CLEAR_FROM, UNSPECIFIC_BELOW, AnswerFacts, DimensionFacts, clarity
from scoring.narrative import tell
from scoring.rubric import load_competency
from scoring.score import Star, Telling
from scoring.scorers.unscorable import TOO_SHORT
from tests.scoring.reports import build_answer, build_competency, build_report

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def test_a_strength_names_level_expectation_quote_and_what_is_specific() -> None:
    [chinese] = tell(build_report(), "zh").strengths
    assert chinese.text == (
        "抗压韧性高于岗位要求：评为3.4级，中级岗位要求3级。第1题中，“当月签了两家”最能说明这一点。"
        "背景和做法都讲得具体，只是没有讲出具体的结果。"
    )
    [english] = tell(build_report(), "en").strengths
    assert english.text == (
        "Resilience is above what the job needs: level 3.4 where mid calls for 3. Answer 1 shows it best: “当月签了两家”. "
        "It is specific about the situation and their own action, but not about the result."
    )


def test_a_weakness_says_what_is_lacking() -> None:
    weak = build_competency("results", build_answer(level=1.6, star=Star(1.8, 0.3, 0.1), quotes=()))
    [chinese] = tell(build_report(weak), "zh").weaknesses
    assert "与岗位要求差距较大" in chinese.text
    assert "没有讲出具体的做法和结果" in chinese.text
    assert "背景" not in chinese.text
    [english] = tell(build_report(weak), "en").weaknesses
    assert "is not specific about their own action or the result" in english.text


def test_an_answer_beside_the_question_is_called_that_and_nothing_else() -> None:
    weak = build_competency("results", build_answer(level=1.0, relevance=0.1, star=Star(0, 0, 0), quotes=()))
    told = tell(build_report(weak), "zh").weaknesses[0].text
    assert "几乎没有讲到题目要问的内容" in told
    assert "具体" not in told


def test_nothing_is_claimed_about_a_part_between_clear_and_unspecific() -> None:
    between = Star(1.2, 1.2, 1.2)
    for language in LANGUAGES:
        told = tell(build_report(build_competency("results", build_answer(star=between))), language).text()
        assert "具体" not in told
        assert "specific" not in told


def test_a_plan_is_not_blamed_for_lacking_a_situation() -> None:
    plan = build_answer(level=2.0, stage="situational", star=Star(0.0, 1.9, 0.0))
    told = tell(build_report(build_competency("results", plan)), "zh").weaknesses[0].text
    assert "没有讲出具体的预期效果" in told
    assert "背景" not in told
    assert "情况" not in told


def test_one_weak_answer_is_told_though_the_competency_meets_the_grade_and_the_other_way_round() -> None:
    strong, weak = build_answer(level=4.6), build_answer(number=2, level=2.0)
    report = tell(build_report(build_competency("results", strong, weak)), "zh")
    assert "结果导向总体达到要求，但第2题偏弱（2.0级）" in report.weaknesses[0].text
    weaker = build_answer(number=2, level=1.0)
    report = tell(build_report(build_competency("results", strong, weaker)), "zh")
    assert "结果导向总体未达要求，不过第1题达到了（4.6级）" in report.strengths[0].text


def test_a_hair_under_the_grade_is_not_shown_as_the_grade() -> None:
    close = build_competency("results", build_answer(level=2.97))
    assert "2.97" in tell(build_report(close), "zh").weaknesses[0].text


def test_what_could_not_be_scored_says_why_in_the_readers_language() -> None:
    unscored = build_competency(
        "results", build_answer(level=None, unscored_reason=TOO_SHORT.zh), unheard=((4, "skipped"), (5, "not_asked"))
    )
    report = build_report(unscored)
    assert tell(report, "zh").unscored[0].text == (
        "结果导向未评分，不算零分。第1题：回答只有几个字，看不出候选人做了什么，无法评分；候选人跳过了第4题；第5题没有问到。"
    )
    english = tell(report, "en").unscored[0].text
    assert "which is not a zero" in english
    assert "too little to tell" in english
    assert "the candidate skipped question 4; question 5 was not asked" in english
    assert tell(report, "zh").strengths == tell(report, "zh").weaknesses == ()


def test_the_core_score_is_told_apart_from_the_resume_questions() -> None:
    assert "只看核心题为82.5，简历题拉高了1.5" in tell(build_report(), "zh").text()
    assert "took off 1.5" in tell(build_report(core_match=85.5), "en").text()
    assert "没有简历题计入" in tell(build_report(resume_scored=False, core_match=84.0), "zh").text()


def test_the_scorer_and_its_version_are_named() -> None:
    assert tell(build_report(version=3), "zh").scorer == "由评分模型 e5/abc 给出，第3版报告。"
    assert tell(build_report(version=3), "en").scorer == "Scored by e5/abc, report version 3."


def test_a_low_confidence_asks_for_a_reader() -> None:
    assert "请读原文再判断" in tell(build_report(build_competency(confidence=0.3)), "zh").strengths[0].text


@pytest.mark.parametrize(
    ("part", "said"), [(CLEAR_FROM, "clear"), (UNSPECIFIC_BELOW - 0.01, "unspecific"), (1.0, "between")]
)
def test_only_what_raters_confirm_is_claimed_of_a_part(part: float, said: str) -> None:
    assert clarity(part) == said


parts = st.floats(0, 2)
answers = st.builds(
    AnswerFacts,
    number=st.integers(1, 8),
    stage=st.sampled_from(["structured", "situational", "resume"]),
    level=st.one_of(st.none(), st.floats(1, 5)),
    star=st.builds(Star, parts, parts, parts),
    relevance=parts,
    quotes=st.lists(st.sampled_from(["引文甲", "a passage"]), max_size=2, unique=True).map(tuple),
    unscored_reason=st.just(TOO_SHORT.en),
)


@given(st.lists(answers, min_size=1, max_size=3), st.sampled_from([2.0, 3.0, 4.0]), st.sampled_from(LANGUAGES))
def test_whatever_the_scores_the_sentences_are_whole_and_quote_only_what_was_said(
    given_answers: list[AnswerFacts], expected: float, language: Language
) -> None:
    competency = build_competency("results", *given_answers, expected=expected)
    report = build_report(competency, match=None if competency.level is None else 70.0)
    told = tell(report, language)
    assert told == tell(report, language)
    for finding in (*told.strengths, *told.weaknesses, *told.unscored):
        assert finding.text.endswith("。" if language == "zh" else ".")
        assert not re.search(r"。。|，。|：。|\.\.|  | \.|None", finding.text)
        quoted = set(re.findall(r"“([^”]*)”", finding.text))
        assert quoted <= {quote for answer in given_answers for quote in answer.quotes}
    assert bool(told.strengths or told.weaknesses) == (competency.level is not None)


def build_telling(**changes: Any) -> Telling:
    return replace(Telling(2.0, 3, 0, 0, 2, 1, 0, 0), **changes)


def weakness_told(language: Language, answer: AnswerFacts) -> str:
    weak = build_competency("results", replace(answer, level=2.0, star=Star(1.8, 1.2, 0.1)))
    return tell(build_report(weak), language).weaknesses[0].text


def test_an_answer_told_as_we_is_called_that_only_where_own_deeds_are_few() -> None:
    we = build_answer(telling=build_telling(own=0.9, own_deeds=0, shared_deeds=4))
    assert "讲的多是“我们”，不大看得出候选人自己做了什么" in weakness_told("zh", we)
    assert "tells what “we” did" in weakness_told("en", we)
    mine = build_answer(telling=build_telling(own=0.9, own_deeds=2, shared_deeds=4))
    plain = build_answer(telling=build_telling(own=1.8, own_deeds=0, shared_deeds=4))
    for answer in (mine, plain):
        assert "我们" not in weakness_told("zh", answer)
        assert "“we”" not in weakness_told("en", answer)


def test_a_strength_told_as_we_asks_the_reader_to_ask_back() -> None:
    we = build_answer(telling=build_telling(own=1.2, own_deeds=0, shared_deeds=4))
    assert "面谈时请追问" in tell(build_report(build_competency("results", we)), "zh").strengths[0].text
    assert (
        "so ask what the candidate did" in tell(build_report(build_competency("results", we)), "en").strengths[0].text
    )


def test_general_talk_is_told_apart_from_a_plan() -> None:
    general = build_telling(own=0.2, own_deeds=0, general=3, numbers=0, times=0)
    assert "讲的多是道理或者别人的事，没有说自己做过什么" in weakness_told("zh", build_answer(telling=general))
    plan = build_answer(telling=general, stage="situational")
    assert "没有说清自己具体会怎么做" in weakness_told("zh", plan)
    assert "not exactly what the candidate would do" in weakness_told("en", plan)


def test_missing_figures_are_told_of_a_story_and_not_of_a_plan() -> None:
    bare = build_telling(numbers=0, times=0)
    assert "通篇没有数字和时间" in weakness_told("zh", build_answer(telling=bare))
    assert "gives no figure and no date" in weakness_told("en", build_answer(telling=bare))
    assert "数字" not in weakness_told("zh", build_answer(telling=bare, stage="situational"))
    assert "数字" not in weakness_told("zh", build_answer(telling=build_telling()))


def test_what_was_learned_is_quoted() -> None:
    answer = build_answer(lesson="从那以后我都先问本人一句")
    assert (
        "事后的体会是“从那以后我都先问本人一句”。"
        in tell(build_report(build_competency("results", answer)), "zh").text()
    )


def test_a_dimension_says_in_one_sentence_where_its_level_comes_from() -> None:
    clarity, needs = load_competency("customer_communication").dimensions[0::2]
    dimensions = (
        DimensionFacts(clarity.key, clarity.title, 3.44, 86.0, (1, 4), "我给他讲清楚怎么退", 4),
        DimensionFacts(needs.key, needs.title, None, None, (), None),
    )
    competency = build_competency("customer_communication", dimensions=dimensions)
    chinese, english = (tell(build_report(competency), language).dimensions for language in LANGUAGES)
    assert chinese[0].text == "表达清晰度3.4级，是第1、4题的平均，如第4题：“我给他讲清楚怎么退”。"
    assert chinese[1].text == "需求挖掘未评分：没有找到能说明这一点的话，不算零分。"
    assert english[0].text == "Clarity: level 3.4, the mean of answers 1 and 4; answer 4 has “我给他讲清楚怎么退”."
    assert english[1].text == "Needs discovery: not scored, which is not a zero; no passage was found that shows it."
    assert (chinese[0].score, chinese[1].score) == (86.0, None)


def test_a_match_over_the_line_with_a_level_under_the_grade_says_why() -> None:
    over = build_report(match=88.8, level="junior")
    assert "权重合计不足三分之二" in tell(over, "zh").overview[0]
    assert "under two thirds of the weight" in tell(over, "en").overview[0]
    assert "三分之二" not in tell(build_report(match=70.0, level="junior"), "zh").overview[0]


def test_a_level_of_several_answers_is_not_said_to_rest_on_one() -> None:
    vague = Star(1.2, 1.2, 1.2)
    weak = build_answer(level=2.6, star=vague), build_answer(number=2, level=2.2, star=vague)
    bare = build_answer(level=3.2, star=vague, quotes=()), build_answer(number=2, level=3.6, star=vague, quotes=())
    below, above = (build_report(build_competency("results", *answers)) for answers in (weak, bare))
    assert "相对弱的是第2题（2.2级）" in tell(below, "zh").weaknesses[0].text
    assert "The weakest is answer 2 (level 2.2)." in tell(below, "en").weaknesses[0].text
    assert "答得最好的是第2题（3.6级）" in tell(above, "zh").strengths[0].text
    assert "The best is answer 2 (level 3.6)." in tell(above, "en").strengths[0].text
    alone = build_report(build_competency("results", weak[1]))
    assert "评定依据是第1题" not in tell(below, "zh").text()
    assert "评定依据是第2题" in tell(alone, "zh").weaknesses[0].text
    assert "It rests on answer 2." in tell(alone, "en").weaknesses[0].text


def test_who_says_that_there_was_no_such_case_is_not_told_to_have_dodged_the_question() -> None:
    """“没有吧，我心态挺好的” does answer; it only gives nothing to judge."""
    none = build_answer(level=1.0, relevance=0.0, star=Star(0.1, 0.1, 0.0), quotes=())
    report = build_report(build_competency("resilience", none))
    assert "几乎没有讲到题目要问的内容" in tell(report, "zh").weaknesses[0].text
    assert "gives little or nothing of what was asked for" in tell(report, "en").weaknesses[0].text
