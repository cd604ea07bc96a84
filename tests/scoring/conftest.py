from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.settings import ModelSettings
from scoring.assess import AnswerScorer
from scoring.listening import Listener
from tests.bot.console.house import House, furnish, furnished


@pytest.fixture(scope="session")
def scorer() -> AnswerScorer:
    """The real scorer with the embedded encoder; loading takes seconds, so once for all tests."""
    return AnswerScorer.load(ModelSettings(encoder=None))


@pytest.fixture(scope="session")
def listener() -> Listener:
    """The real recogniser and the real head; loading takes seconds, so once for all tests."""
    return Listener.load(ModelSettings.model_validate({"recogniser": None, "recogniser_zh": None}))


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    with furnished(tmp_path, monkeypatch) as services:
        yield furnish(services)
