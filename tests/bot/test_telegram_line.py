"""The line to Telegram against the fake Bot API: what is sent and when, what is pressed, what is refused, what stops."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot import conversation, telegram_handover, telegram_line
from bot.app import running
from bot.gateway.rate_limit import RateLimit
from bot.recordings import recorded_bytes
from bot.telegram_pace import Pace
from bot.telegram_sender import TelegramSender
from core.clock import now
from core.errors import Unavailable
from core.tables import Candidate, Interview, Message, Question, Recording, Resume, Timer, new_id
from dialogue.turn import Button, QuestionMark, Reply, Turn
from tests.bot.gateway.chat_door import changed, say
from tests.bot.telegram_house import House, Scripted, aside, echo, telegram_house, until
from tests.fakes.telegram.phones import Phone, buttons_of
from tests.recordings import clip_bytes, clips

CHOICES = (Button("没有简历", "background:form"), Button("跳过", "background:skip"))


@pytest.fixture
async def house(tmp_path: Path, telegram_api: str) -> AsyncIterator[House]:
    async with telegram_house(tmp_path, telegram_api) as opened:
        yield opened


def offering(turn: Turn) -> list[Reply]:
    """Buttons for a text, an echo for a press."""
    if turn.kind == "text":
        return [Reply("question", "请选一项。", CHOICES, mark=QuestionMark("background", None, 5))]
    return echo(turn)


async def begin(house: House, phone: Phone, language: str = "zh") -> str:
    """An interview of the phone's; its id."""
    invited = house.invite(language)
    before = len(await aside(house.updates))
    await aside(phone.open_link, invited.token)
    await until(lambda: len(updates := house.updates()) > before and updates[-1].done_at)
    return invited.interview_id


# --- pace -----------------------------------------------------------------------------------------------------------


async def test_thirty_chats_at_once_keep_their_order_and_the_pace(house: House) -> None:
    phones = [house.phone() for _ in range(30)]
    invitations = [house.invite() for _ in phones]
    manager = Scripted(echo, takes_s=0.01)
    async with house.open(manager):
        for phone, invited in zip(phones, invitations, strict=True):
            await aside(phone.open_link, invited.token)
        for number in range(4):
            for phone in phones:
                await aside(phone.write, str(number))
        await until(lambda: len(house.bot.look()["messages"]) == 120, 120)
    sent = await aside(house.bot.calls, "sendMessage")
    for phone in phones:
        own = [c for c in sent if int(c["params"]["chat_id"]) == phone.id]
        assert [c["params"]["text"] for c in own] == [f"收到：{number}" for number in range(4)]
        assert all(later["at"] - earlier["at"] > 0.8 for earlier, later in pairwise(own))
    moments = [c["at"] for c in sent]
    assert all(moments[at + 31] - moments[at] > 0.9 for at in range(len(moments) - 31))
    assert len(manager.seen) == 120


async def test_a_chat_that_has_to_wait_waits_alone(house: House) -> None:
    slow, quick = house.phone(), house.phone()
    async with house.open(Scripted(echo)):
        await begin(house, slow)
        await begin(house, quick)
        await aside(
            house.bot.fail,
            "sendMessage",
            429,
            "Too Many Requests: retry after 4",
            chat=slow.id,
            parameters={"retry_after": 4},
        )
        began = time.time()
        await aside(slow.write, "慢")
        await aside(quick.write, "快")
        await until(lambda: quick.texts() == ["收到：快"])
        assert slow.texts() == []
        await until(lambda: slow.texts() == ["收到：慢"])
    tries = [c["at"] for c in await aside(house.bot.calls, "sendMessage") if int(c["params"]["chat_id"]) == slow.id]
    assert len(tries) == 2
    assert tries[1] - tries[0] >= 3.9
    assert time.time() - began < 15


