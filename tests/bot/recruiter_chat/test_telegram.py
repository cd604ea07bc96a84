from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import telegram
from pydantic import SecretStr
from sqlmodel import select

from bot.accounts import Account, reset_password, set_disabled
from bot.gateway.telegram_inbox import keep_delivered
from bot.recruiter_chat.channel import pieces_of
from bot.recruiter_chat.chat import RecruiterChat
from bot.recruiter_chat.linking import AskingOff, allow_telegram, linked, new_code
from bot.recruiter_chat.telegram import TelegramAsking
from bot.telegram_pace import Pace
from bot.telegram_waiting import WaitingUpdates
from core.clock import hands_restored, now, turn_forward
from core.tables import SecondFactor, TelegramUpdate, User
from tests.bot.console.house import House, csrf_of
from tests.bot.recruiter_chat.test_chat import INJECTION, ORDERS
from tests.builders import scored_interview

BOT = 4242
CHAT = 777


class Sent:
    """In the Bot API's place: keeps what is sent."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, str, Any]] = []

    async def send_message(self, chat_id: int, text: str, **more: Any) -> None:
        self.messages.append((chat_id, text, more.get("reply_markup")))

    async def answer_callback_query(self, *_: Any) -> None:
        return None


@pytest.fixture
def admin(house: House) -> Account:
    house.services.settings.telegram.token = SecretStr(f"{BOT}:secret")
    with house.services.database.reading() as session:
        user = session.exec(select(User).where(User.name == "admin")).one()
    return Account(f"user:{user.id}", "admin", "admin", "zh")


def write(house: House, number: int, text: str, chat: int = CHAT) -> TelegramUpdate:
    """The account writes; the row that was kept."""
    user = {"id": chat, "is_bot": False, "first_name": "R", "language_code": "zh"}
    message = {"message_id": number, "date": 0, "chat": {"id": chat, "type": "private"}, "from": user, "text": text}
    update = telegram.Update.de_json({"update_id": number, "message": message})
    keep_delivered(house.services, BOT, update)
    with house.services.database.reading() as session:
        return session.get_one(TelegramUpdate, (BOT, number))


async def answered(house: House, chat: RecruiterChat, sent: Sent) -> str | None:
    """Hand over what waits; the note, if any."""
    updates = WaitingUpdates(house.services, BOT)
    row = updates.next_of(CHAT)
    assert row is not None
    assert row.said is not None
    note = await TelegramAsking(house.services, sent, Pace(), chat).answer(CHAT, row.said, row.callback_id)  # type: ignore[arg-type]
    updates.finish(row, note)
    return note


async def test_a_linked_recruiter_asks_and_quotes_stay_in_the_console_unless_allowed(
    house: House, chat: RecruiterChat, admin: Account
) -> None:
    made = scored_interview(house.services, "zh", "张伟", ORDERS)
    with pytest.raises(AskingOff):
        new_code(house.services, admin)
    allow_telegram(house.services, True, False, admin)
    linked_row = write(house, 1, f"/link {new_code(house.services, admin)}")
    assert (linked_row.note or "").startswith("已关联")
    sent = Sent()
    asked = write(house, 2, "张伟的抗压能力为什么分这么低？")
    assert asked.kind == "recruiter"
    assert "张伟" not in (asked.content_sealed or "")
    assert await answered(house, chat, sent) is None
    assert "张伟的抗压韧性：50 分" in sent.messages[0][1]
    assert f"http://mianshi.test/console/interviews/{made}" in sent.messages[0][1]
    assert INJECTION not in sent.messages[0][1]
    allow_telegram(house.services, True, True, admin)
    write(house, 3, "张伟的抗压能力为什么分这么低？")
    await answered(house, chat, sent)
    assert INJECTION in sent.messages[1][1]
    with house.services.database.reading() as session:
        rows = session.exec(select(TelegramUpdate)).all()
    assert all(row.content_sealed is None and "张伟" not in (row.note or "") for row in rows)


async def test_a_code_works_once_and_for_ten_minutes_and_off_cuts_every_link(house: House, admin: Account) -> None:
    services = house.services
    assert "招聘后台" not in (write(house, 1, "/link ABCDEFGH").note or "")  # off: nobody is told of links
    allow_telegram(services, True, False, admin)
    code = new_code(services, admin)
    write(house, 3, f"/link {code.lower()}")
    assert "不对或已失效" in (write(house, 4, f"/link {code}", chat=888).note or "")
    with hands_restored():
        late = new_code(services, admin)
        turn_forward(timedelta(minutes=11))
        assert "不对或已失效" in (write(house, 5, f"/link {late}", chat=889).note or "")
    with services.database.reading() as session:
        assert linked(services, session, "telegram", str(CHAT)) is not None
        assert linked(services, session, "telegram", "888") is None
    allow_telegram(services, False, False, admin)
    with services.database.reading() as session:
        assert linked(house.services, session, "telegram", str(CHAT)) is None


async def test_a_recruiter_who_lost_the_account_gets_no_answer_any_more(
    house: House, chat: RecruiterChat, admin: Account
) -> None:
    allow_telegram(house.services, True, False, admin)
    with house.services.database.reading() as session:
        user = session.exec(select(User).where(User.name == "recruiter")).one()
    write(house, 1, f"/link {new_code(house.services, Account(f'user:{user.id}', 'recruiter', 'recruiter'))}")
    assert write(house, 2, "/today").kind == "recruiter"
    set_disabled(house.services.database, user.id, True)
    assert WaitingUpdates(house.services, BOT).next_of(CHAT).said is None  # type: ignore[union-attr]
    assert write(house, 3, "/today").kind == "text"


async def test_whoever_is_signed_out_everywhere_is_so_in_telegram_too(house: House, admin: Account) -> None:
    allow_telegram(house.services, True, False, admin)
    with house.services.database.reading() as session:
        user = session.exec(select(User).where(User.name == "recruiter")).one()
    write(house, 1, f"/link {new_code(house.services, Account(f'user:{user.id}', 'recruiter', 'recruiter'))}")
    reset_password(house.services.database, user.id)
    with house.services.database.reading() as session:
        assert linked(house.services, session, "telegram", str(CHAT)) is None


async def test_a_role_that_newly_needs_a_second_factor_is_answered_once_it_is_set_up(
    house: House, admin: Account
) -> None:
    services = house.services
    allow_telegram(services, True, False, admin)
    write(house, 1, f"/link {new_code(services, admin)}")
    assert write(house, 2, "/today").kind == "recruiter"
    services.settings.sign_in.second_factor_roles = "admin"
    assert WaitingUpdates(services, BOT).next_of(CHAT).said is None  # type: ignore[union-attr]
    assert write(house, 3, "/today").kind == "text"
    with services.database.unit_of_work() as session:
        session.add(
            SecondFactor(
                user_id=admin.id.removeprefix("user:"),
                wrapped_key=services.keys.new_wrapped_key(),
                secret_sealed="",
                created_at=now(),
                confirmed_at=now(),
            )
        )
    assert write(house, 4, "/today").kind == "recruiter"


async def test_an_ambiguous_name_comes_with_buttons(house: House, chat: RecruiterChat, admin: Account) -> None:
    one = scored_interview(house.services, "zh", "张伟")
    two = scored_interview(house.services, "zh", "张伟")
    (piece,) = pieces_of(chat.answer("张伟怎么样", admin), "https://x.test", with_quotes=False)
    assert {choice.id for choice in piece.choices} == {f"who:{one}", f"who:{two}"}
    assert all(len(choice.id.encode()) <= 64 for choice in piece.choices)  # as much as a Telegram button may carry
    assert chat.answer("/summary", admin, (two,)).about == (two,)


async def test_the_console_shows_the_code_once_and_only_an_admin_allows_it(house: House, admin: Account) -> None:
    async with house.signed_in("admin") as browser:
        csrf = csrf_of(await browser.get("/console/ask"))
        await browser.post("/console/ask/telegram", data={"csrf": csrf, "on": "yes"})
        shown = await browser.post("/console/ask/link", data={"csrf": csrf})
        again = await browser.get("/console/ask")
    assert "/link " in shown.text.split('class="code">')[1][:10]
    assert 'class="code"' not in again.text
