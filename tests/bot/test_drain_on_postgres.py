"""The drain where rows are really locked: PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from sqlmodel import col, select

from bot import conversation
from bot.doorbell import Doorbell
from bot.drain import Drain
from core.tables import InboxMessage
from dialogue.turn import Reply, Turn
from tests.bot.gateway.chat_door import invite, open_door


class Echo:
    """Answers with what it was told."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def respond(self, turn: Turn) -> list[Reply]:
        self.seen.append(turn.turn_id)
        await asyncio.sleep(0.01)
        return [Reply("status", f"收到{turn.text}")]


async def test_two_apps_answer_each_message_once_and_in_order(
    tmp_path: Path, fresh_postgres: Callable[[], str]
) -> None:
    door = open_door(tmp_path, url=fresh_postgres())
    services = replace(door.services, inbox_bell=Doorbell(), outbox_bell=Doorbell())
    interviews = [invite(door).interview_id for _ in range(3)]
    for number in range(4):
        for interview_id in interviews:
            conversation.receive_text(services, interview_id, str(uuid4()), str(number))
    echo = Echo()
    drains = [asyncio.create_task(Drain(services, echo, name).run()) for name in ("app-1", "app-2")]  # type: ignore[arg-type]
    async with asyncio.timeout(30):
        while True:
            with door.database.reading() as session:
                if not session.exec(select(InboxMessage).where(col(InboxMessage.done_at).is_(None))).all():
                    break
            await asyncio.sleep(0.05)
    for task in drains:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for interview_id in interviews:
        said = [message["text"] for message in conversation.messages_after(services, interview_id, 0)]
        assert said[4:] == [f"收到{number}" for number in range(4)]
    assert len(echo.seen) == len(set(echo.seen)) == 12
    door.database.close()
