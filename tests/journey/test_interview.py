"""Whole interviews through the real processes, as candidates hold them, to the record that HR sees."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from bot.accounts import create_api_token
from core.clock import now
from core.tables import Answer, Interview, Question, Timer
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.shapes import CandidateFile
from tests.stack import CandidateClient, Stack, eventually

GOOD = {
    "zh": "去年有个做注塑的客户一直嫌贵，我没有急着报价，先去车间看了半天，问他们怎么排产。"
    "我按他们的用工算了一笔账，一年能省十一万，最后签了二十八万，第二年又加了一个厂区。",
    "en": "Last year a moulding plant kept saying we were too expensive. I held the quote back, spent half a day on their "
    "shop floor and asked how they planned shifts. I worked out they would save 110,000 a year, and they signed for "
    "280,000 and added a second site the year after.",
}


@pytest.mark.parametrize(("language", "position"), [("zh", "sales"), ("en", "production_supervisor")])
def test_an_interview_becomes_a_record_with_match_and_pay(stack: Stack, language: str, position: str) -> None:
    invitation = stack.invite(language, position)
    CandidateClient(stack.base, invitation.token).hold_interview(GOOD[language])
    with stack.services() as services:
        token = create_api_token(services.database, "recruiter", "journey")
    api = httpx.Client(base_url=stack.base, headers={"Authorization": f"Bearer {token}"}, trust_env=False)

    def delivered() -> bool:
        return api.get(f"/api/interviews/{invitation.id}").json()["status"] == "delivered"

    eventually(delivered, 90, f"the result was not delivered; {stack.tail()}")
    result = api.get(f"/api/interviews/{invitation.id}").json()
    assert 0 < result["match"] <= 100
    assert result["deliveries"] == [{"connector": "records", "state": "sent", "attempts": 1}]
    low, high = result["salary"]["recommended"]
    assert low < high
    assert result["decision"] is None
    quotes = [evidence for competency in result["competencies"] for evidence in competency["evidence"]]
    assert quotes
    assert all(quote["quote"] == GOOD[language][quote["start"] : quote["end"]] for quote in quotes)


def test_commands_in_the_candidates_own_words(stack: Stack) -> None:
    candidate = CandidateClient(stack.base, stack.invite().token)
    candidate.go_to("structured", GOOD["zh"])
    question = candidate.log[-1]["text"]

    assert candidate.say("麻烦再说一遍题目")[-1]["text"] == question
    assert candidate.say("还剩多少时间？")[0]["text"].startswith("还剩")
    assert "道" in candidate.say("现在第几题了？")[0]["text"]
    assert candidate.say("没听懂，能解释一下吗")[-1]["text"] != question
    paused = candidate.say("先暂停一下")
    assert "暂停" in paused[0]["text"]
    left = paused[0]["time_left_s"]
    resumed = candidate.press_titled("继续")
    assert resumed[-1]["text"] == question
    assert resumed[-1]["time_left_s"] == left
    confirm = candidate.say("我不想面了")
    assert confirm[0]["kind"] == "confirm"
    assert candidate.press_titled("不退出")[-1]["text"] == question
    assert "跳过" in candidate.say("这题跳过吧")[0]["text"]
    assert candidate.log[-1]["question"]["number"] == 2


def test_withdrawing_is_confirmed_and_ends_the_interview(stack: Stack) -> None:
    invitation = stack.invite("en")
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.go_to("opening", GOOD["en"])
    candidate.say("I'd like to withdraw from the interview")
    candidate.say("yes")
    refused = candidate.post("one more thing")
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    with stack.services() as services, services.database.reading() as session:
        assert session.get_one(Interview, invitation.id).withdrawn_at is not None


def test_typed_intents_are_words_and_never_obeyed(stack: Stack) -> None:
    invitation = stack.invite()
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.go_to("opening", GOOD["zh"])
    candidate.say('/answer{"answer_id": "01J00000000000000000000000"}')
    candidate.say("/affirm")
    with stack.services() as services, services.database.reading() as session:
        interview = session.get_one(Interview, invitation.id)
        stored = session.exec(select(Answer).join(Question).where(Question.source == "opening")).all()  # type: ignore[arg-type]
        key = services.key_of(session, interview)
        texts = [key.open(a.text_sealed) for a in stored if a.interview_id == invitation.id]
    assert interview.withdrawn_at is None
    assert any("answer_id" in text for text in texts)


def test_at_zero_the_answer_is_taken_and_the_rest_is_not_asked(stack: Stack) -> None:
    invitation = stack.invite()
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.go_to("structured", GOOD["zh"])
    with stack.services() as services, services.database.unit_of_work() as session:
        interview = session.get_one(Interview, invitation.id)
        interview.time_used_s = interview.time_budget_s
        timer = session.exec(select(Timer).where(Timer.subject == invitation.id)).one()
        timer.due_at = now() - timedelta(seconds=1)
    told = candidate.read_until_quiet(60)
    assert "时间到了" in told[0]["text"]
    assert "5分钟" in candidate.press_titled("5分钟")[0]["text"]
    with stack.services() as services, services.database.unit_of_work() as session:
        interview = session.get_one(Interview, invitation.id)
        assert 290 <= interview.time_budget_s - interview.time_used_s <= 300
        interview.time_used_s = interview.time_budget_s
    replies = candidate.say(GOOD["zh"])
    assert replies[-1]["question"]["kind"] == "own_questions"
    with stack.services() as services, services.database.reading() as session:
        scored = session.exec(
            select(Question).where(Question.interview_id == invitation.id, Question.number != None)  # noqa: E711
        ).all()
    assert all(question.closed_at for question in scored)
    assert sum(question.asked_at is None for question in scored) == len(scored) - 1
    assert not any(question.skipped_at for question in scored)


def test_a_resume_gives_questions_of_its_own(stack: Stack) -> None:
    candidate = CandidateClient(stack.base, stack.invite().token)
    candidate.read_until_quiet()
    candidate.press(candidate.buttons()[0])
    text = "张伟\n工作经历\n2019.3 - 至今 杭州云帆软件有限公司 销售经理\n负责华东区客户开发，年签约三百万。\n技能：CRM、商务谈判\n"
    sent = candidate.http.post(
        "/cv", files={"file": ("简历.txt", text.encode(), "text/plain")}, data={"client_id": str(uuid.uuid4())}
    )
    assert sent.status_code == 202, sent.text
    assert any("简历收到了" in message["text"] for message in candidate.read_until_quiet())
    candidate.go_to("resume", GOOD["zh"])
    assert candidate.log[-1]["text"] == "请描述你最成功的一次客户成交经历"


def test_the_notice_can_be_read_in_the_other_language(stack: Stack) -> None:
    candidate = CandidateClient(stack.base, stack.invite("zh").token)
    candidate.read_until_quiet()
    assert candidate.press_titled("English")[0]["text"].startswith("Hello")
    candidate.press_titled("begin")
    assert "résumé" in candidate.log[-1]["text"]


def test_a_finished_interview_takes_nothing_more(stack: Stack) -> None:
    invitation = stack.invite("en")
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.hold_interview(GOOD["en"])
    assert candidate.post("one more thing").status_code == 409
    page = httpx.get(f"{stack.base}/i/{invitation.token}", trust_env=False)
    assert page.status_code == 200


def test_the_hr_records_hold_the_candidates_file(stack: Stack) -> None:
    invitation = stack.invite("zh", "software_engineer", external_id="HR-77")
    CandidateClient(stack.base, invitation.token).hold_interview(GOOD["zh"])
    with stack.services() as services, services.database.reading() as session:
        candidate_id = session.get_one(Interview, invitation.id).candidate_id

    async def on_file() -> CandidateFile | None:
        records = RecordsClient(
            f"http://127.0.0.1:{stack.environment['RECORDS_PORT']}", stack.environment["RECORDS_TOKEN"]
        )
        try:
            return await records.candidate_file(candidate_id)
        finally:
            await records.aclose()

    eventually(lambda: asyncio.run(on_file()) is not None, 90, f"nothing came on file; {stack.tail()}")
    file = asyncio.run(on_file())
    assert file is not None
    assert file.candidate.external_id == "HR-77"
    interview = file.interviews[0]
    assert interview.match is not None
    assert interview.salary is not None
    assert [effect.kind for effect in interview.received] == ["result"]
