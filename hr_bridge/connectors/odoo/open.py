"""The Odoo connector as the settings ask for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.database import Database
from core.errors import Rejected
from core.settings import OdooSettings
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.connector import OdooConnector
from hr_bridge.connectors.odoo.enclosures import ReportFile
from hr_bridge.connectors.odoo.mapping import load_mapping


@asynccontextmanager
async def open_client(settings: OdooSettings, key: str | None = None) -> AsyncIterator[OdooClient]:
    """A client with the recruiting key, or with `key`; closed at the end. Rejected when a setting is missing."""
    key = key or settings.key.get_secret_value()
    if not settings.url:
        raise Rejected("No Odoo is set up: ODOO_URL says where it is (docs/odoo.md).")
    if not key:
        raise Rejected(
            "ODOO_KEY is not set: make an API key in Odoo, under Preferences, Account Security (docs/odoo.md)."
        )
    client = OdooClient(settings.url, key, settings.database)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def open_odoo(
    settings: OdooSettings, database: Database, report_file: ReportFile | None = None
) -> AsyncIterator[OdooConnector]:
    """The connector, ready to deliver. Rejected when a setting is missing or the mapping cannot be used."""
    mapping = load_mapping(settings.mapping)
    async with open_client(settings) as client:
        yield OdooConnector(client, database, mapping, report_file)
