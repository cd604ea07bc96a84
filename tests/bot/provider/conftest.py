from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.console.house import House, furnish, furnished
from tests.hr_bridge.connectors.receiver import new_secret


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house that may call back 127.0.0.1 and ats.example."""
    settings = {
        "PROVIDER_CALLBACK_HOSTS": "127.0.0.1, ats.example",
        "PROVIDER_CALLBACK_SECRET": new_secret(),
        "WEBHOOK_PRIVATE_HOSTS": "127.0.0.1",
    }
    with furnished(tmp_path, monkeypatch, **settings) as services:
        yield furnish(services)
