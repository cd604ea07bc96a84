"""Updates are committed before Telegram hears that we have them: each one exactly once, whatever is cut off when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import telegram
from fastapi import FastAPI
from sqlmodel import select

from bot import telegram_line
from bot.accounts import Account
from bot.app import running
from bot.gateway import telegram_inbox
from bot.gateway.body_limit import WEBHOOK_BYTES, WEBHOOK_PATH, BodyLimit
from bot.gateway.telegram_inbox import (
    SECRET_HEADER,
    WAITING_AT_MOST,
    forget_updates,
    keep_delivered,
    webhook_secret,
)
from bot.identity import bind_device, code_for
from bot.outreach.invitation import renew_link, revoke_links
from bot.telegram_account import enter_code
from core.clock import hands_restored, turn_forward
from core.errors import DatabaseBusy
from core.tables import TelegramBot, TelegramChat
from dialogue.turn import Reply
from tests.bot.gateway.chat_door import say
from tests.bot.telegram_house import House, Scripted, aside, echo, telegram_house, until
from tests.fakes.telegram.phones import Phone

BY = Account(id="user:1", name="li", role="recruiter")


@pytest.fixture
async def house(tmp_path: Path, telegram_api: str) -> AsyncIterator[House]:
    async with telegram_house(tmp_path, telegram_api) as opened:
        yield opened


def update_of(pushed: dict[str, Any]) -> telegram.Update:
    return telegram.Update.de_json(pushed["update"], None)


async def test_a_talk_over_polling_takes_every_update_once(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    manager = Scripted(echo)
    async with house.open(manager):
        await aside(phone.open_link, invited.token)
        for number in range(5):
            await aside(phone.write, f"第{number}句")
        await until(lambda: len(phone.texts()) == 5)
        newest = house.updates()[-1].update_id
        await until(lambda: house.bot.calls("getUpdates")[-1]["params"].get("offset") == str(newest + 1))
    assert await aside(phone.texts) == [f"收到：第{number}句" for number in range(5)]
    assert [turn.text for turn in manager.seen] == [f"第{number}句" for number in range(5)]
    assert all(row.done_at is not None and row.content_sealed is None for row in house.updates())


async def test_who_writes_faster_than_we_may_send_is_answered_line_by_line(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    await aside(phone.open_link, invited.token)
    for number in range(5):
        await aside(phone.write, f"第{number}句")  # all wait before the line opens
    async with house.open(Scripted(echo)):
        await until(lambda: "收到：第4句" in phone.texts())
    assert await aside(phone.texts) == [f"收到：第{number}句" for number in range(5)]


async def test_what_could_not_be_committed_is_not_confirmed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    invited, phone = house.invite(), house.phone()
    keep, refusals = telegram_inbox.keep_polled, iter([True, True])

    def busy_twice(*args: Any) -> None:
        if next(refusals, False):
            raise DatabaseBusy("locked")
        keep(*args)

    monkeypatch.setattr(telegram_line, "keep_polled", busy_twice)
    manager = Scripted(echo)
    async with house.open(manager):
        await aside(phone.open_link, invited.token)
        await aside(phone.write, "你好")
        await until(lambda: phone.texts() == ["收到：你好"])
    first, second, third = [int(c["params"].get("offset") or 0) for c in await aside(house.bot.calls, "getUpdates")][:3]
    assert first == second == third == 0
    assert len(manager.seen) == 1


async def test_an_update_that_comes_twice_is_one_message(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    async with house.open(Scripted(echo)):
        await aside(phone.open_link, invited.token)
        await until(lambda: len(house.updates()) == 1)
        pushed = await aside(phone.write, "只说一次")
        await until(lambda: phone.texts() == ["收到：只说一次"])
        for _ in range(3):
            await aside(keep_delivered, house.services, house.bot.id, update_of(pushed))
        await asyncio.sleep(1.5)
    assert house.said(invited.interview_id) == [("candidate", "只说一次"), ("bot", "收到：只说一次")]


async def test_the_webhook_wants_the_secret_and_answers_after_the_commit(house: House, monkeypatch: Any) -> None:
    invited, phone = house.invite(), house.phone()
    update = (await aside(phone.open_link, invited.token))["update"]
    app = FastAPI()
    app.include_router(telegram_inbox.router)
    app.add_middleware(BodyLimit)
    app.state.services = house.services
    right = {SECRET_HEADER: webhook_secret(house.services.settings)}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as telegram_server:
        for headers in ({}, {SECRET_HEADER: "guess"}):
            assert (await telegram_server.post(WEBHOOK_PATH, json=update, headers=headers)).status_code == 403
        for body in (b"{", b"[]", b'{"update_id": "x"}', b'{"message": {}}'):
            assert (await telegram_server.post(WEBHOOK_PATH, content=body, headers=right)).status_code == 400
        huge = b" " * (WEBHOOK_BYTES + 1)
        assert (await telegram_server.post(WEBHOOK_PATH, content=huge, headers=right)).status_code == 413
        assert house.updates() == []

        with monkeypatch.context() as broken:
            broken.setattr(telegram_inbox, "keep_delivered", lambda *_: (_ for _ in ()).throw(DatabaseBusy("locked")))
            assert (await telegram_server.post(WEBHOOK_PATH, json=update, headers=right)).status_code == 500
        answers = await asyncio.gather(
            *(telegram_server.post(WEBHOOK_PATH, json=update, headers=right) for _ in range(3))
        )
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [row.kind for row in house.updates()] == ["start"]
    assert house.chat(invited.interview_id).bound_at is not None


async def test_a_webhook_is_set_with_its_secret_and_taken_away_for_polling(house: House) -> None:
    house.services.settings.telegram.webhook_url = "https://interviews.example.com/telegram/webhook"
    async with running(house.line().run()):
        await until(lambda: house.bot.look()["webhook"] is not None)
    assert (await aside(house.bot.look))["webhook"] == [
        "https://interviews.example.com/telegram/webhook",
        webhook_secret(house.services.settings),
    ]
    assert "drop_pending_updates" not in str((await aside(house.bot.calls, "setWebhook"))[0]["params"]) or (
        (await aside(house.bot.calls, "setWebhook"))[0]["params"]["drop_pending_updates"] in (False, "false")
    )
    house.services.settings.telegram.webhook_url = None
    async with running(house.line().run()):
        await until(lambda: house.bot.calls("getUpdates"))
    assert (await aside(house.bot.look))["webhook"] is None


async def test_of_two_processes_one_speaks_and_the_other_takes_over(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    manager = Scripted(echo)
    async with house.open(manager, "app-1"):
        await until(lambda: house.bot.calls("getUpdates"))
        second = asyncio.create_task(house.line("app-2").run())
        await aside(phone.open_link, invited.token)
        await aside(phone.write, "一")
        await until(lambda: phone.texts() == ["收到：一"])
        assert _holder(house) == "app-1"
    await until(lambda: len(house.bot.calls("getMe")) == 2)
    assert _holder(house) == "app-2"
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert _holder(house) is None


async def test_a_foreign_poller_delays_and_loses_nothing(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    terminated = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    await aside(house.bot.fail, "getUpdates", 409, terminated, times=2)
    async with house.open(Scripted(echo)):
        await aside(phone.open_link, invited.token)
        await aside(phone.write, "还在吗")
        await until(lambda: phone.texts() == ["收到：还在吗"])


async def test_an_update_that_nobody_understands_keeps_no_other_back(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    invited, phone = house.invite(), house.phone()
    understood = telegram_inbox.received

    def stumbling(update: telegram.Update) -> Any:
        if update.message and update.message.text == "秘密":
            raise KeyError("秘密")
        return understood(update)

    monkeypatch.setattr(telegram_inbox, "received", stumbling)
    async with house.open(Scripted(echo)):
        await aside(phone.open_link, invited.token)
        await aside(phone.write, "秘密")
        await aside(phone.write, "下一句")
        await until(lambda: phone.texts() == ["收到：下一句"])
    assert "秘密" not in caplog.text
    assert "KeyError" in caplog.text


async def test_a_flood_in_one_chat_is_bounded(house: House) -> None:
    invited, phone = house.invite("en"), house.phone()
    pushed = [await aside(phone.open_link, invited.token)]
    pushed += [await aside(phone.write, f"{number}") for number in range(WAITING_AT_MOST + 5)]
    for one in pushed:
        keep_delivered(house.services, house.bot.id, update_of(one))
    waiting = [row for row in house.updates() if row.done_at is None]
    assert len(waiting) == WAITING_AT_MOST
    assert sum(row.note is not None for row in house.updates()) == 1


# --- whose interview it is ------------------------------------------------------------------------------------------


async def test_the_first_account_is_bound_and_another_learns_nothing(house: House) -> None:
    invited, owner, stranger = house.invite(), house.phone(), house.phone(language="en")
    async with house.open(Scripted(echo)):
        await aside(owner.open_link, invited.token)
        await aside(owner.write, "我的回答")
        await until(lambda: owner.texts() == ["收到：我的回答"])
        await aside(stranger.open_link, invited.token)
        await until(lambda: len(stranger.texts()) == 1)
        await aside(stranger.write, "and now?")
        await until(lambda: len(stranger.texts()) == 2)
    refused, lost = await aside(stranger.texts)
    assert "another Telegram account" in refused
    assert "invitation" in lost
    assert house.said(invited.interview_id) == [("candidate", "我的回答"), ("bot", "收到：我的回答")]
    assert invited.token not in str([row.model_dump() for row in house.updates()])


@pytest.mark.parametrize(("token", "part"), [("x" * 32, "链接无效"), ("", "请点开邀请里的 Telegram 链接")])
async def test_without_a_valid_link_there_is_one_sentence(house: House, token: str, part: str) -> None:
    phone = house.phone()
    async with house.open(Scripted(echo)):
        await aside(phone.open_link, token)
        await until(lambda: len(phone.texts()) == 1)
    assert part in (await aside(phone.texts))[0]


async def test_an_interview_opened_in_a_browser_wants_the_code(house: House) -> None:
    invited, phone, thief = house.invite(), house.phone(), house.phone()
    bind_device(house.services, invited.token, {})
    async with house.open(Scripted(echo)):
        await aside(thief.open_link, invited.token)
        await until(lambda: len(thief.texts()) == 1)
        await aside(thief.write, "没有验证码")
        await until(lambda: len(thief.texts()) == 2)
        await aside(thief.write, "000000")
        await until(lambda: len(thief.texts()) == 3)
        await aside(phone.open_link, invited.token)
        await until(lambda: len(phone.texts()) == 1)
        await aside(phone.write, house.sender.codes[-1].digits)
        await until(lambda: _bound(house, invited.interview_id) == [phone.id])
        await aside(phone.write, "接着说")
        await until(lambda: len(phone.texts()) == 2)
        await aside(thief.write, house.sender.codes[-1].digits)
        await until(lambda: len(thief.texts()) == 4)
    assert "138****1234" in (await aside(phone.texts))[0]
    assert (await aside(phone.texts))[1] == "收到：接着说"
    assert [part in text for part, text in zip(("6 位", "6 位", "不对", "另一个"), await aside(thief.texts), strict=True)] == [True] * 4  # fmt: skip
    assert house.said(invited.interview_id) == [("candidate", "接着说"), ("bot", "收到：接着说")]


async def test_a_revoked_link_ends_the_talk_in_telegram_too(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    manager = Scripted(echo)
    async with house.open(manager):
        await aside(phone.open_link, invited.token)
        await aside(phone.write, "第一句")
        await until(lambda: phone.texts() == ["收到：第一句"])
        await aside(revoke_links, house.services, invited.interview_id, BY)
        await aside(say, house.door, invited.interview_id, Reply("status", "时间到了。"))
        await aside(phone.write, "第二句")
        await until(lambda: len(phone.texts()) == 2)
        await asyncio.sleep(1.5)
    assert "链接无效" in (await aside(phone.texts))[1]
    assert len(await aside(phone.texts)) == 2
    assert [turn.text for turn in manager.seen] == ["第一句"]


async def test_who_owes_the_code_is_not_bound_after_the_link_was_revoked(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    bind_device(house.services, invited.token, {})
    keep_delivered(house.services, house.bot.id, update_of(await aside(phone.open_link, invited.token)))
    code = code_for(house.services, invited.interview_id)
    chat = house.chat(invited.interview_id)
    revoke_links(house.services, invited.interview_id, BY)
    told = enter_code(house.services, chat.id, code.digits, "zh")
    assert told is not None
    assert "链接无效" in told
    assert _bound(house, invited.interview_id) == []


async def test_a_renewed_link_lets_go_whoever_opened_the_forwarded_one(house: House) -> None:
    invited, stranger, owner = house.invite(), house.phone(), house.phone()
    async with house.open(Scripted(echo)):
        await aside(stranger.open_link, invited.token)
        await until(lambda: _bound(house, invited.interview_id) == [stranger.id])
        renewed = await aside(renew_link, house.services, invited.interview_id, BY)
        await aside(stranger.write, "还在吗")
        await until(lambda: len(stranger.texts()) == 1)
        await aside(owner.open_link, renewed.token)
        await aside(owner.write, "我来了")
        await until(lambda: owner.texts() == ["收到：我来了"])
        await aside(stranger.open_link, invited.token)
        await until(lambda: len(stranger.texts()) == 2)
    assert _bound(house, invited.interview_id) == [owner.id]
    lost, dead = await aside(stranger.texts)
    assert "请点开邀请里的 Telegram 链接" in lost
    assert "链接无效" in dead


async def test_an_account_in_two_interviews_speaks_in_the_one_opened_last(house: House) -> None:
    first, second, phone = house.invite(), house.invite(), house.phone()
    async with house.open(Scripted(echo)):
        for invited, words in ((first, "第一场"), (second, "第二场"), (first, "又是第一场")):
            await aside(phone.open_link, invited.token)
            await aside(phone.write, words)
            await until(lambda words=words: phone.texts()[-1:] == [f"收到：{words}"])  # type: ignore[misc]
    assert [text for who, text in house.said(first.interview_id) if who == "candidate"] == [
        "第一场",
        "再发一遍题目",
        "又是第一场",
    ]
    assert [text for who, text in house.said(second.interview_id) if who == "candidate"] == ["第二场"]


async def test_of_two_accounts_at_the_same_moment_one_is_bound(
    tmp_path: Path, telegram_api: str, fresh_postgres: Callable[[], str]
) -> None:
    async with telegram_house(tmp_path, telegram_api, fresh_postgres()) as house:
        invited, phones = house.invite(), [house.phone() for _ in range(4)]
        updates = [update_of(await aside(phone.open_link, invited.token)) for phone in phones]
        await asyncio.gather(
            *(aside(keep_delivered, house.services, house.bot.id, each) for each in [*updates, *updates])
        )
        assert len(_bound(house, invited.interview_id)) == 1
        assert sorted(row.note is None for row in house.updates()) == [False, False, False, True]


async def test_updates_that_cannot_come_again_are_forgotten(house: House) -> None:
    invited, phone = house.invite(), house.phone()
    with hands_restored():
        for text in (f"/start {invited.token}", "/start"):
            keep_delivered(house.services, house.bot.id, update_of(await aside(phone.write, text)))
        turn_forward(timedelta(days=3))
        forget_updates(house.services, house.bot.id)
        assert [row.kind for row in house.updates()] == ["command"]  # not handed over yet
        forget_updates(house.services, house.bot.id + 1)  # the house has another bot now
    assert house.updates() == []


async def test_groups_are_told_where_interviews_are_held_and_left(house: House) -> None:
    group = Phone(house.bot, user_id=-100500)
    group.place = {"id": group.id, "type": "group", "title": "G"}
    async with house.open(Scripted(echo)):
        await aside(group.send, text="闲聊")
        await aside(group.open_link, house.invite().token)
        await until(lambda: house.bot.calls("leaveChat"))
    texts = [c["params"]["text"] for c in await aside(house.bot.calls, "sendMessage")]
    assert len(texts) == 1
    assert "私聊" in texts[0]
    assert "private chat" in texts[0]


def _bound(house: House, interview_id: str) -> list[int]:
    with house.services.database.reading() as session:
        chats = session.exec(select(TelegramChat).where(TelegramChat.interview_id == interview_id)).all()
        return [chat.user_id for chat in chats if chat.bound_at]


def _holder(house: House) -> str | None:
    with house.services.database.reading() as session:
        return session.get_one(TelegramBot, house.bot.id).leased_by