async def test_what_may_have_been_sent_is_sent_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_line, "READ_TIMEOUT_S", 1.0)
    phone = house.phone()
    async with house.open(Scripted(echo)):
        await begin(house, phone)
        await aside(house.bot.fail, "sendMessage", 504, "Gateway Timeout", done=2.5)
        await aside(phone.write, "超时")
        await until(lambda: len(phone.texts()) == 2)
        await aside(phone.write, "下一句")
        await until(lambda: len(phone.texts()) == 3)
    assert await aside(phone.texts) == ["收到：超时", "收到：超时", "收到：下一句"]


async def test_a_long_message_comes_in_pieces_and_the_buttons_under_the_last(house: House) -> None:
    phone, text = house.phone(), "第一段。" * 1000 + "\n\n" + "😀" * 2500
    async with house.open(Scripted(lambda turn: [Reply("question", text, CHOICES)])):
        await begin(house, phone)
        await aside(phone.write, "好")
        await until(lambda: len(phone.texts()) == 3)
    messages = await aside(phone.messages)
    assert "".join(m["text"] for m in messages).replace("\n", "") == text.replace("\n", "")
    assert [bool(buttons_of(m)) for m in messages] == [False, False, True]


async def test_a_message_that_telegram_refuses_holds_nothing_up(house: House) -> None:
    phone = house.phone()
    async with house.open(Scripted(echo)):
        await begin(house, phone)
        await aside(house.bot.fail, "sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID")
        await aside(phone.write, "一")
        await aside(phone.write, "二")
        await until(lambda: phone.texts() == ["收到：二"])


# --- buttons and commands -------------------------------------------------------------------------------------------


async def test_a_button_outlives_a_restart_and_the_choice_stays_visible(house: House) -> None:
    phone, manager = house.phone(), Scripted(offering)
    async with house.open(manager):
        await begin(house, phone)
        await aside(phone.write, "你好")
        await until(phone.buttons)
    first, second = await aside(phone.buttons)
    assert len(first["callback_data"].encode()) <= 64
    async with house.open(manager):
        query = await aside(phone.press, first)
        await until(lambda: phone.texts()[-1] == "收到：background:form")
        await until(lambda: house.bot.look()["toasts"][query] is not None)
        shown = next(m for m in await aside(phone.messages) if m["text"].endswith("请选一项。"))
        assert [b["text"] for b in buttons_of(shown)] == ["✓ 没有简历"]
        stale = await aside(phone.press, second, shown)
        await until(lambda: house.bot.look()["toasts"][stale] is not None)
    assert "已经失效" in (await aside(house.bot.look))["toasts"][stale]
    assert sum(turn.kind == "button" for turn in manager.seen) == 1


async def test_a_press_too_old_for_a_toast_is_answered_in_the_chat(house: House) -> None:
    phone = house.phone()
    async with house.open(Scripted(offering)):
        await begin(house, phone)
        await aside(phone.write, "你好")
        await until(phone.buttons)
        first, second = await aside(phone.buttons)
        await aside(phone.press, first)
        await until(lambda: len(phone.texts()) == 2)
        await aside(house.bot.fail, "answerCallbackQuery", 400, "Bad Request: query is too old")
        await aside(phone.press, second, {**(await aside(phone.messages))[0]})
        await until(lambda: len(phone.texts()) == 3)
    assert "已经失效" in (await aside(phone.texts))[-1]


async def test_commands_are_in_the_menu_and_need_no_classifier(house: House) -> None:
    phone, manager = house.phone(), Scripted(echo)
    async with house.open(manager):
        interview_id = await begin(house, phone)
        for text in ("/time_left", "/PAUSE@mianshi_bot", "/question 要倒班吗？", "/question", "/nonsense 我的回答"):
            await aside(phone.write, text)
        await until(lambda: len(phone.texts()) == 5)
        await until(lambda: len(house.bot.calls("setMyCommands")) == 2)
    assert [(turn.kind, turn.payload or turn.text) for turn in manager.seen] == [
        ("button", "command:time_left"),
        ("button", "command:pause"),
        ("button", "command:company_question"),
        ("text", "/nonsense 我的回答"),
    ]
    assert [text for who, text in house.said(interview_id) if who == "candidate"] == [
        "还剩多少时间",
        "暂停面试",
        "要倒班吗？",
        "/nonsense 我的回答",
    ]
    assert any("写在命令后面" in text for text in await aside(phone.texts))
    english, chinese = [c["params"] for c in await aside(house.bot.calls, "setMyCommands")]
    assert [c["command"] for c in english["commands"]] == [c["command"] for c in chinese["commands"]]
    assert chinese["language_code"] == "zh"
    assert "language_code" not in english


