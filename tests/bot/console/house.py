"""The console's part of the app on a real SQLite file, with people of every role and browsers to visit it with."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from fastapi import FastAPI
from sqlmodel import SQLModel, select
from starlette.types import ASGIApp

from bot.access_grants import Access, set_access
from bot.accounts import create_api_token, create_user
from bot.console.install import install_console
from bot.gateway.error_responses import install_error_responses
from bot.positions import seed
from bot.roles import ROLES
from bot.services import Services, opened_services
from core.encryption import new_master_key
from core.settings import Settings
from core.tables import ApiToken, User
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.connector import RecordsConnector
from hr_bridge.connectors.records.service import create_records_app
from hr_bridge.delivery import Deliverer

HOST = "http://mianshi.test"


@dataclass(frozen=True)
class House:
    """`passwords` and `tokens` by role; the account names are the roles."""

    app: FastAPI
    services: Services
    passwords: dict[str, str]
    tokens: dict[str, str]

    def limit(self, role: str, *positions: str) -> None:
        """Let the person and the program of that role see these positions alone, from their next request on."""
        with self.services.database.unit_of_work() as session:
            user = session.exec(select(User).where(User.name == role)).one()
            token = session.exec(select(ApiToken).where(ApiToken.name == role)).one()
            for account in (f"user:{user.id}", f"token:{token.id}"):
                set_access(session, account, Access(True, frozenset(positions)))

    def visitor(self, role: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A browser, or with `role` a program that carries that role's token."""
        if role is not None:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers)

    @asynccontextmanager
    async def signed_in(self, role: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which the person of that role has signed in."""
        async with self.visitor() as browser:
            page = await browser.get("/console/sign-in")
            form = {"csrf": csrf_of(page), "name": role, "password": self.passwords[role]}
            answer = await browser.post("/console/sign-in", data=form)
            assert answer.status_code == 303, answer.text
            yield browser


def csrf_of(page: httpx.Response) -> str:
    """The token in the first form of a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return found[1]


@contextmanager
def furnished(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: str) -> Iterator[Services]:
    """Services with tables, demo positions and fresh secrets. Open it inside a running loop."""
    values = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/mianshi.sqlite",
        "MASTER_KEY": new_master_key(),
        "SESSION_KEY": secrets.token_urlsafe(32),
        "RECORDS_TOKEN": secrets.token_urlsafe(16),
        "RECORDS_KEY": Fernet.generate_key().decode(),
        "RECORDS_URL": "http://127.0.0.1:9",  # nobody listens there
        "PUBLIC_URL": HOST,
    }
    for name, value in (values | settings).items():
        monkeypatch.setenv(name, value)
    # Still argon2id, but quick: how dear a guess is is not what these tests are about.
    monkeypatch.setattr("bot.accounts._hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with opened_services(Settings()) as services:
        SQLModel.metadata.create_all(services.database.engine)
        services.computed.wait_s = 60  # the page that asks for patience has a test of its own
        seed(services.database)
        yield services


def furnish(services: Services) -> House:
    """The app on these services, with one person and one program of every role, and an ordering program."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.services = services
    app.state.descriptions = None  # the encoder takes a second to load: a test that reads a description sets it
    install_console(app)
    install_error_responses(app)
    roles = ROLES
    return House(
        app,
        services,
        {role: create_user(services.database, role, role) for role in roles},
        {role: create_api_token(services.database, role, role) for role in (*roles, "provider")},
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def listening(app: ASGIApp, port: int) -> AsyncIterator[None]:
    """The app on a loopback port while the block lasts."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def house_with_records(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: str
) -> AsyncIterator[tuple[House, RecordsClient]]:
    """A house beside a real HR records service on a port of its own, and a client of that service."""
    port = free_port()
    with furnished(folder, monkeypatch, RECORDS_URL=f"http://127.0.0.1:{port}", **settings) as services:
        records = services.settings.records
        token = records.token.get_secret_value()
        app = create_records_app(f"sqlite:///{folder}/records.sqlite", token, records.key.get_secret_value())
        async with listening(app, port):
            client = RecordsClient(records.base_url, token)
            yield furnish(services), client
            await client.aclose()


async def deliver_all(services: Services, client: RecordsClient) -> None:
    """Bring over everything that is due: results, then the decisions that wait behind them."""
    deliverer = Deliverer(services.database, services.keys, {"records": RecordsConnector(client)})
    while await deliverer.deliver_due():
        pass
