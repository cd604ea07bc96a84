from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from bot.conversation import messages_after
from bot.hr_talk.booking import (
    MOST_CHANGES,
    NoTalk,
    PhoneMissing,
    TalkBegun,
    TalkNotOffered,
    TalkToCome,
    TimeGone,
    TooManyChanges,
    WordsTooLong,
    book_talk,
    cancel_talk,
    let_go_of_withdrawn,
    mark_talk,
    tell_new_way,
)
from bot.hr_talk.offer import set_offer
from bot.hr_talk.reminder import remind_in_chats
from bot.outreach.stop_link import stop_reminders
from bot.services import Services
from core.clock import hands_restored, now, turn_forward
from core.tables import AuditEntry, Interview, Score, Talk, TelegramChat
from tests.bot.console.house import furnished
from tests.bot.hr_talk.talk_house import CANDIDATE, LINK, candidate_of, finished, free, offer, recruiter, talk_row
from tests.bot.outreach.conftest import turn_to
from tests.bot.outreach.letter_box import change_position, letters, post
from tests.bot.outreach.mail_server import MailServer, part
from tests.bot.outreach.test_postman import event_of


def subjects(mail: MailServer) -> list[str]:
    return [str(one["Subject"]) for one in mail.mails]


async def test_a_talk_is_one_event_that_is_booked_moved_and_cancelled(
    house_with_mail: Services, mail: MailServer
) -> None:
    mei, interview_id = recruiter(house_with_mail), finished(house_with_mail)
    offer(house_with_mail, mei)
    first, second, *_ = free(house_with_mail, interview_id)
    for step in ("book", "again", "move", "cancel"):
        if step == "cancel":
            cancel_talk(house_with_mail, interview_id, CANDIDATE)
        else:
            book_talk(house_with_mail, interview_id, (second if step == "move" else first).id, CANDIDATE)
        await post(house_with_mail)
    events = [event_of(one) for one in mail.mails if "沟通" in str(one["Subject"])]
    assert [(method, event["sequence"]) for method, event in events] == [
        ("REQUEST", "0"),
        ("REQUEST", "1"),
        ("CANCEL", "2"),
    ]
    assert {event["uid"] for _, event in events} == {f"talk.{interview_id}@qiming.example"}
    assert subjects(mail) == [
        "和招聘人员的沟通：11月26日14:00，销售代表",
        "和招聘人员的沟通有变动：11月26日14:15，销售代表",
        "和招聘人员的沟通已取消：销售代表",
    ]
    assert LINK in part(mail.mails[0], "text/plain")
    assert "DTSTART:20261126T060000Z" in part(mail.mails[0], "text/calendar")
    assert "DTEND:20261126T061000Z" in part(mail.mails[0], "text/calendar")
    assert f"LOCATION:{LINK}" in part(mail.mails[0], "text/calendar").replace("\r\n ", "")
    said = [m["text"] for m in messages_after(house_with_mail, interview_id, 0)]
    assert [text.partition("\n")[0] for text in said] == [
        "已约好：11月26日（周四）14:00（北京时间）和招聘人员聊十分钟，不计入评分。",
        "和招聘人员的沟通有变动，现在定在11月26日（周四）14:15（北京时间），大约十分钟。",
        "原定11月26日（周四）14:15（北京时间）和招聘人员的沟通已取消。",
    ]
    assert [each.id for each in free(house_with_mail, interview_id)][:2] == [first.id, second.id]


async def test_one_reminder_comes_an_hour_before_and_none_after_a_cancellation_or_to_who_wants_none(
    house_with_mail: Services, mail: MailServer
) -> None:
    mei = recruiter(house_with_mail)
    people = [finished(house_with_mail, email=f"p{n}@example.com") for n in range(4)]
    offer(house_with_mail, mei, ends="15:15")
    for interview_id in people:
        book_talk(house_with_mail, interview_id, free(house_with_mail, interview_id)[0].id, CANDIDATE)
    book_talk(house_with_mail, people[0], free(house_with_mail, people[0])[0].id, CANDIDATE)  # moved: reminded once
    await post(house_with_mail)
    cancel_talk(house_with_mail, people[1], CANDIDATE)
    stop_reminders(house_with_mail, candidate_of(house_with_mail, people[2]).id)
    mail.mails.clear()
    turn_to("2026-11-26T12:44+08:00")
    await post(house_with_mail)
    assert not [one for one in subjects(mail) if one.startswith("提醒")]
    for _ in range(8):
        turn_forward(timedelta(minutes=10))
        await post(house_with_mail)
    reminded = [str(one["To"]) for one in mail.mails if str(one["Subject"]).startswith("提醒")]
    assert sorted(reminded) == ["p0@example.com", "p3@example.com"]


