from __future__ import annotations

import pytest

from scoring.transcript import Transcript, is_code, language_of, read_answer, split_sentences


def words_of(transcript: Transcript) -> str:
    return "".join(transcript.answer[i] for i in transcript.origin)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I called the customer and we agreed on a date", "en"),
        ("我给客户打了电话，约好了时间", "zh"),
        ("我先 calm down 他，然后跟 forwarder check 了 ETA，发了封 email 做 summary", "zh"),
        ("My team in 上海 said the part was late so I called them", "en"),
        ("Je travaille dans une banque depuis dix ans", None),
        ("お客様に電話をしました", None),
        ("Ich habe mit dem Kunden gesprochen und alles erklärt", None),
        ("asdf qwer zxcv", None),
    ],
)
def test_the_language_is_the_one_that_carries_the_sentence(text, language):
    assert language_of(text) == language


def test_plain_text_leads_back_to_the_answer():
    answer = "Um, I sold 1,250 units — in \u200bMay; the client's boss said “fine”."
    transcript = read_answer(answer, "What did you sell?")
    assert transcript.plain == "i sold 12 units in may the client's boss said fine"
    assert answer[transcript.origin[transcript.plain.index("units")] :].startswith("units")
    assert len(transcript.plain) == len(transcript.origin)


def test_punctuation_and_case_do_not_reach_the_model():
    written = read_answer("我先道歉，然后补发。客户没有退货！", "").plain
    spoken = read_answer("我先道歉然后补发客户没有退货", "").plain
    assert written == spoken


def test_a_transcript_without_punctuation_is_cut_into_short_passages():
    speech = "当时客户在群里发火我没有马上解释先把情况查清楚然后给他打电话说明天早上给结果后来我们连夜把货补上了" * 3
    passages = split_sentences(speech)
    assert len(passages) >= 3
    assert max(p.end - p.start for p in passages) <= 90
    english = "so i called him and he was angry because the boxes were wet and then i sent new ones " * 4
    assert max(p.end - p.start for p in split_sentences(english)) <= 225


def test_the_question_read_back_and_repeats_are_left_out():
    question = "Tell me about a time you solved a hard problem."
    answer = f"{question} I found the leak behind the boiler. I found the leak behind the boiler."
    transcript = read_answer(answer, question)
    assert transcript.plain == "i found the leak behind the boiler"
    assert len(transcript.removed) == 2


def test_code_is_told_from_prose():
    assert is_code("for (int i = 0; i < n; i++) { sum += a[i]; }")
    assert not is_code("I fixed the (old) pump; it cost $200 and took two days.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("My name is Lakisha Booker. She called him.", "My name is Todd Meyer. He called her."),
        ("我叫王建国。她当时说不行", "我叫阿依古丽。他当时说不行"),
        ("我是河南人，先查了账", "我是上海人，先查了账"),
        ("我找了三个人，干了两天", "我找了三百个人，干了二十天"),
    ],
)
def test_who_tells_it_and_how_big_the_numbers_are_does_not_reach_the_model(one, other):
    assert read_answer(one, "").plain == read_answer(other, "").plain


def test_what_merely_sounds_like_an_introduction_stays():
    assert read_answer("我叫他来帮忙", "").plain == "我叫他来帮忙"
    assert read_answer("我是项目负责人", "").plain == "我是项目负责人"


def test_the_question_read_back_without_punctuation_is_left_out():
    transcript = read_answer("请讲一次你解决难题的经历我先查了日志再换了电源", "请讲一次你解决难题的经历。")
    assert transcript.plain == "我先查了日志再换了电源"
