"""The outcome reaches candidates by the road by which they were invited."""

from __future__ import annotations

from bot.accounts import Account
from bot.console.decisions import decide
from bot.console.letter_lines import read_letters
from bot.feedback import draft_due, release_feedback, told_candidate
from bot.services import Services
from tests.bot.outreach.letter_box import letters, only, post, send
from tests.bot.outreach.mail_server import MailServer
from tests.builders import BUILDER, scored_interview

REVIEWER = Account(id="user:reviewer", name="reviewer", role="recruiter")


def told_to_advance(services: Services) -> str:
    """Somebody invited by mail, interviewed, and let through with feedback."""
    interview_id = scored_interview(services, interview_id=send(services).id)
    decide(services, interview_id, "advance", "很好", BUILDER)
    draft_due(services)
    release_feedback(services, interview_id, REVIEWER)
    return interview_id


async def test_feedback_comes_by_mail_with_every_word_and_once(house_with_mail: Services, mail: MailServer) -> None:
    interview_id = told_to_advance(house_with_mail)
    release_feedback(house_with_mail, interview_id, REVIEWER)
    await post(house_with_mail)
    (message,) = [one for one in mail.mails if "结果与反馈" in one["subject"]]
    text = message.get_body(("plain",)).get_content()
    assert text.count("您好") == 1
    assert "您已进入下一轮" in text
    assert "/i/" in text
    assert message["List-Unsubscribe"] is None
    assert only(house_with_mail, interview_id, "feedback").state == "sent"
    await post(house_with_mail)
    assert len([one for one in mail.mails if "结果与反馈" in one["subject"]]) == 1


async def test_a_decision_that_was_changed_keeps_the_letter_back(house_with_mail: Services, mail: MailServer) -> None:
    interview_id = told_to_advance(house_with_mail)
    decide(house_with_mail, interview_id, "hold", "再看看", BUILDER)
    await post(house_with_mail)
    assert only(house_with_mail, interview_id, "feedback").problem == "superseded"
    assert not [one for one in mail.mails if "结果与反馈" in one["subject"]]


async def test_whom_others_invite_gets_no_letter_of_ours(house_with_mail: Services) -> None:
    interview_id = scored_interview(house_with_mail)
    decide(house_with_mail, interview_id, "advance", "很好", BUILDER)
    draft_due(house_with_mail)
    release_feedback(house_with_mail, interview_id, REVIEWER)
    assert letters(house_with_mail, interview_id) == []
    assert told_candidate(house_with_mail, interview_id) is not None


async def test_after_the_end_no_reminder_is_said_to_be_on_its_way(house_with_mail: Services) -> None:
    interview_id = scored_interview(house_with_mail, interview_id=send(house_with_mail).id)
    view = read_letters(house_with_mail, interview_id)
    assert view is not None
    assert {line.sentence for line in view.lines if line.kind.startswith("reminder")} == {"letters.state_dropped"}