async def test_a_talk_at_eight_is_reminded_of_in_the_evening_before_and_nothing_comes_at_night(
    house_with_mail: Services, mail: MailServer
) -> None:
    """By the candidate's clock, which is put back in New York on 2026-11-01: 08:00 is 13:00 UTC on that day."""
    turn_to("2026-10-30T22:00-04:00")
    mei, interview_id = recruiter(house_with_mail), finished(house_with_mail, "America/New_York", phone=None)
    offer(house_with_mail, mei, "2026-11-01", "08:00", "08:30", "America/New_York", days_off=True)
    time = free(house_with_mail, interview_id)[0]
    assert f"{time.starts_at:%Y-%m-%dT%H:%M%z}" == "2026-11-01T13:00+0000"
    book_talk(house_with_mail, interview_id, time.id, CANDIDATE)
    await post(house_with_mail)
    assert mail.mails == []
    due = {one.kind: f"{one.due_at:%d %H:%M}" for one in letters(house_with_mail, interview_id) if "talk" in one.kind}
    assert due == {"talk": "31 12:00", "reminder_talk": "01 00:30"}
    turn_to("2026-10-31T20:31-04:00")
    await post(house_with_mail)
    assert "11月1日（周日）08:00（当地时间，UTC-5）" in part(mail.mails[-1], "text/plain")
    assert subjects(mail)[-1].startswith("提醒")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_of_two_who_press_at_once_one_gets_the_time_and_the_other_is_told(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_postgres: Callable[[], str]
) -> None:
    url = fresh_postgres() if kind == "postgresql" else f"sqlite:///{tmp_path}/race.sqlite"
    with furnished(tmp_path, monkeypatch, DATABASE_URL=url) as house, hands_restored():
        turn_to("2026-11-24T10:00+08:00")
        mei = recruiter(house)
        offer(house, mei, ends="14:15")
        people = [finished(house) for _ in range(4)]
        (only,) = free(house, people[0])
        together = threading.Barrier(len(people), timeout=20)

        def press(interview_id: str) -> bool:
            together.wait()
            try:
                book_talk(house, interview_id, only.id, CANDIDATE)
            except TimeGone:
                return False
            return True

        with ThreadPoolExecutor(len(people)) as crowd:
            assert sorted(crowd.map(press, people)) == [False, False, False, True]
        with house.database.reading() as session:
            (talk,) = session.exec(select(Talk).where(col(Talk.time_id).is_not(None))).all()
        other = next(one for one in people if one != talk.interview_id)
        # Even where nobody had looked before, the table itself takes no second one.
        with pytest.raises(IntegrityError), house.database.unit_of_work() as session:
            same = {"time_id": only.id, "host": mei.id, "starts_at": only.starts_at, "way": "link", "booked_at": now()}
            session.add(Talk(interview_id=other, **same))


