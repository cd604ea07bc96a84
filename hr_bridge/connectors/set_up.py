"""The connectors that the settings ask for."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from core.database import Database
from core.errors import Rejected
from core.outgoing import Outgoing, Reach, hosts_named
from core.settings import Settings
from hr_bridge.connectors.base import Connector, Effect, HrmsUnavailable, Receipt
from hr_bridge.connectors.files.connector import FilesConnector
from hr_bridge.connectors.odoo.enclosures import ReportFile
from hr_bridge.connectors.odoo.open import open_odoo
from hr_bridge.connectors.provider.connector import ProviderConnector
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.connector import RecordsConnector
from hr_bridge.connectors.webhook.connector import WebhookConnector
from hr_bridge.connectors.webhook.signed import read_secrets

log = logging.getLogger("mianshi.delivery")

Opening = Callable[[], AbstractAsyncContextManager[Connector]]


class UnusableConnector:
    """In the place of a connector whose settings are wrong: what is meant for it waits, and says why."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self._reason = reason

    async def deliver(self, effect: Effect) -> Receipt:
        """See `Connector.deliver`."""
        raise HrmsUnavailable(self._reason)

    async def find(self, effect_id: str) -> Receipt | None:
        """See `Connector.find`."""
        raise HrmsUnavailable(self._reason)

    async def erase(self, candidate_id: str) -> None:
        """See `Connector.erase`."""
        raise HrmsUnavailable(self._reason)


@asynccontextmanager
async def open_connectors(
    settings: Settings, database: Database, report_file: ReportFile | None = None
) -> AsyncIterator[dict[str, Connector]]:
    """Every connector of `settings.connectors` by its name, ready to deliver; closed at the end. `report_file` gives the
    PDF that goes beside a result where the HR system takes files.

    One whose settings are missing or wrong is an UnusableConnector: it stops neither the others nor the worker.
    """
    openings: dict[str, Opening] = {"records": lambda: _records(settings)}
    if settings.odoo.url:
        openings["odoo"] = lambda: open_odoo(settings.odoo, database, report_file)
    if settings.webhook.url:
        openings["webhook"] = lambda: _webhook(settings, database)
    if settings.provider.callback_hosts:
        openings["provider"] = lambda: _provider(settings, database)
    if settings.exchange.folder is not None:
        openings["files"] = lambda: _files(settings)
    connectors: dict[str, Connector] = {}
    async with AsyncExitStack() as stack:
        for name, opening in openings.items():
            try:
                connectors[name] = await stack.enter_async_context(opening())
            except Rejected as error:
                log.error("%s cannot be used: %s", name, error)
                connectors[name] = UnusableConnector(name, str(error))
        yield connectors


def webhook_reach(settings: Settings) -> Reach:
    """Where the webhook may lie."""
    return Reach(private_hosts=hosts_named(settings.webhook.private_hosts))


def callback_reach(settings: Settings) -> Reach:
    """Where systems that order interviews may be called back."""
    return Reach(hosts_named(settings.webhook.private_hosts), hosts_named(settings.provider.callback_hosts))


@asynccontextmanager
async def _records(settings: Settings) -> AsyncIterator[Connector]:
    client = RecordsClient(settings.records.base_url, settings.records.token.get_secret_value())
    try:
        yield RecordsConnector(client)
    finally:
        await client.aclose()


@asynccontextmanager
async def _webhook(settings: Settings, database: Database) -> AsyncIterator[Connector]:
    signers = read_secrets(settings.webhook.secret.get_secret_value(), "WEBHOOK_SECRET")
    async with _outgoing(webhook_reach(settings)) as outgoing:
        yield WebhookConnector(settings.webhook.url or "", outgoing, signers, database)


@asynccontextmanager
async def _provider(settings: Settings, database: Database) -> AsyncIterator[Connector]:
    signers = read_secrets(settings.provider.callback_secret.get_secret_value(), "PROVIDER_CALLBACK_SECRET")
    async with _outgoing(callback_reach(settings)) as outgoing:
        yield ProviderConnector(outgoing, signers, database)


@asynccontextmanager
async def _files(settings: Settings) -> AsyncIterator[Connector]:
    assert settings.exchange.folder is not None
    yield FilesConnector(settings.exchange.folder)


@asynccontextmanager
async def _outgoing(reach: Reach) -> AsyncIterator[Outgoing]:
    outgoing = Outgoing(reach)
    try:
        yield outgoing
    finally:
        await outgoing.aclose()
