"""The Telegram line of the real app on a real SQLite file, talking to the fake Bot API; in place of the dialogue a
script answers, unless a test brings a drain of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlmodel import col, select

from bot import conversation
from bot.app import running
from bot.doorbell import Doorbell
from bot.drain import Drain
from bot.services import Services
from bot.telegram_line import TelegramLine
from core.tables import InboxMessage, TelegramChat, TelegramUpdate
from dialogue.turn import Reply, Turn
from tests.bot.gateway.chat_door import Door, Invited, RecordingSender, invite, open_door
from tests.fakes.telegram.phones import BotAccount, Phone

Answering = Callable[[Turn], list[Reply]]


class Scripted:
    """In the dialogue's place: a function from turns to replies. Keeps what it was asked."""

    def __init__(self, respond: Answering, takes_s: float = 0.0) -> None:
        self._respond, self._takes_s = respond, takes_s
        self.seen: list[Turn] = []

    async def respond(self, turn: Turn) -> list[Reply]:
        self.seen.append(turn)
        await asyncio.sleep(self._takes_s)
        return self._respond(turn)


@dataclass
class House:
    """Services whose bot is `bot`."""

    services: Services
    bot: BotAccount
    sender: RecordingSender
    door: Door

    def invite(self, language: str = "zh") -> Invited:
        return invite(self.door, language)

    def phone(self, **more: Any) -> Phone:
        return Phone(self.bot, **more)

    def line(self, name: str = "app-1") -> TelegramLine:
        return TelegramLine(self.services, name, self.sender)

    @asynccontextmanager
    async def open(self, manager: Scripted, name: str = "app-1") -> AsyncIterator[None]:
        """The line and the drain are at work while the block lasts."""
        async with AsyncExitStack() as stack:
            for work in (self.line(name).run(), Drain(self.services, manager, name).run()):  # type: ignore[arg-type]
                await stack.enter_async_context(running(work))
            yield

    def said(self, interview_id: str) -> list[tuple[str, str]]:
        """The talk as it is stored: who, what."""
        return [(m["from"], m["text"]) for m in conversation.messages_after(self.services, interview_id, 0)]

    def updates(self) -> list[TelegramUpdate]:
        with self.services.database.reading() as session:
            mine = select(TelegramUpdate).where(TelegramUpdate.bot_id == self.bot.id)
            return list(session.exec(mine.order_by(col(TelegramUpdate.update_id))).all())

    def inbox(self, interview_id: str) -> list[InboxMessage]:
        with self.services.database.reading() as session:
            return list(session.exec(select(InboxMessage).where(InboxMessage.interview_id == interview_id)).all())

    def chat(self, interview_id: str) -> TelegramChat:
        with self.services.database.reading() as session:
            return session.exec(select(TelegramChat).where(TelegramChat.interview_id == interview_id)).one()


@asynccontextmanager
async def telegram_house(folder: Path, api: str, url: str | None = None) -> AsyncIterator[House]:
    door = open_door(folder, url=url)
    quiet, bot = door.services, BotAccount(api)
    quiet.settings.telegram.token = SecretStr(bot.token)
    quiet.settings.telegram.api_base = api
    services = Services(quiet.settings, quiet.database, quiet.keys, Doorbell(), Doorbell())
    yield House(services, bot, door.sender, door)
    door.database.close()


async def until(holds: Callable[[], Any], within_s: float = 90) -> None:
    """Wait until `holds()`; it may block, for it runs in a thread."""
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.05)


async def aside(work: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """A tester's call that blocks, in a thread: the line lives in this loop."""
    called: Awaitable[Any] = asyncio.to_thread(work, *args, **more)
    return await called


def echo(turn: Turn) -> list[Reply]:
    """Says back what was said."""
    return [Reply("status", f"收到：{turn.text or turn.payload}")]
