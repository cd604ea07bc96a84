"""That a recruiter has answered reaches the candidate by a letter, what was answered does not."""

from __future__ import annotations

from bot.candidate_questions import reply_from_facts, reply_to_question
from bot.candidate_rights.door import Holder
from bot.candidate_rights.requests import ask_for_person, object_to_automation, settle, tasks_waiting
from bot.console.letter_lines import read_letters
from bot.services import Services
from core.clock import now
from core.tables import Answer, Interview, Question, new_id
from tests.bot.outreach.conftest import turn_to
from tests.bot.outreach.letter_box import letters, post, send
from tests.bot.outreach.mail_server import MailServer, part
from tests.builders import BUILDER, scored_interview

SECRET = "薪资上限一万八千元"


def asked_of_us(services: Services, interview_id: str) -> str:
    """A question of the candidate's own; its answer's id."""
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        question = Question(interview_id=interview_id, stage="own_questions", position=0, source=f"own_{new_id()}")
        session.add(question)
        session.flush()
        sealed = services.key_of(session, interview).seal("薪资上限是多少")
        row = Answer(
            interview_id=interview_id, question_id=question.id, turn_id=new_id(), text_sealed=sealed, given_at=now()
        )
        session.add(row)
        return row.id


async def test_an_answer_is_told_of_once_in_the_morning_and_says_nothing_of_itself(
    house_with_mail: Services, mail: MailServer
) -> None:
    interview_id = scored_interview(house_with_mail, interview_id=send(house_with_mail).id)
    with house_with_mail.database.reading() as session:
        holder = Holder(interview_id, session.get_one(Interview, interview_id).candidate_id, "")
    ask_for_person(house_with_mail, holder, "想了解薪资")
    object_to_automation(house_with_mail, holder, "")
    turn_to("2026-11-24T22:30+08:00")
    for task in tasks_waiting(house_with_mail, BUILDER):
        settle(house_with_mail, task.id, SECRET, BUILDER)
    reply_to_question(house_with_mail, asked_of_us(house_with_mail, interview_id), SECRET, BUILDER)
    await post(house_with_mail)
    assert mail.mails == []
    turn_to("2026-11-25T08:00+08:00")
    for _ in range(2):
        await post(house_with_mail)
    (message,) = mail.mails
    assert message["Subject"] == "“销售代表”面试：您的申请有了答复"
    whole = part(message, "text/plain") + part(message, "text/html")
    assert SECRET not in whole
    assert "/status" in whole
    assert message["List-Unsubscribe"] is None
    # The next answer is another one; what a fact answers on the spot is none.
    reply_from_facts(house_with_mail, asked_of_us(house_with_mail, interview_id), "一万起")
    assert [one.version for one in letters(house_with_mail, interview_id) if one.kind == "answer"] == [1]
    reply_to_question(house_with_mail, asked_of_us(house_with_mail, interview_id), SECRET, BUILDER)
    await post(house_with_mail)
    assert len(mail.mails) == 2
    view = read_letters(house_with_mail, interview_id)
    assert view is not None
    assert [line.sentence for line in view.lines if line.kind == "answer"] == ["letters.state_sent"] * 2