async def test_start_without_a_link_shows_the_open_question_again(house: House) -> None:
    phone, manager = house.phone(), Scripted(echo)
    async with house.open(manager):
        await begin(house, phone)
        await aside(phone.write, "/start")
        await until(lambda: len(phone.texts()) == 1)
    assert manager.seen[0].payload == "command:repeat"


# --- what is not a text ---------------------------------------------------------------------------------------------


async def test_what_cannot_be_read_is_told_once(house: House) -> None:
    phone, manager = house.phone(), Scripted(echo)
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
    async with house.open(manager):
        await begin(house, phone, "en")
        for _ in range(3):
            await aside(phone.send, photo=photo)
        await aside(phone.send, location={"latitude": 1.0, "longitude": 2.0})
        await aside(phone.edit, "changed")
        await until(lambda: len(phone.texts()) == 2)
        await asyncio.sleep(1.5)
    unsupported, edited = await aside(phone.texts)
    assert "Pictures" in unsupported
    assert "cannot be changed" in edited
    assert manager.seen == []


async def test_a_document_is_taken_as_a_resume(house: House) -> None:
    phone, manager = house.phone(), Scripted(echo)
    text = "张伟\n工作经历\n2019.3 - 至今 杭州云帆软件有限公司 销售经理\n负责华东区客户开发。\n"
    async with house.open(manager):
        interview_id = await begin(house, phone)
        await aside(phone.send_document, text.encode(), "简历.txt")
        await until(lambda: len(phone.texts()) == 1)
        with changed(house.door, interview_id) as interview:
            interview.consented_at = now()
        await aside(phone.send_document, text.encode(), "简历.txt")
        await until(lambda: len(phone.texts()) == 2)
        await aside(phone.send_document, b"x", "large.pdf", file_size=11_000_000)
        await until(lambda: len(phone.texts()) == 3)
        await aside(phone.send_document, b"%PDF-1.7 broken", "broken.pdf")
        await until(lambda: len(phone.texts()) == 4)
    before, taken, large, broken = await aside(phone.texts)
    assert "我已了解" in before
    assert taken == "收到：resume"
    assert "10 MB" in large
    assert broken
    assert len(await aside(house.bot.calls, "getFile")) == 2
    with house.services.database.reading() as session:
        assert session.exec(select(Resume)).one().interview_id == interview_id


async def test_a_file_that_comes_late_is_fetched_again_and_order_is_kept(house: House) -> None:
    phone, manager = house.phone(), Scripted(echo)
    async with house.open(manager):
        interview_id = await begin(house, phone)
        with changed(house.door, interview_id) as interview:
            interview.consented_at = now()
        await aside(house.bot.fail, "getFile", 500, "Internal Server Error")
        await aside(phone.send_document, "李雷\n工作经历\n2019.3 - 至今 某公司 销售\n".encode(), "a.txt")
        await aside(phone.write, "简历发了")
        await until(lambda: len(phone.texts()) == 2)
    assert [turn.kind for turn in manager.seen] == ["resume", "text"]


