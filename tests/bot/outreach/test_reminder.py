from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.outreach import reminder
from bot.outreach.invitation import InvitationRequest, invite
from bot.outreach.reminder import may_reopen, plan_what_follows, reopen
from bot.outreach.stop_link import stop_reminders
from bot.services import Services
from core.clock import now, turn_forward
from core.errors import InterviewOver, LinkUnknown
from core.tables import Interview, Letter, Message, Schedule
from tests.bot.outreach.conftest import turn_to
from tests.bot.outreach.letter_box import BY, change_position, letters, only, post, send
from tests.bot.outreach.mail_server import MailServer, part


def due(services: Services, interview_id: str) -> dict[str, str]:
    """When each pending reminder is due, in UTC."""
    return {
        one.kind: one.due_at.strftime("%m-%d %H:%M")
        for one in letters(services, interview_id)
        if one.state == "pending" and one.kind.startswith("reminder")
    }


def begin(services: Services, interview_id: str) -> None:
    """The candidate acknowledges the notice, and something is said."""
    with services.database.unit_of_work() as session:
        session.get_one(Interview, interview_id).consented_at = now()
        session.add(
            Message(
                interview_id=interview_id,
                seq=1,
                sender="bot",
                kind="question",
                text_sealed="",
                turn_id="t",
                created_at=now(),
            )
        )