async def test_only_who_finished_and_is_still_in_it_can_book_and_only_what_is_there(house_with_mail: Services) -> None:
    mei, interview_id = recruiter(house_with_mail), finished(house_with_mail, email=None, phone="13800001234")
    offer(house_with_mail, mei, "2026-11-24", "10:30", "12:30")
    offer(house_with_mail, mei, "2026-11-24", "14:00", "15:00")
    times = free(house_with_mail, interview_id)
    assert f"{times[0].starts_at:%H:%M}" == "03:15"  # 11:15 in Shanghai: an hour ahead at least
    for wrong in ("", "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        with pytest.raises(TimeGone):
            book_talk(house_with_mail, interview_id, wrong, CANDIDATE)
    turn_forward(timedelta(minutes=30))
    with pytest.raises(TimeGone):
        book_talk(house_with_mail, interview_id, times[0].id, CANDIDATE)
    for state in ("finished_at", "withdrawn_at"):
        with house_with_mail.database.unit_of_work() as session:
            interview = session.get_one(Interview, interview_id)
            setattr(interview, state, None if state == "finished_at" else now())
        with pytest.raises(TalkNotOffered):
            book_talk(house_with_mail, interview_id, times[-1].id, CANDIDATE)
        with house_with_mail.database.unit_of_work() as session:
            interview = session.get_one(Interview, interview_id)
            interview.finished_at, interview.withdrawn_at = now(), None
    for _ in range(MOST_CHANGES // 2 + 1):
        book_talk(house_with_mail, interview_id, times[-1].id, CANDIDATE)
        cancel_talk(house_with_mail, interview_id, CANDIDATE)
    with pytest.raises(TooManyChanges):
        book_talk(house_with_mail, interview_id, times[-1].id, CANDIDATE)
    with house_with_mail.database.unit_of_work() as session:
        session.get_one(Talk, interview_id).sequence = 0
        session.get_one(
            type(candidate_of(house_with_mail, interview_id)), interview.candidate_id
        ).time_zone = "America/New_York"
    with pytest.raises(TimeGone):  # it is offered, but it is night where they are
        book_talk(house_with_mail, interview_id, times[-1].id, CANDIDATE)
    with house_with_mail.database.unit_of_work() as session:
        set_offer(session, "sales", "phone", "", True, mei)
        session.get_one(type(candidate_of(house_with_mail, interview_id)), interview.candidate_id).time_zone = None
        session.get_one(type(candidate_of(house_with_mail, interview_id)), interview.candidate_id).phone_sealed = None
    with pytest.raises(PhoneMissing):
        book_talk(house_with_mail, interview_id, times[-1].id, CANDIDATE)
    change_position(house_with_mail, closed=True)
    with pytest.raises(TalkNotOffered):
        book_talk(house_with_mail, interview_id, times[-1].id, CANDIDATE)


async def test_a_recruiter_moves_and_cancels_with_a_word_that_only_the_candidate_can_read(
    house_with_mail: Services, mail: MailServer
) -> None:
    mei, interview_id = recruiter(house_with_mail), finished(house_with_mail)
    offer(house_with_mail, mei)
    first, second, *_ = free(house_with_mail, interview_id)
    book_talk(house_with_mail, interview_id, first.id, CANDIDATE)
    await post(house_with_mail)
    book_talk(house_with_mail, interview_id, second.id, mei, "当天要开会，抱歉。")
    await post(house_with_mail)
    assert "招聘人员留言：当天要开会，抱歉。" in part(mail.mails[-1], "text/plain")
    assert "当天要开会" not in str(talk_row(house_with_mail, interview_id).model_dump())
    with pytest.raises(WordsTooLong):
        cancel_talk(house_with_mail, interview_id, mei, "长" * 301)
    cancel_talk(house_with_mail, interview_id, mei, "下周再约 {position}")
    await post(house_with_mail)
    assert "下周再约 {position}" in part(mail.mails[-1], "text/plain")
    with pytest.raises(NoTalk):
        cancel_talk(house_with_mail, interview_id, mei)
    with house_with_mail.database.reading() as session:
        log = [(row.actor, row.action) for row in session.exec(select(AuditEntry)) if row.subject == interview_id]
    assert log[-3:] == [("candidate:1", "talk_booked"), (mei.id, "talk_moved"), (mei.id, "talk_cancelled")]


async def test_a_new_meeting_link_reaches_who_has_a_talk_to_come(house_with_mail: Services, mail: MailServer) -> None:
    mei, interview_id = recruiter(house_with_mail), finished(house_with_mail)
    offer(house_with_mail, mei)
    book_talk(house_with_mail, interview_id, free(house_with_mail, interview_id)[0].id, CANDIDATE)
    await post(house_with_mail)
    assert tell_new_way(house_with_mail, "sales", mei.id) == 0
    with house_with_mail.database.unit_of_work() as session:
        set_offer(session, "sales", "phone", "", True, mei)
    assert tell_new_way(house_with_mail, "sales", mei.id) == 1
    await post(house_with_mail)
    text = part(mail.mails[-1], "text/plain")
    assert "招聘人员会打您登记的电话 138****1234" in text
    assert LINK not in text
    with house_with_mail.database.unit_of_work() as session:
        set_offer(session, "sales", "link", "", False, mei)  # switched off: no link is asked for, what is booked stands
    assert tell_new_way(house_with_mail, "sales", mei.id) == 0
    assert talk_row(house_with_mail, interview_id).way == "phone"


async def test_who_leaves_has_no_talk_any_more_and_the_time_is_free_again(
    house_with_mail: Services, mail: MailServer
) -> None:
    mei, leaver, stays = recruiter(house_with_mail), finished(house_with_mail), finished(house_with_mail)
    offer(house_with_mail, mei, ends="14:15")
    (only,) = free(house_with_mail, leaver)
    book_talk(house_with_mail, leaver, only.id, CANDIDATE)
    await post(house_with_mail)
    assert free(house_with_mail, stays) == []
    with house_with_mail.database.unit_of_work() as session:
        session.get_one(Interview, leaver).withdrawn_at = now()
    assert [let_go_of_withdrawn(house_with_mail) for _ in range(2)] == [1, 0]
    await post(house_with_mail)
    assert event_of(mail.mails[-1])[0] == "CANCEL"
    assert "您已退出“销售代表”面试" in part(mail.mails[-1], "text/plain")
    assert [each.id for each in free(house_with_mail, stays)] == [only.id]


async def test_a_talk_that_began_is_marked_once_it_has_and_scores_nothing(house_with_mail: Services) -> None:
    mei, interview_id = recruiter(house_with_mail), finished(house_with_mail)
    offer(house_with_mail, mei)
    first, second, *_ = free(house_with_mail, interview_id)
    book_talk(house_with_mail, interview_id, first.id, CANDIDATE)
    with pytest.raises(TalkToCome):
        mark_talk(house_with_mail, interview_id, "missed", mei)
    turn_to("2026-11-26T14:05+08:00")
    for press in (
        lambda: cancel_talk(house_with_mail, interview_id, CANDIDATE),
        lambda: book_talk(house_with_mail, interview_id, second.id, CANDIDATE),
    ):
        with pytest.raises(TalkBegun):
            press()
    mark_talk(house_with_mail, interview_id, "missed", mei)
    offer(house_with_mail, mei, "2026-11-27")
    book_talk(house_with_mail, interview_id, free(house_with_mail, interview_id)[-1].id, CANDIDATE)  # another chance
    assert talk_row(house_with_mail, interview_id).outcome is None
    turn_to("2026-11-27T15:05+08:00")
    mark_talk(house_with_mail, interview_id, "held", mei)
    with pytest.raises(TalkNotOffered):
        book_talk(house_with_mail, interview_id, second.id, CANDIDATE)
    with house_with_mail.database.reading() as session:
        assert session.exec(select(Score)).all() == []


async def test_a_telegram_chat_is_reminded_once_an_hour_before(house_with_mail: Services) -> None:
    mei = recruiter(house_with_mail)
    offer(house_with_mail, mei)
    people = [finished(house_with_mail) for _ in range(2)]
    for interview_id in people:
        book_talk(house_with_mail, interview_id, free(house_with_mail, interview_id)[0].id, CANDIDATE)
    with house_with_mail.database.unit_of_work() as session:
        session.add(TelegramChat(bot_id=1, user_id=7, interview_id=people[0], chosen_at=now(), bound_at=now()))
    reminded = []
    for wall in ("12:59", "13:00", "13:10", "14:30"):
        turn_to(f"2026-11-26T{wall}:30+08:00")
        reminded.append(remind_in_chats(house_with_mail))
    assert reminded == [0, 1, 0, 0]
    said = messages_after(house_with_mail, people[0], 0)[-1]["text"]
    assert said.startswith("提醒：您约了11月26日（周四）14:00（北京时间）和招聘人员聊十分钟。\n到时打开会议链接：")
