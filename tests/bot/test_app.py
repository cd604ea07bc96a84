"""What the app says of its own health."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx

from bot.app import health
from core.database import Database
from tests.bot.gateway.chat_door import open_door


class ReadyRasa:
    async def ready(self) -> bool:
        return True


async def test_health_is_503_in_one_sentence_while_the_database_is_away_and_200_when_it_is_back(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    door.app.add_api_route("/health", health)
    door.app.state.rasa = ReadyRasa()
    there = door.services
    transport = httpx.ASGITransport(door.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as browser:
        door.app.state.services = replace(there, database=Database("postgresql://nobody@127.0.0.1:1/mianshi"))
        away = await browser.get("/health")
        page = await browser.get("/api/chat/some-link/messages")
        door.app.state.services = there
        back = await browser.get("/health")
    assert away.status_code == 503
    assert away.json()["status"].startswith("the database is locked, full or away")
    assert page.status_code == 503
    assert "暂时没有响应" in page.json()["detail"]  # and not that what was said is saved: it is not
    assert back.status_code == 200
