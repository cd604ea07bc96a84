"""The connectors that the settings ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from core.database import Database
from core.outgoing import Outgoing, Reach, hosts_named
from core.settings import Settings
from hr_bridge.connectors.base import Connector
from hr_bridge.connectors.files.connector import FilesConnector
from hr_bridge.connectors.provider.connector import ProviderConnector
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.connector import RecordsConnector
from hr_bridge.connectors.webhook.connector import WebhookConnector
from hr_bridge.connectors.webhook.signed import read_secrets


@asynccontextmanager
async def open_connectors(settings: Settings, database: Database) -> AsyncIterator[dict[str, Connector]]:
    """Every connector of `settings.connectors` by its name, ready to deliver; closed at the end.

    Raises:
        Rejected: a setting of one of them is missing or wrong; the sentence says which.
    """
    async with AsyncExitStack() as stack:
        records = RecordsClient(settings.records.base_url, settings.records.token.get_secret_value())
        stack.push_async_callback(records.aclose)
        connectors: dict[str, Connector] = {"records": RecordsConnector(records)}
        if settings.webhook.url:
            signers = read_secrets(settings.webhook.secret.get_secret_value(), "WEBHOOK_SECRET")
            outgoing = Outgoing(webhook_reach(settings))
            stack.push_async_callback(outgoing.aclose)
            connectors["webhook"] = WebhookConnector(settings.webhook.url, outgoing, signers, database)
        if settings.provider.callback_hosts:
            signers = read_secrets(settings.provider.callback_secret.get_secret_value(), "PROVIDER_CALLBACK_SECRET")
            outgoing = Outgoing(callback_reach(settings))
            stack.push_async_callback(outgoing.aclose)
            connectors["provider"] = ProviderConnector(outgoing, signers, database)
        if settings.exchange.folder is not None:
            connectors["files"] = FilesConnector(settings.exchange.folder)
        yield connectors


def webhook_reach(settings: Settings) -> Reach:
    """Where the webhook may lie."""
    return Reach(private_hosts=hosts_named(settings.webhook.private_hosts))


def callback_reach(settings: Settings) -> Reach:
    """Where systems that order interviews may be called back."""
    return Reach(hosts_named(settings.webhook.private_hosts), hosts_named(settings.provider.callback_hosts))