async def test_a_voice_note_is_kept_sealed_and_what_is_none_is_told(house: House) -> None:
    phone, manager = house.phone(), Scripted(echo)
    note = clip_bytes(str(clips()[0]["id"]))
    async with house.open(manager):
        interview_id = await begin(house, phone, "en")
        await aside(phone.send_voice, note)
        await until(lambda: len(phone.texts()) == 1)
        assert await aside(house.bot.calls, "getFile") == []  # nothing is fetched that is not wanted
        with changed(house.door, interview_id) as interview:
            interview.consented_at = now()
        await aside(phone.send_voice, note)
        await until(lambda: len(phone.texts()) == 2)
        await aside(phone.send_voice, b"OggS", file_size=20_000_001)
        await until(lambda: len(phone.texts()) == 3)
        asked = len(await aside(house.bot.calls, "getFile"))
        await aside(phone.send_voice, bytes(20_000_001), file_size=1)  # the size is the sender's word
        await until(lambda: len(house.bot.calls("getFile")) == asked + 1)
        await aside(phone.send_voice, b"")
        await until(lambda: len(phone.texts()) == 4)
    before, taken, large, empty = await aside(phone.texts)
    assert "I understand" in before
    assert "20 MB" in large
    assert empty
    with house.services.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        kept = session.exec(select(Recording).where(col(Recording.received_at).is_not(None))).one()
        assert recorded_bytes(session, house.services.key_of(session, interview), kept.id) == note
    assert taken == f"收到：{kept.id}"
    assert asked == 1
    assert [turn.kind for turn in manager.seen if turn.kind != "signal"] == ["voice"]


async def test_a_voice_note_outlives_an_outage_of_telegram(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_handover, "RETRY_AFTER_S", (0.05,))
    phone = house.phone()
    note = clip_bytes(str(clips()[0]["id"]))
    async with house.open(Scripted(echo)):
        interview_id = await begin(house, phone)
        with changed(house.door, interview_id) as interview:
            interview.consented_at = now()
        await aside(house.bot.fail, "getFile", 502, "Bad Gateway", times=telegram_handover.FAULTS_BEFORE_GIVING_UP + 2)
        await aside(phone.send_voice, note)
        await until(lambda: len(phone.texts()) == 1)
    assert [turn for turn, _ in house.said(interview_id)] == ["candidate", "bot"]


async def test_a_download_waits_as_long_as_telegram_asks_and_a_file_that_is_gone_is_given_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_handover, "RETRY_AFTER_S", (0.05,))
    phone = house.phone()
    async with house.open(Scripted(echo)):
        interview_id = await begin(house, phone)
        with changed(house.door, interview_id) as interview:
            interview.consented_at = now()
        await aside(house.bot.fail, "getFile", 429, "Too Many Requests: retry after 3", parameters={"retry_after": 3})
        gone = {"file_id": "gone", "file_unique_id": "gone", "file_name": "a.txt", "file_size": 10}
        await aside(phone.send, document=gone)
        await until(lambda: len(phone.texts()) == 1)
    moments = [c["at"] for c in await aside(house.bot.calls, "getFile")]
    assert moments[1] - moments[0] >= 2.9
    assert len(moments) == 1 + telegram_handover.FAULTS_BEFORE_GIVING_UP
    assert "没有处理成功" in (await aside(phone.texts))[0]


async def test_voice_notes_come_no_faster_than_on_the_web(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_handover, "recording_rate", RateLimit(burst=1, per_second=0.5))
    phone = house.phone()
    note = clip_bytes(str(clips()[0]["id"]))
    async with house.open(Scripted(echo)):
        interview_id = await begin(house, phone)
        with changed(house.door, interview_id) as interview:
            interview.consented_at = now()
        for _ in range(2):
            await aside(phone.send_voice, note)
        await until(lambda: len(phone.texts()) == 2)
    first, second = [c["at"] for c in await aside(house.bot.calls, "getFile")]
    assert second - first > 1.5


async def test_time_in_which_telegram_holds_a_question_back_is_given_back(house: House) -> None:
    phone = house.phone()

    def ask(turn: Turn) -> list[Reply]:
        return [Reply("question", "请讲一件事。", question_id=question_id, mark=QuestionMark("structured", 1, 5))]

    async with house.open(Scripted(ask)):
        interview_id = await begin(house, phone)
        with house.services.database.unit_of_work() as session:
            asked = Question(
                interview_id=interview_id, position=1, stage="structured", source="results_s1", number=1, asked_at=now()
            )
            session.add(asked)
            question_id = asked.id
        await aside(
            house.bot.fail, "sendMessage", 429, "Too Many Requests: retry after 4", parameters={"retry_after": 4}
        )
        await aside(phone.write, "好")
        await until(lambda: len(phone.texts()) == 1)
        await until(lambda: house.chat(interview_id).sent_seq == 2)
    with house.services.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        shown = session.exec(select(Message).where(Message.question_id == question_id)).one()
        timer = session.exec(select(Timer).where(Timer.subject == interview_id, Timer.kind == "time_up")).one()
    assert interview.clock_started_at is not None
    assert (interview.clock_started_at - shown.created_at).total_seconds() >= 3.9
    assert (timer.due_at - interview.clock_started_at).total_seconds() == pytest.approx(interview.time_budget_s, abs=1)


