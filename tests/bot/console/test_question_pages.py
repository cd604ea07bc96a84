"""Candidates' own questions and the recruiter's answers."""

from __future__ import annotations

import pytest
from sqlmodel import select

from bot.candidate_questions import AlreadyReplied, QuestionUnknown, questions_waiting, replies_to, reply_to_question
from bot.conversation import messages_after
from core.clock import now
from core.tables import Answer, AuditEntry, Candidate, Interview, Question, QuestionReply, Report, new_id
from tests.bot.console.house import House, csrf_of
from tests.builders import BUILDER, scored_interview


def ask(house: House, interview_id: str, text: str, value: str | None = None) -> str:
    with house.services.database.unit_of_work() as session:
        key = house.services.key_of(session, session.get_one(Interview, interview_id))
        rows = select(Question).where(Question.interview_id == interview_id, Question.stage == "own_questions")
        question = session.exec(rows).one()
        answer = Answer(
            interview_id=interview_id,
            question_id=question.id,
            turn_id=new_id(),
            text_sealed=key.seal(text),
            value=value,
            given_at=now(),
        )
        session.add(answer)
        return answer.id


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "招聘负责人答复：八月一日"), ("en", "The recruiter's answer: 八月一日")]
)
async def test_an_answer_reaches_the_candidate_once_and_changes_no_score(
    house: House, language: str, words: str
) -> None:
    interview_id = scored_interview(house.services, language)
    ask(house, interview_id, "没有了", value="done")
    asked = ask(house, interview_id, "最晚什么时候入职？<b>")
    async with house.signed_in("recruiter") as browser:
        page = await browser.get("/console/questions")
        assert "最晚什么时候入职？&lt;b&gt;" in page.text
        assert "没有了" not in page.text
        form = {"csrf": csrf_of(page), "text": "八月一日"}
        assert (await browser.post(f"/console/questions/{asked}", data=form | {"text": " "})).status_code == 422
        assert (await browser.post(f"/console/questions/{asked}", data=form)).status_code == 303
        again = await browser.post(f"/console/questions/{asked}", data=form)
        assert (again.status_code, "同事已经答复过" in again.text) == (422, True)
        assert "没有待答复的提问" in again.text
    (said,) = [m["text"] for m in messages_after(house.services, interview_id, 0) if m["kind"] == "status"]
    assert words in said
    assert replies_to(house.services, interview_id) == [("最晚什么时候入职？<b>", "八月一日")]
    with house.services.database.reading() as session:
        assert "八月" not in session.exec(select(QuestionReply)).one().text_sealed
        assert len(session.exec(select(Report)).all()) == 1
        assert session.exec(select(AuditEntry).where(AuditEntry.action == "question_answered")).one()


async def test_an_answer_to_an_interview_question_is_no_question_of_theirs(house: House) -> None:
    scored_interview(house.services)
    with house.services.database.reading() as session:
        answer = session.exec(select(Answer).join(Question).where(Question.source == "results_s1")).one()  # type: ignore[arg-type]
    for unknown in (answer.id, "nothing"):
        with pytest.raises(QuestionUnknown):
            reply_to_question(house.services, unknown, "x", BUILDER)


async def test_questions_of_the_erased_are_gone_and_what_may_be_told_is_offered(house: House) -> None:
    one, erased = scored_interview(house.services), scored_interview(house.services)
    ask(house, one, "有加班吗？")
    ask(house, erased, "有加班吗？")
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, erased).candidate_id).wrapped_key = None
    (line,) = questions_waiting(house.services, BUILDER)
    assert line.interview_id == one
    assert any("周一到周五上班" in fact for fact in line.facts)
    reply_to_question(house.services, line.answer_id, "很少", BUILDER)
    with pytest.raises(AlreadyReplied):
        reply_to_question(house.services, line.answer_id, "很少", BUILDER)
