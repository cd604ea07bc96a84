"""The real web door on a real SQLite file: an app of the chat's routes alone, an invited candidate, and, where a test
talks, a stand-in for the drain that answers from a script."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from pydantic import SecretStr
from sqlmodel import SQLModel, col, select

from bot import conversation
from bot.doorbell import Doorbell
from bot.gateway import (
    after_interview,
    assets,
    chat_page,
    questions_api,
    recordings_api,
    status_data,
    status_forms,
    status_page,
    webchat_api,
    webchat_socket,
)
from bot.gateway.body_limit import BodyLimit
from bot.gateway.error_responses import install_error_responses
from bot.identity import Code
from bot.positions import newest_position, seed
from bot.questions_aloud import QuestionsAloud
from bot.services import Services
from core.clock import now
from core.database import Database
from core.encryption import KeyRing, hash_token, new_master_key
from core.settings import Settings
from core.tables import AccessLink, Candidate, InboxMessage, Interview, new_id
from dialogue.turn import Button, QuestionMark, Reply

Script = Callable[[str, int], list[Reply]]
"""The kind of an inbox row and how many came before it → what we say."""


@dataclass
class RecordingSender:
    """Keeps the codes that would have been sent."""

    codes: list[Code] = field(default_factory=list)

    def send(self, code: Code) -> None:
        self.codes.append(code)


@dataclass
class Door:
    app: FastAPI
    database: Database
    keys: KeyRing
    sender: RecordingSender

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services


@dataclass(frozen=True)
class Invited:
    token: str
    interview_id: str


class NoBell:
    """For tests outside an event loop: nobody listens."""

    def ring(self) -> None: ...


def open_door(
    folder: Path, script: Script | None = None, url: str | None = None, aloud: QuestionsAloud | None = None
) -> Door:
    database = Database(url or f"sqlite:///{folder}/chat.sqlite")
    SQLModel.metadata.create_all(database.engine)
    seed(database)
    settings = Settings()
    settings.secrets.session_key = SecretStr("a session key for tests")
    keys = KeyRing(new_master_key())
    quiet = Services(settings, database, keys, NoBell(), NoBell(), aloud)  # type: ignore[arg-type]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = replace(quiet, inbox_bell=Doorbell(), outbox_bell=Doorbell())
        task = asyncio.create_task(_answer(app.state.services, script)) if script else None
        yield
        if task:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    app = FastAPI(lifespan=lifespan)
    app.state.services = quiet
    app.state.code_sender = sender = RecordingSender()
    for part in (
        chat_page,
        assets,
        webchat_api,
        questions_api,
        recordings_api,
        after_interview,
        webchat_socket,
        status_page,
        status_data,
        status_forms,
    ):
        app.include_router(part.router)
    app.add_middleware(BodyLimit)
    install_error_responses(app)
    return Door(app, database, keys, sender)


def invite(door: Door, language: str = "zh", phone: str | None = "+8613800001234", email: str | None = None) -> Invited:
    token, wrapped = secrets.token_urlsafe(24), door.keys.new_wrapped_key()
    key = door.keys.unwrap(wrapped)
    candidate = Candidate(
        wrapped_key=wrapped,
        name_sealed=key.seal("张伟"),
        phone_sealed=key.seal(phone) if phone else None,
        email_sealed=key.seal(email) if email else None,
        created_at=now(),
    )
    with door.database.unit_of_work() as session:
        position = newest_position(session, "sales")
        session.add(candidate)
        session.flush()
        interview = Interview(
            candidate_id=candidate.id,
            position_id=position.id,
            language=language,
            invited_at=now(),
            expires_at=now() + timedelta(days=7),
        )
        session.add(interview)
        session.flush()
        session.add(AccessLink(interview_id=interview.id, token_hash=hash_token(token), created_at=now()))
        return Invited(token, interview.id)


def say(door: Door, interview_id: str, *replies: Reply) -> None:
    """The bot says something, as the drain would commit it."""
    turn_id = new_id()
    with door.database.unit_of_work() as session:
        session.add(
            InboxMessage(
                turn_id=turn_id, interview_id=interview_id, client_id=turn_id, kind="signal", received_at=now()
            )
        )
    conversation.commit_replies(door.services, turn_id, replies)


def question(number: int, text: str, *titles: str, of: int = 7, stage: str = "structured") -> Reply:
    buttons = tuple(Button(title, title) for title in titles)
    return Reply("question", text, buttons, mark=QuestionMark(stage, number, of))


@contextmanager
def changed(door: Door, interview_id: str) -> Iterator[Interview]:
    """The interview's row, to be put into some state."""
    with door.database.unit_of_work() as session:
        yield session.get_one(Interview, interview_id)


async def _answer(services: Services, script: Script) -> None:
    while True:
        for turn_id, kind, before in await asyncio.to_thread(_waiting, services):
            await asyncio.to_thread(conversation.commit_replies, services, turn_id, script(kind, before))
        await services.inbox_bell.wait(0.2)


def _waiting(services: Services) -> list[tuple[str, str, int]]:
    with services.database.reading() as session:
        rows = session.exec(select(InboxMessage).order_by(col(InboxMessage.received_at))).all()
        return [(row.turn_id, row.kind, rows.index(row)) for row in rows if row.done_at is None]