async def test_reminders_come_a_day_and_an_hour_before_the_end_once_each(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    assert due(house_with_mail, made.id) == {"reminder_day": "11-30 02:00", "reminder_hour": "12-01 01:00"}
    sent = []
    for _ in range(24 * 8):
        turn_forward(timedelta(hours=1))
        await post(house_with_mail)
        sent.append(len(mail.mails))
    assert [one["Subject"] for one in mail.mails] == [
        "线上面试邀请：销售代表",
        "提醒：“销售代表”面试将于12月1日10:00截止",
        "即将截止：“销售代表”面试（12月1日10:00）",
    ]
    assert all("List-Unsubscribe" in one for one in mail.mails)


@pytest.mark.parametrize(
    ("zone", "invited", "expected"),
    [
        # the window ends at 07:30: both would come in a night, and come in the evening before it
        ("Asia/Shanghai", "2026-06-08T07:30+08:00", {"reminder_day": "06-13 12:30", "reminder_hour": "06-14 12:30"}),
        # it ends at 22:30: the last hour is moved to 20:30
        ("Asia/Shanghai", "2026-06-08T22:30+08:00", {"reminder_day": "06-14 12:30", "reminder_hour": "06-15 12:30"}),
        # the holiday of 1 to 7 October takes both, and one comes the evening before
        ("Asia/Shanghai", "2026-09-27T10:00+08:00", {"reminder_day": "09-30 12:30"}),
        # a Saturday that is worked after the holiday is a day like others
        ("Asia/Shanghai", "2026-10-03T10:00+08:00", {"reminder_hour": "10-10 01:00", "reminder_day": "10-09 02:00"}),
        # the clocks go forward in the night before the end, and back
        ("America/New_York", "2026-03-01T12:00-05:00", {"reminder_day": "03-07 17:00", "reminder_hour": "03-08 16:00"}),
        ("America/New_York", "2026-10-25T12:00-04:00", {"reminder_day": "10-31 16:00", "reminder_hour": "11-01 15:00"}),
        ("Europe/Berlin", "2026-03-22T20:30+01:00", {"reminder_day": "03-28 19:30", "reminder_hour": "03-29 18:30"}),
        ("Europe/Berlin", "2026-10-18T20:30+02:00", {"reminder_day": "10-24 18:30", "reminder_hour": "10-25 17:30"}),
        ("Australia/Sydney", "2026-09-27T09:15+10:00", {"reminder_day": "10-02 23:15", "reminder_hour": "10-03 22:15"}),
    ],
)
async def test_reminders_keep_to_the_clock_and_holidays_of_the_candidate(
    house_with_mail: Services, zone: str, invited: str, expected: dict[str, str]
) -> None:
    turn_to(invited)
    made = invite(house_with_mail, InvitationRequest("sales", "李雷", "zh", email="li@example.com", time_zone=zone), BY)
    assert due(house_with_mail, made.id) == expected


async def test_who_begins_late_is_not_told_that_a_day_is_left(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    turn_to("2026-12-01T09:01+08:00")
    await post(house_with_mail)  # after a week in which no worker ran
    assert only(house_with_mail, made.id, "reminder_day").problem == "too_late"
    assert only(house_with_mail, made.id, "reminder_hour").state == "sent"


async def test_nobody_is_reminded_of_what_is_done(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    with house_with_mail.database.unit_of_work() as session:
        session.get_one(Interview, made.id).finished_at = now()
    turn_forward(timedelta(days=6, hours=1))
    assert await post(house_with_mail) == 0
    assert only(house_with_mail, made.id, "reminder_day").problem == "finished"


async def test_who_wants_no_reminders_gets_none_and_the_interview_stays_open(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    with house_with_mail.database.reading() as session:
        candidate_id = session.get_one(Interview, made.id).candidate_id
    stop_reminders(house_with_mail, candidate_id)
    turn_forward(timedelta(days=9))
    plan_what_follows(house_with_mail)
    turn_forward(timedelta(hours=12))
    await post(house_with_mail)
    assert len(mail.mails) == 1
    assert {one.problem for one in letters(house_with_mail, made.id) if one.kind != "invitation"} == {"unsubscribed"}
    with house_with_mail.database.reading() as session:
        assert session.get_one(Interview, made.id).withdrawn_at is None


async def test_a_position_may_do_without_reminders(house_with_mail: Services) -> None:
    change_position(house_with_mail, reminders=False, window_days=3)
    made = send(house_with_mail)
    assert due(house_with_mail, made.id) == {}
    assert made.expires_at - now() > timedelta(days=2, hours=23)


async def test_who_did_not_come_is_offered_new_times_once_and_can_open_them_once(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    turn_to("2026-12-01T10:30+08:00")
    for _ in range(3):
        plan_what_follows(house_with_mail)
        await post(house_with_mail)
    assert [one["Subject"] for one in mail.mails[1:]] == ["“销售代表”面试：如果还想参加，可以重新开放"]
    assert "重新开放3天" in part(mail.mails[1], "text/plain")

    reopen(house_with_mail, made.token)
    reopen(house_with_mail, made.token)
    with house_with_mail.database.reading() as session:
        assert session.get_one(Interview, made.id).expires_at == pytest.approx(
            now() + timedelta(days=3), abs=timedelta(seconds=5)
        )
        assert session.get_one(Schedule, made.id).sequence == 1
    assert set(due(house_with_mail, made.id)) == {"reminder_day", "reminder_hour"}

    turn_forward(timedelta(days=3, minutes=1))
    plan_what_follows(house_with_mail)
    assert [one.kind for one in letters(house_with_mail, made.id)].count("new_times") == 1
    with pytest.raises(InterviewOver):
        reopen(house_with_mail, made.token)


async def test_the_offer_ends_with_the_position_and_after_two_weeks(house_with_mail: Services) -> None:
    made = send(house_with_mail)
    turn_forward(timedelta(days=8))
    with house_with_mail.database.reading() as session:
        assert may_reopen(session, session.get_one(Interview, made.id))
    change_position(house_with_mail, closed=True)
    with pytest.raises(InterviewOver):
        reopen(house_with_mail, made.token)
    change_position(house_with_mail, closed=False)
    turn_forward(timedelta(days=14))
    with pytest.raises(InterviewOver):
        reopen(house_with_mail, made.token)
    with pytest.raises(LinkUnknown):
        reopen(house_with_mail, "nothing")


async def test_who_stopped_in_the_middle_gets_the_link_to_go_on_once(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    begin(house_with_mail, made.id)
    turn_forward(timedelta(hours=5, minutes=50))
    plan_what_follows(house_with_mail)
    assert [one.kind for one in letters(house_with_mail, made.id)].count("resume") == 0
    turn_forward(timedelta(minutes=20))
    for _ in range(2):
        plan_what_follows(house_with_mail)
        await post(house_with_mail)
    assert [one["Subject"] for one in mail.mails[1:]] == ["接着完成“销售代表”面试"]


async def test_who_falls_silent_in_the_evening_hears_of_it_in_the_morning(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    turn_to("2026-11-24T18:00+08:00")
    begin(house_with_mail, made.id)
    turn_to("2026-11-25T00:05+08:00")
    plan_what_follows(house_with_mail)
    assert only(house_with_mail, made.id, "resume").due_at.isoformat() == "2026-11-25T00:00:00+00:00"


async def test_without_any_road_nothing_is_planned(house_with_mail: Services) -> None:
    house_with_mail.settings.mail.host = None
    made = send(house_with_mail)
    begin(house_with_mail, made.id)
    turn_forward(timedelta(hours=9))
    plan_what_follows(house_with_mail)
    assert letters(house_with_mail, made.id) == []


async def test_one_interview_that_cannot_be_planned_for_holds_up_no_other(
    house_with_mail: Services, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = send(house_with_mail), send(house_with_mail, email="han@example.com")
    turn_forward(timedelta(days=8))
    plan = reminder.plan_letter

    def faulty(services: Services, session: Session, interview: Interview, kind: str) -> Letter | None:
        if interview.id == bad.id:
            raise ValueError("a fault of ours")
        return plan(services, session, interview, kind)

    monkeypatch.setattr(reminder, "plan_letter", faulty)
    plan_what_follows(house_with_mail)
    assert only(house_with_mail, good.id, "new_times").state == "pending"
