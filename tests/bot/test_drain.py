"""The drain against real SQLite: order within an interview, leases, and what a fault costs a candidate (nothing)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import col, select

from bot import conversation
from bot.doorbell import Doorbell
from bot.drain import FAULTS_BEFORE_GIVING_UP, Drain
from bot.services import Services
from core import clock
from core.clock import now
from core.errors import RasaUnavailable
from core.tables import InboxMessage, Message
from dialogue.turn import Reply, Turn
from tests.bot.gateway.chat_door import Door, RecordingSender, invite, open_door

SECRET_WORDS = "我叫李雷住在幸福路"


class ScriptedManager:
    """Answers turns from a function, as the real manager would."""

    def __init__(self, respond: Callable[[Turn], list[Reply]]) -> None:
        self._respond = respond
        self.seen: list[Turn] = []

    async def respond(self, turn: Turn) -> list[Reply]:
        self.seen.append(turn)
        await asyncio.sleep(0.01)
        return self._respond(turn)


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    door = open_door(tmp_path)
    quiet = door.services
    yield Services(quiet.settings, quiet.database, quiet.keys, Doorbell(), Doorbell())
    door.database.close()


@pytest.fixture
def interview_id(services: Services) -> str:
    return invite(Door(None, services.database, services.keys, RecordingSender())).interview_id  # type: ignore[arg-type]


@asynccontextmanager
async def draining(services: Services, manager: ScriptedManager) -> AsyncIterator[None]:
    task = asyncio.create_task(Drain(services, manager, "app-1").run())  # type: ignore[arg-type]
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def write(services: Services, interview_id: str, text: str) -> int:
    return conversation.receive_text(services, interview_id, str(uuid4()), text)


def said(services: Services, interview_id: str) -> list[str]:
    return [m["text"] for m in conversation.messages_after(services, interview_id, 0)]


def undone(services: Services) -> int:
    with services.database.reading() as session:
        return len(session.exec(select(InboxMessage).where(col(InboxMessage.done_at).is_(None))).all())


async def until_done(services: Services, within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while undone(services):
            await asyncio.sleep(0.05)


async def test_messages_of_one_interview_are_answered_in_order(services: Services, interview_id: str) -> None:
    manager = ScriptedManager(lambda turn: [Reply("status", f"收到{turn.text}")])
    for number in range(5):
        write(services, interview_id, str(number))
    async with draining(services, manager):
        await until_done(services)
    assert [turn.text for turn in manager.seen] == ["0", "1", "2", "3", "4"]
    assert said(services, interview_id)[5:] == [f"收到{n}" for n in range(5)]


async def test_the_same_client_id_is_one_message(services: Services, interview_id: str) -> None:
    client_id = str(uuid4())
    seqs = {conversation.receive_text(services, interview_id, client_id, "你好") for _ in range(3)}
    assert len(seqs) == 1
    assert said(services, interview_id) == ["你好"]


async def test_with_rasa_away_the_candidate_is_told_once_and_answered_later(
    services: Services, interview_id: str
) -> None:
    away = True

    def respond(turn: Turn) -> list[Reply]:
        if away:
            raise RasaUnavailable("Rasa did not answer")
        return [Reply("status", "继续")]

    manager = ScriptedManager(respond)
    write(services, interview_id, "回答")
    with clock.hands_restored():
        async with draining(services, manager):
            for _ in range(3):
                before = len(manager.seen)
                async with asyncio.timeout(15):
                    while len(manager.seen) == before:
                        await asyncio.sleep(0.05)
                clock.turn_forward(timedelta(seconds=20))
            away = False
            await until_done(services)
    texts = said(services, interview_id)
    assert len(texts) == 3
    assert "已经保存" in texts[1]
    assert texts[2] == "继续"
    assert all(turn.repeated for turn in manager.seen[1:])


async def test_a_message_that_always_fails_does_not_block_the_next(
    services: Services, interview_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    def respond(turn: Turn) -> list[Reply]:
        if turn.text == SECRET_WORDS:
            raise KeyError(SECRET_WORDS)
        return [Reply("status", "好")]

    manager = ScriptedManager(respond)
    write(services, interview_id, SECRET_WORDS)
    write(services, interview_id, "下一条")
    with clock.hands_restored():
        async with draining(services, manager):
            async with asyncio.timeout(30):
                while undone(services):
                    clock.turn_forward(timedelta(seconds=20))
                    await asyncio.sleep(0.2)
    assert sum(turn.text == SECRET_WORDS for turn in manager.seen) == FAULTS_BEFORE_GIVING_UP
    assert said(services, interview_id)[-1] == "好"
    assert SECRET_WORDS not in caplog.text
    assert "KeyError" in caplog.text


async def test_what_a_dead_process_had_claimed_is_free_when_it_starts_again(
    services: Services, interview_id: str
) -> None:
    write(services, interview_id, "回答")
    with services.database.unit_of_work() as session:
        row = session.exec(select(InboxMessage)).one()
        row.leased_by, row.leased_until, row.attempts = "app-1", now() + timedelta(seconds=90), 1
    manager = ScriptedManager(lambda turn: [Reply("status", "好")])
    async with draining(services, manager):
        await until_done(services, 5)
    assert manager.seen[0].repeated


async def test_a_claim_of_a_living_process_is_left_alone(services: Services, interview_id: str) -> None:
    write(services, interview_id, "回答")
    with services.database.unit_of_work() as session:
        row = session.exec(select(InboxMessage)).one()
        row.leased_by, row.leased_until = "app-2", now() + timedelta(seconds=90)
    manager = ScriptedManager(lambda turn: [Reply("status", "好")])
    async with draining(services, manager):
        await asyncio.sleep(1.5)
    assert manager.seen == []


async def test_replies_committed_twice_are_there_once(services: Services, interview_id: str) -> None:
    write(services, interview_id, "回答")
    with services.database.reading() as session:
        turn_id = session.exec(select(InboxMessage.turn_id)).one()
    for _ in range(2):
        conversation.commit_replies(services, turn_id, [Reply("status", "好")])
    with services.database.reading() as session:
        assert len(session.exec(select(Message).where(Message.sender == "bot")).all()) == 1
