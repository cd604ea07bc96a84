from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from core.tables import Interview
from dialogue.notice import notice_parameters
from dialogue.phrases import phrase
from hr_bridge.position import PositionProfile, load_positions

VENDOR = {"zh": "晨星科技（上海）", "en": "Morningstar Technology (Shanghai)"}


def notice(language: str, **use: Any) -> str:
    interview = Interview(
        candidate_id="c",
        position_id="p",
        language=language,
        invited_at=now(),
        expires_at=now() + timedelta(days=7),
        time_budget_s=1200,
    )
    sales = next(position for position in load_positions() if position.key == "sales").model_dump(mode="json")
    profile = PositionProfile.model_validate({**sales, "llm": use})
    return phrase("utter_notice", language, **notice_parameters(interview, profile))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_language_model_is_mentioned_where_none_is_on(language: str) -> None:
    for text in (notice(language), notice(language, names_vendor=VENDOR)):
        assert not re.search("大语言模型|language model", text)
        assert re.search(r"(口音。|your accent\.)\n· (岗位薪资范围：税前|The advertised pay is ¥)", text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_second_rater_is_announced_on_a_line_of_its_own_with_who_runs_it(language: str) -> None:
    (line,) = [
        line
        for line in notice(language, second_rater=True, names_vendor=VENDOR).splitlines()
        if VENDOR[language] in line
    ]

    assert line.startswith("· ")
    assert re.search("不改变得分|without changing your score", line)
    assert not re.search("报告文字|wording of the report", line)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_model_that_words_the_report_is_announced_as_what_it_is(language: str) -> None:
    alone = notice(language, report_prose=True, names_vendor=VENDOR)
    both = notice(language, report_prose=True, second_rater=True, names_vendor=VENDOR)

    assert re.search("引用的原话会发给|Passages of your answers that the report quotes also go to", alone)
    assert not re.search("不改变得分|without changing your score", alone)
    assert re.search("您的回答会发给.*再评一次.*起草报告文字|Your answers also go to .*rates them.*drafts", both)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_becomes_of_a_recording_is_said_where_answers_may_be_spoken(language: str) -> None:
    sales = next(position for position in load_positions() if position.key == "sales")
    interview = Interview(
        candidate_id="c", position_id="p", language=language, invited_at=now(), expires_at=now(), time_budget_s=1200
    )
    told = phrase("utter_notice", language, **notice_parameters(interview, sales, voice=True))
    assert re.search(
        "两种方式同等对待.*同意.*不做声纹识别|both count the same.*you agree.*never used to recognise", told
    )
    assert not re.search("口头表达|Speaking is part of this job", told)
    why = {"weight": 0.1, "why": {"zh": "每天与客户通话。", "en": "Calls customers all day."}}
    speaking = PositionProfile.model_validate({**sales.model_dump(mode="json"), "spoken_communication": why})
    told = phrase("utter_notice", language, **notice_parameters(interview, speaking, voice=True))
    assert re.search(
        "中文录音目前不对表达方式评分，只按内容评分|fluently you speak and your intonation count with up to 10% of the match",
        told,
    )
    assert not re.search("计入评分|停顿|pauses|both count the same", told)
    assert re.search("· 评分只看您说了什么，|· Apart from the spoken delivery named below, what counts is", told)
    typed = phrase("utter_notice", language, **notice_parameters(interview, speaking))
    assert re.search("· 评分只看您说了什么，|· What counts is what you say,", typed)
    assert notice(language).count("录音") + notice(language).count("recording") == 0


@pytest.mark.parametrize(
    ("policy", "automatic", "zh", "en"),
    [
        ("cn", False, "是否进入下一轮由招聘负责人决定。", "the recruiter decides whether you move on."),
        (
            "cn",
            True,
            "达到及格线自动进入下一轮，其余由招聘负责人决定。",
            "from the pass line on you move on automatically",
        ),
    ],
)
def test_the_notice_says_who_decides(policy: str, automatic: bool, zh: str, en: str) -> None:
    rules = {"policy": policy, "review": {"automatic_advance": automatic}}
    for language, sentence in (("zh", zh), ("en", en)):
        interview = Interview(
            candidate_id="c", position_id="p", language=language, invited_at=now(), expires_at=now() + timedelta(days=7)
        )
        sales = next(position for position in load_positions() if position.key == "sales").model_dump(mode="json")
        profile = PositionProfile.model_validate({**sales, **rules})
        assert sentence in phrase("utter_notice", language, **notice_parameters(interview, profile))