# --- the person behind the chat -------------------------------------------------------------------------------------


async def test_a_blocked_bot_is_silent_until_it_is_let_in_again(house: House) -> None:
    phone = house.phone()
    async with house.open(Scripted(echo)):
        interview_id = await begin(house, phone)
        await aside(house.bot.set_blocked, phone.id, True)
        await aside(phone.change_membership, "kicked")
        await until(lambda: house.chat(interview_id).blocked_at)
        await aside(say, house.door, interview_id, Reply("status", "时间到了。"))
        await asyncio.sleep(1.5)
        assert await aside(house.bot.calls, "sendMessage") == []
        await aside(house.bot.set_blocked, phone.id, False)
        await aside(phone.change_membership, "member")
        await until(lambda: phone.texts() == ["时间到了。"])


async def test_a_block_that_nobody_told_us_of_is_noticed_once(house: House) -> None:
    phone = house.phone()
    async with house.open(Scripted(echo)):
        interview_id = await begin(house, phone)
        await aside(house.bot.set_blocked, phone.id, True)
        await aside(say, house.door, interview_id, Reply("status", "在吗？"))
        await until(lambda: house.chat(interview_id).blocked_at)
        await asyncio.sleep(1.5)
        assert len(await aside(house.bot.calls, "sendMessage")) == 1
        await aside(house.bot.set_blocked, phone.id, False)
        await aside(phone.write, "回来了")
        await until(lambda: phone.texts() == ["在吗？", "收到：回来了"])


async def test_typing_is_shown_while_we_work_and_not_for_what_comes_at_once(house: House) -> None:
    phone = house.phone()
    async with house.open(Scripted(echo, takes_s=2.0)):
        await begin(house, phone)
        await aside(phone.write, "想一想")
        await until(lambda: phone.texts() == ["收到：想一想"])
    actions = await aside(house.bot.calls, "sendChatAction")
    assert [c["params"]["action"] for c in actions] == ["typing"]


async def test_what_was_said_on_the_web_stands_in_telegram_too(house: House) -> None:
    phone = house.phone()
    async with house.open(Scripted(echo)):
        interview_id = await begin(house, phone)
        await aside(conversation.receive_text, house.services, interview_id, new_id(), "在网页上说的")
        await until(lambda: len(phone.texts()) == 2)
        await aside(phone.write, "在这里说的")
        await until(lambda: len(phone.texts()) == 3)
    assert await aside(phone.texts) == ["您（在网页上）：在网页上说的", "收到：在网页上说的", "收到：在这里说的"]
    silent = [c["params"].get("disable_notification") for c in await aside(house.bot.calls, "sendMessage")]
    assert [str(one).lower() for one in silent] == ["true", "true", "none"]


