from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from icalendar import Calendar
from sqlmodel import select

from bot.outreach import postman
from bot.outreach.invitation import (
    InvitationRequest,
    PositionClosed,
    call_off,
    invite,
    renew_link,
    revoke_links,
)
from bot.outreach.postman import send_again
from bot.outreach.reminder import plan_what_follows
from bot.outreach.slot import book_slot
from bot.outreach.stop_link import candidate_of, stop_reminders
from bot.outreach.wording import Facts, Worded
from bot.positions import newest_position
from bot.services import Services
from core.clock import now, turn_forward
from core.encryption import hash_token
from core.tables import AccessLink, Candidate, Interview, Letter, Position
from dialogue.interview_plan import profile_of
from dialogue.notice import notice_parameters
from dialogue.phrases import phrase
from tests.bot.console.house import HOST
from tests.bot.outreach.conftest import turn_to
from tests.bot.outreach.letter_box import BY, change_position, letters, only, post, send
from tests.bot.outreach.mail_server import MailServer, part


def event_of(mail: EmailMessage) -> tuple[str, dict[str, str]]:
    """Method and properties of the event in a mail."""
    calendar = Calendar.from_ical(part(mail, "text/calendar"))
    (event,) = calendar.walk("VEVENT")
    return str(calendar["method"]), {name: str(event.get(name)) for name in ("uid", "sequence", "status", "transp")}


