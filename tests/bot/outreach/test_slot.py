from __future__ import annotations

from datetime import timedelta

import pytest

from bot.outreach.invitation import InvitationRequest, invite
from bot.outreach.slot import SlotUnreadable, SlotUnusable, book_slot, drop_slot
from bot.services import Services
from core.clock import now, turn_forward
from core.errors import InterviewOver
from core.tables import Interview
from tests.bot.outreach.letter_box import BY, letters, post, send
from tests.bot.outreach.mail_server import MailServer, part
from tests.bot.outreach.test_postman import event_of


async def test_a_slot_is_one_event_that_is_moved_and_taken_back(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    book_slot(house_with_mail, made.id, "2026-11-27T10:00", BY)
    await post(house_with_mail)
    book_slot(house_with_mail, made.id, "2026-11-28T15:30", BY)
    await post(house_with_mail)
    drop_slot(house_with_mail, made.id, BY)
    await post(house_with_mail)

    events = [event_of(one) for one in mail.mails]
    assert [(method, event["sequence"]) for method, event in events] == [
        ("REQUEST", "0"),
        ("REQUEST", "1"),
        ("REQUEST", "2"),
        ("CANCEL", "3"),
    ]
    assert {event["uid"] for _, event in events} == {f"{made.id}@qiming.example"}
    assert [one["Subject"] for one in mail.mails[1:]] == [
        "面试时间：11月27日10:00，销售代表",
        "面试改期：11月28日15:30，销售代表",
        "“销售代表”面试：原定时间取消，可自选时间",
    ]
    assert "DTSTART:20261127T020000Z" in part(mail.mails[1], "text/calendar")
    assert "DTSTART:20261128T073000Z" in part(mail.mails[2], "text/calendar")


async def test_a_slot_set_before_the_invitation_went_out_takes_its_place(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    book_slot(house_with_mail, made.id, "2026-11-27T10:00", BY)
    await post(house_with_mail)
    (sent,) = mail.mails
    assert sent["Subject"] == "面试时间：11月27日10:00，销售代表"
    assert "本次由AI提问并初评" in part(sent, "text/plain")


async def test_reminders_follow_the_slot_and_say_when_it_begins(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    book_slot(house_with_mail, made.id, "2026-11-27T10:00", BY)
    pending = {
        one.kind: one.due_at.isoformat()[5:16] for one in letters(house_with_mail, made.id) if one.state == "pending"
    }
    assert pending == {"slot": pending["slot"], "reminder_day": "11-26T02:00", "reminder_hour": "11-27T01:00"}
    await post(house_with_mail)
    turn_forward(timedelta(days=2, minutes=1))
    await post(house_with_mail)
    assert mail.mails[-1]["Subject"] == "提醒：“销售代表”面试在11月27日10:00开始"


async def test_a_slot_is_read_by_the_candidates_clock(house_with_mail: Services, mail: MailServer) -> None:
    request = InvitationRequest("sales", "Maya", "en", email="maya@example.com", time_zone="America/New_York")
    made = invite(house_with_mail, request, BY)
    book_slot(house_with_mail, made.id, "2026-11-27T10:00", BY)
    await post(house_with_mail)
    with house_with_mail.database.reading() as session:
        assert session.get_one(Interview, made.id).expires_at.isoformat() == "2026-11-27T17:00:00+00:00"
    turn_forward(timedelta(hours=14))
    await post(house_with_mail)
    assert "Friday 27 November, 10:00 (New York time)" in part(mail.mails[0], "text/plain")


@pytest.mark.parametrize(
    ("wall", "error"),
    [
        ("tomorrow", SlotUnreadable),
        ("", SlotUnreadable),
        ("2026-11-23T10:00", SlotUnusable),
        ("2028-01-01T10:00", SlotUnusable),
        ("2027-03-14T02:30", SlotUnreadable),  # the clocks go from 2 to 3
    ],
)
async def test_a_time_that_cannot_be_is_refused(house_with_mail: Services, wall: str, error: type[Exception]) -> None:
    request = InvitationRequest("sales", "Maya", "en", email="maya@example.com", time_zone="America/New_York")
    made = invite(house_with_mail, request, BY)
    with pytest.raises(error):
        book_slot(house_with_mail, made.id, wall, BY)


async def test_an_interview_that_began_needs_no_slot(house_with_mail: Services) -> None:
    made = send(house_with_mail)
    with house_with_mail.database.unit_of_work() as session:
        session.get_one(Interview, made.id).consented_at = now()
    with pytest.raises(InterviewOver):
        book_slot(house_with_mail, made.id, "2026-11-27T10:00", BY)
    with pytest.raises(InterviewOver):
        drop_slot(house_with_mail, made.id, BY)