async def test_whoever_comes_late_gets_the_talk_so_far_in_one_piece(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    async with house.open(Scripted(echo)):
        for number in range(6):
            await aside(conversation.receive_text, house.services, invited.interview_id, new_id(), f"第{number}句")
        await until(lambda: len(house.said(invited.interview_id)) == 12)
        await aside(phone.open_link, invited.token)
        await until(lambda: len(phone.texts()) == 3)
        await aside(phone.write, "接着来")
        await until(lambda: len(phone.texts()) == 4)
    digest, *rest = await aside(phone.texts)
    assert digest.startswith("（之前的对话）\n\n您：第0句")
    assert rest[-1] == "收到：接着来"
    whole = "\n".join([digest, *rest])
    assert [whole.count(f"第{number}句") for number in range(6)] == [2] * 6


async def test_the_head_of_a_question_says_kind_number_and_time_left(house: House) -> None:
    phone = house.phone()
    asked = Reply("question", "请讲一件事。", mark=QuestionMark("structured", 2, 5))
    async with house.open(Scripted(lambda turn: [asked])):
        interview_id = await begin(house, phone)
        with changed(house.door, interview_id) as interview:
            interview.time_used_s = 148.0
        await aside(phone.write, "好")
        await until(lambda: len(phone.texts()) == 1)
    assert await aside(phone.texts) == ["结构化问题 2/5 · 剩余 17:32\n\n请讲一件事。"]


async def test_stopping_finishes_what_is_in_hand(house: House) -> None:
    phone = house.phone()
    async with running(house.line().run()):
        interview_id = await begin(house, phone)
        await aside(house.bot.fail, "sendMessage", 500, "Internal Server Error", done=1.0)
        await aside(say, house.door, interview_id, Reply("status", "一"), Reply("status", "二"))
        await until(lambda: house.bot.calls("sendMessage"))
        began = time.monotonic()
    assert time.monotonic() - began < 8
    async with running(house.line().run()):
        await until(lambda: phone.texts()[-1:] == ["二"])
    with house.services.database.reading() as session:
        assert house.chat(interview_id).sent_seq == len(session.exec(select(Message)).all())


async def test_a_revoked_token_stops_nothing_else(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.services.settings.telegram.token = type(house.services.settings.telegram.token)(f"{house.bot.id}:REVOKED")
    line = asyncio.create_task(house.line().run())
    await until(lambda: "TELEGRAM_BOT_TOKEN" in caplog.text)
    assert not line.done()
    assert "REVOKED" not in caplog.text
    line.cancel()
    await asyncio.gather(line, return_exceptions=True)


async def test_what_is_written_in_telegram_between_two_looks_is_not_shown_as_said_on_the_web(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = house.phone()
    async with house.open(Scripted(echo)):
        interview_id = await begin(house, phone)
    read = conversation.messages_after

    def writing_meanwhile(*args: Any) -> list[dict[str, Any]]:
        monkeypatch.setattr(conversation, "messages_after", read)
        conversation.receive_text(house.services, interview_id, "telegram:1", "我想一下")
        return read(*args)

    monkeypatch.setattr(conversation, "messages_after", writing_meanwhile)
    sender = TelegramSender(house.services, None, house.bot.id, Pace())  # type: ignore[arg-type]
    assert sender._next(phone.id) is None


async def test_chats_that_can_be_shown_nothing_are_not_looked_at(house: House) -> None:
    erased, busy = house.phone(), house.phone()
    async with house.open(Scripted(echo)):
        forgotten = await begin(house, erased)
        first = await begin(house, busy)
        second = await begin(house, busy)
    sender = TelegramSender(house.services, None, house.bot.id, Pace())  # type: ignore[arg-type]
    for interview_id in (forgotten, first):
        say(house.door, interview_id, Reply("status", "时间到了。"))
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, forgotten).candidate_id).wrapped_key = None
    assert sender._chats_waiting() == []
    say(house.door, second, Reply("status", "时间到了。"))
    assert sender._chats_waiting() == [busy.id]


async def test_a_line_that_held_is_tried_again_at_once_and_gives_its_lease_back_in_a_thread(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_line, "TRY_AGAIN_S", (0.01, 600))
    monkeypatch.setattr(telegram_line, "LEASE", timedelta(seconds=0.05))
    line, held, given_back = house.line(), [], []

    async def cut_off() -> None:
        held.append(await asyncio.sleep(0.1))
        raise Unavailable("away")

    monkeypatch.setattr(line, "_renew", cut_off)
    monkeypatch.setattr(line, "_give_lease_back", lambda: given_back.append(threading.current_thread()))
    async with running(line.run()):
        await until(lambda: len(held) >= 3, 20)
    assert threading.main_thread() not in given_back
