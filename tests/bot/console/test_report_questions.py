from __future__ import annotations

from sqlmodel import select

from core.clock import now
from core.tables import Answer, Question, new_id
from core.tables import Interview as InterviewRow
from tests.bot.console.house import House
from tests.builders import scored_interview

ASKED = "试用期的五险一金按什么基数交？"


async def test_what_the_candidate_asked_stands_in_the_report_for_a_person_to_answer(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        interview = session.get_one(InterviewRow, interview_id)
        own = session.exec(
            select(Question).where(Question.interview_id == interview_id, Question.stage == "own_questions")
        ).one()
        key = house.services.key_of(session, interview)
        for text, value in ((ASKED, None), ("没有了", "done")):
            session.add(
                Answer(
                    interview_id=interview_id,
                    question_id=own.id,
                    turn_id=new_id(),
                    text_sealed=key.seal(text),
                    value=value,
                    given_at=now(),
                )
            )
    async with house.signed_in("recruiter") as browser:
        page = (await browser.get(f"/console/interviews/{interview_id}")).text
    assert f"<li>{ASKED}</li>" in page
    assert "<li>没有了</li>" not in page