async def test_an_invitation_goes_out_once_with_everything_a_candidate_needs(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    assert made.letter == "email"
    assert [await post(house_with_mail) for _ in range(3)] == [1, 0, 0]

    (sent,) = mail.mails
    text = part(sent, "text/plain")
    assert (sent["To"], sent["From"].addresses[0].display_name) == ("li@example.com", "启明科技招聘")
    assert sent["Subject"] == "线上面试邀请：销售代表"
    for needed in (
        "李雷，您好！",
        "12月1日（周二）10:00（北京时间）之前",
        "大约20分钟",
        "税前月薪9000至12000元",
        "网络稳定",
        "着装不限，也不影响评分",
        "本次由AI提问并初评，是否进入下一轮由招聘负责人决定。",
        "转人工",
    ):
        assert needed in text
    assert "10000至13000" not in text
    assert [one.get_content_type() for one in sent.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert (sent["Content-Language"], sent["Auto-Submitted"]) == ("zh-CN", "auto-generated")
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent["Message-ID"] == f"<{only(house_with_mail, made.id, 'invitation').id}@qiming.example>"
    assert event_of(sent) == (
        "REQUEST",
        {"uid": f"{made.id}@qiming.example", "sequence": "0", "status": "CONFIRMED", "transp": "TRANSPARENT"},
    )
    letter = only(house_with_mail, made.id, "invitation")
    assert (letter.state, letter.sent_at is not None) == ("sent", True)


async def test_the_link_in_the_letter_leads_into_the_interview_and_is_kept_as_a_hash_alone(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    found = re.search(rf"{HOST}/i/([\w-]+)", part(mail.mails[0], "text/plain"))
    assert found is not None
    token = found[1]
    assert len(token) == 16  # 96 bits
    with house_with_mail.database.reading() as session:
        links = session.exec(select(AccessLink).where(AccessLink.interview_id == made.id)).all()
        assert {link.token_hash for link in links} == {hash_token(token), hash_token(made.token)}
        letter = session.exec(select(Letter).where(Letter.kind == "invitation")).one()
        assert letter.body_sealed is not None
        assert token not in letter.body_sealed


async def test_the_english_letter_says_it_in_english(house_with_mail: Services, mail: MailServer) -> None:
    send(house_with_mail, language="en", name="Maya Lindqvist", phone=None)
    await post(house_with_mail)
    text = part(mail.mails[0], "text/plain")
    assert "Dear Maya Lindqvist," in text
    assert "Tuesday 1 December, 10:00 (Beijing time)" in text
    assert "¥9,000 to ¥12,000 a month before tax" in text
    assert re.search(r"[\u4e00-\u9fff]", text.replace("启明科技", "")) is None
    assert "AI asks the questions and makes a first assessment; the recruiter decides" in text


@pytest.mark.parametrize(
    ("advances", "words"),
    [(False, "是否进入下一轮由招聘负责人决定"), (True, "达到及格线自动进入下一轮，其余由招聘负责人决定")],
)
async def test_the_letter_says_who_decides_in_the_words_of_the_chat(
    house_with_mail: Services, mail: MailServer, advances: bool, words: str
) -> None:
    with house_with_mail.database.unit_of_work() as session:
        sales = newest_position(session, "sales")
        profile = sales.profile | {
            "review": sales.profile["review"] | {"automatic_advance": advances},
            "currency": "EUR",
        }
        session.add(Position(key="sales", version=sales.version + 1, profile=profile, created_at=now()))
    made = send(house_with_mail)
    await post(house_with_mail)
    (message,) = mail.mails
    text = message.get_body(("plain",)).get_content()
    assert f"本次由AI提问并初评，{words}" in text
    assert "税前月薪9000至12000欧元" in text
    with house_with_mail.database.reading() as session:
        interview = session.get_one(Interview, made.id)
        chat = phrase("utter_notice", "zh", **notice_parameters(interview, profile_of(session, interview)))
    assert f"本次由AI提问并初评，{words}" in chat
    assert "税前月薪9000至12000欧元" in chat


async def test_without_a_mail_server_the_link_is_for_the_recruiter_to_pass_on(
    house_with_mail: Services, mail: MailServer
) -> None:
    house_with_mail.settings.mail.host = None
    made = send(house_with_mail)
    assert (made.letter, letters(house_with_mail, made.id), made.url) == (None, [], f"{HOST}/i/{made.token}")


async def test_whoever_passes_the_link_on_has_no_letter_sent_and_none_follows(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = invite(
        house_with_mail, InvitationRequest("sales", "李雷", "zh", email="li@example.com", send_link=False), BY
    )
    turn_forward(timedelta(days=8))
    plan_what_follows(house_with_mail)
    assert (made.letter, letters(house_with_mail, made.id)) == (None, [])


async def test_who_has_no_address_on_a_road_that_is_set_up_gets_no_letter(house_with_mail: Services) -> None:
    assert send(house_with_mail, email=None).letter is None


async def test_a_letter_written_at_night_waits_for_the_morning(house_with_mail: Services, mail: MailServer) -> None:
    turn_to("2026-11-24T22:15+08:00")
    made = send(house_with_mail)
    assert await post(house_with_mail) == 0
    assert only(house_with_mail, made.id, "invitation").due_at.isoformat() == "2026-11-25T00:00:00+00:00"
    turn_to("2026-11-25T08:00:01+08:00")
    assert await post(house_with_mail) == 1


async def test_a_letter_that_could_not_go_in_the_evening_does_not_go_in_the_night(
    house_with_mail: Services, mail: MailServer
) -> None:
    send(house_with_mail)
    mail.at_rcpt = ["451 4.7.1 Greylisted, try again later"]
    turn_to("2026-11-24T20:59+08:00")
    await post(house_with_mail)
    turn_to("2026-11-24T23:00+08:00")
    assert await post(house_with_mail) == 0
    turn_to("2026-11-25T08:01+08:00")
    assert await post(house_with_mail) == 1


async def test_an_address_that_is_dead_is_not_tried_again_and_says_so(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    mail.at_rcpt = ["550 5.1.1 <li@example.com>: no such user"]
    await post(house_with_mail)
    letter = only(house_with_mail, made.id, "invitation")
    assert (letter.state, letter.problem, letter.problem_code) == ("parked", "bounced", 550)
    turn_forward(timedelta(hours=3))
    assert await post(house_with_mail) == 0
    assert mail.mails == []


async def test_a_greylisted_letter_arrives_a_little_later(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    mail.at_rcpt = ["451 4.7.1 Greylisted, try again later"]
    assert await post(house_with_mail) == 0
    letter = only(house_with_mail, made.id, "invitation")
    assert (letter.state, letter.problem, letter.problem_code) == ("pending", "try_later", 451)
    assert timedelta(seconds=29) <= letter.due_at - now() <= timedelta(minutes=2)
    turn_forward(timedelta(minutes=3))
    assert await post(house_with_mail) == 1
    assert only(house_with_mail, made.id, "invitation").problem is None


async def test_while_the_server_is_down_letters_wait_and_one_attempt_stands_for_all(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = [send(house_with_mail, email=f"li{number}@example.com") for number in range(3)]
    right, house_with_mail.settings.mail.port = house_with_mail.settings.mail.port, 9
    assert await post(house_with_mail) == 0
    tries = sorted(only(house_with_mail, one.id, "invitation").tries for one in made)
    assert tries == [0, 0, 1]
    house_with_mail.settings.mail.port = right
    turn_forward(timedelta(minutes=3))
    assert await post(house_with_mail) == 3


async def test_after_three_days_of_trying_a_person_is_told(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    mail.at_rcpt = ["451 later"] * 9
    await post(house_with_mail)
    turn_forward(timedelta(days=3, hours=1))
    await post(house_with_mail)
    letter = only(house_with_mail, made.id, "invitation")
    assert (letter.state, letter.problem) == ("parked", "given_up")


async def test_a_text_that_is_refused_is_parked(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    mail.at_data = ["554 5.7.1 Spam message rejected"]
    await post(house_with_mail)
    letter = only(house_with_mail, made.id, "invitation")
    assert (letter.state, letter.problem, letter.problem_code) == ("parked", "letter_refused", 554)


async def test_a_server_that_does_not_take_our_sender_parks_nobodys_letter(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = [send(house_with_mail, email=f"li{number}@example.com") for number in range(2)]
    mail.at_mail = ["553 5.7.1 sender not allowed"]
    assert await post(house_with_mail) == 0
    told = sorted((one.state, one.problem or "") for each in made for one in letters(house_with_mail, each.id)[:1])
    assert told == [("pending", ""), ("pending", "settings_wrong")]
    turn_forward(timedelta(hours=1))
    assert await post(house_with_mail) == 2


async def test_a_letter_whose_acknowledgement_was_lost_is_not_sent_twice_by_itself(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    mail.hangs_up = True
    await post(house_with_mail)
    assert (only(house_with_mail, made.id, "invitation").state, len(mail.mails)) == ("unknown", 1)
    mail.hangs_up = False
    turn_forward(timedelta(hours=2))
    assert await post(house_with_mail) == 0

    with house_with_mail.database.unit_of_work() as session:
        send_again(session, only(house_with_mail, made.id, "invitation").id)
    assert await post(house_with_mail) == 1
    first, second = mail.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert part(first, "text/plain") == part(second, "text/plain")


async def test_a_worker_that_died_in_the_middle_leaves_a_letter_for_a_person(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    with house_with_mail.database.unit_of_work() as session:
        letter = session.get_one(Letter, only(house_with_mail, made.id, "invitation").id)
        letter.state, letter.due_at = "sending", now() + timedelta(minutes=3)
    assert await post(house_with_mail) == 0
    turn_forward(timedelta(minutes=4))
    await post(house_with_mail)
    assert (only(house_with_mail, made.id, "invitation").state, mail.mails) == ("unknown", [])


async def test_a_position_that_was_closed_meanwhile_sends_nothing_and_invites_nobody(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    change_position(house_with_mail, closed=True)
    assert await post(house_with_mail) == 0
    assert only(house_with_mail, made.id, "invitation").problem == "position_closed"
    with pytest.raises(PositionClosed):
        send(house_with_mail, email="han@example.com")


async def test_a_revoked_link_is_not_brought_back_by_a_letter(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    revoke_links(house_with_mail, made.id, BY)
    await post(house_with_mail)
    assert only(house_with_mail, made.id, "invitation").problem == "link_revoked"


async def test_a_new_link_is_sent_with_the_event_moved(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    turn_forward(timedelta(days=1))
    assert renew_link(house_with_mail, made.id, BY).letter == "email"
    assert await post(house_with_mail) == 1
    (_, first), (_, second) = (event_of(one) for one in mail.mails)
    assert first["uid"] == second["uid"]
    assert (first["sequence"], second["sequence"]) == ("0", "1")


async def test_an_invitation_that_waits_is_replaced_by_the_one_with_the_new_link(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    mail.at_rcpt = ["451 later"]
    assert await post(house_with_mail) == 0  # its words and its link stand from now on
    renew_link(house_with_mail, made.id, BY)
    turn_forward(timedelta(hours=1))
    assert [await post(house_with_mail) for _ in range(2)] == [1, 0]
    states = {
        one.version: (one.state, one.problem) for one in letters(house_with_mail, made.id) if one.kind == "invitation"
    }
    assert states == {1: ("dropped", "superseded"), 2: ("sent", None)}


async def test_an_earlier_time_is_not_told_again_after_a_later_one(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    mail.at_data = ["554 no"]
    await post(house_with_mail)
    book_slot(house_with_mail, made.id, "2026-11-27T10:00", BY)
    await post(house_with_mail)
    with house_with_mail.database.unit_of_work() as session:
        send_again(session, only(house_with_mail, made.id, "invitation").id)
    assert await post(house_with_mail) == 0
    assert only(house_with_mail, made.id, "invitation").problem == "superseded"


async def test_whose_links_were_revoked_is_not_offered_new_times(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    revoke_links(house_with_mail, made.id, BY)
    turn_forward(timedelta(days=8))
    plan_what_follows(house_with_mail)
    assert await post(house_with_mail) == 0
    assert only(house_with_mail, made.id, "new_times").problem == "link_revoked"


async def test_a_reminder_that_was_planned_days_ago_is_tried_as_patiently_as_any(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    turn_to("2026-11-30T10:05+08:00")
    mail.at_rcpt = ["451 later"] * 2
    for _ in range(2):
        assert await post(house_with_mail) == 0
        turn_forward(timedelta(minutes=5))
    assert only(house_with_mail, made.id, "reminder_day").state == "pending"
    assert await post(house_with_mail) == 1


async def test_a_letter_that_cannot_be_worded_holds_up_no_other(
    house_with_mail: Services, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = send(house_with_mail, name="韩梅梅"), send(house_with_mail, email="han@example.com")
    wording = postman.word_mail

    def faulty(kind: str, to: str, facts: Facts) -> Worded:
        if facts.name == "韩梅梅":
            raise ValueError("a fault of ours")
        return wording(kind, to, facts)

    monkeypatch.setattr(postman, "word_mail", faulty)
    assert await post(house_with_mail) == 1
    assert only(house_with_mail, bad.id, "invitation").problem == "unforeseen"
    assert only(house_with_mail, good.id, "invitation").state == "sent"


async def test_who_is_called_off_while_the_letter_is_under_way_is_told_as_well(
    house_with_mail: Services, mail: MailServer
) -> None:
    made = send(house_with_mail)
    with house_with_mail.database.unit_of_work() as session:
        session.get_one(Letter, only(house_with_mail, made.id, "invitation").id).state = "sending"
        call_off(session, session.get_one(Interview, made.id), BY)
    assert only(house_with_mail, made.id, "called_off").state == "pending"


async def test_calling_off_takes_the_event_away_and_tells_who_was_written_to(
    house_with_mail: Services, mail: MailServer
) -> None:
    told, untold = send(house_with_mail), send(house_with_mail, email="han@example.com")
    with house_with_mail.database.unit_of_work() as session:
        call_off(session, session.get_one(Interview, untold.id), BY)
    await post(house_with_mail)
    with house_with_mail.database.unit_of_work() as session:
        call_off(session, session.get_one(Interview, told.id), BY)
    assert await post(house_with_mail) == 1
    assert [one["To"] for one in mail.mails] == ["li@example.com"] * 2
    method, event = event_of(mail.mails[1])
    assert (method, event["status"], event["uid"]) == ("CANCEL", "CANCELLED", f"{told.id}@qiming.example")
    assert event["sequence"] == "1"
    assert "已取消" in part(mail.mails[1], "text/plain")


async def test_an_erased_candidate_is_not_written_to(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    with house_with_mail.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, made.id).candidate_id).wrapped_key = None
    assert await post(house_with_mail) == 0
    assert only(house_with_mail, made.id, "invitation").problem == "erased"


async def test_the_stop_link_of_one_candidate_is_none_for_another(house_with_mail: Services, mail: MailServer) -> None:
    made = send(house_with_mail)
    await post(house_with_mail)
    url = str(mail.mails[0]["List-Unsubscribe"]).strip("<>")
    candidate_id = candidate_of(house_with_mail, url.rpartition("/")[2])
    stop_reminders(house_with_mail, candidate_id)
    with house_with_mail.database.reading() as session:
        assert session.get_one(Interview, made.id).candidate_id == candidate_id
        assert session.get_one(Candidate, candidate_id).reminders_off_at is not None
    with pytest.raises(Exception, match="no such link"):
        candidate_of(house_with_mail, f"01ARZ3NDEKTSV4RRFFQ69G5FAV.{url.rpartition('.')[2]}")
