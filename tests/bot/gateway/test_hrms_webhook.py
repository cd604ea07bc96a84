from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot.gateway import hrms_webhook
from bot.services import Services
from core.tables import PollCursor
from hr_bridge.connectors.odoo.cursor import Cursor
from tests.bot.console.house import HOST, furnished

SECRET = "a-long-random-secret"


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch, ODOO_WEBHOOK_SECRET=SECRET) as services:
        yield services


@pytest.fixture
async def odoo(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """Odoo, calling."""
    app = FastAPI()
    app.state.services = services
    app.include_router(hrms_webhook.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST) as client:
        yield client


def is_woken(services: Services) -> bool:
    with services.database.reading() as session:
        row = session.get(PollCursor, "odoo")
        return row is not None and row.woken


@pytest.mark.parametrize("body", [b'{"_model": "hr.applicant", "_id": 1}', b"", b"no json", b"\xff" * 1000])
async def test_whatever_it_sends_it_only_wakes(services: Services, odoo: httpx.AsyncClient, body: bytes) -> None:
    assert not is_woken(services)
    for _ in range(3):
        assert (await odoo.post(f"/hooks/odoo/{SECRET}", content=body)).status_code == 204
    assert is_woken(services)
    assert Cursor(services.database, "odoo").claim() is not None
    assert not is_woken(services)


@pytest.mark.parametrize("secret", ["", "x", f"{SECRET}x", SECRET[:-1], "%C3%A9"])
async def test_without_the_secret_there_is_nothing(services: Services, odoo: httpx.AsyncClient, secret: str) -> None:
    assert (await odoo.post(f"/hooks/odoo/{secret}")).status_code == 404
    assert not is_woken(services)


async def test_a_house_without_a_secret_has_no_such_address(
    services: Services, odoo: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pydantic import SecretStr

    monkeypatch.setattr(services.settings.odoo, "webhook_secret", SecretStr(""))
    assert (await odoo.post("/hooks/odoo/")).status_code == 404
    assert (await odoo.post("/hooks/odoo/%20")).status_code == 404
