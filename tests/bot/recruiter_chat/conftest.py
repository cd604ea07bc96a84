from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.recruiter_chat.chat import RecruiterChat
from bot.recruiter_chat.intent import Intents
from scoring.assess import AnswerScorer
from scoring.engines.reader import Reader
from tests.bot.console.house import House, furnish, furnished


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The encoder that the app loads; it takes seconds."""
    return AnswerScorer.load().reader


@pytest.fixture(scope="session")
def intents(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Intents:
    return Intents(reader.meaning_of, "e5", tmp_path_factory.mktemp("phrases"))


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    with furnished(tmp_path, monkeypatch) as services:
        yield furnish(services)


@pytest.fixture
def chat(house: House, intents: Intents, reader: Reader) -> RecruiterChat:
    made = RecruiterChat(house.services, intents, reader.meaning_of)
    house.app.state.recruiter_chat = made
    return made
