"""The connectors that the settings ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from core.database import Database
from core.settings import Settings
from hr_bridge.connectors.base import Connector
from hr_bridge.connectors.odoo.enclosures import ReportFile
from hr_bridge.connectors.odoo.open import open_odoo
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.connector import RecordsConnector


@asynccontextmanager
async def open_connectors(
    settings: Settings, database: Database, report_file: ReportFile | None = None
) -> AsyncIterator[dict[str, Connector]]:
    """Every connector of `settings.connectors` by its name, ready to deliver; closed at the end. `report_file` gives the
    PDF that goes beside a result where the HR system takes files.

    Raises:
        Rejected: a setting of one of them is missing or wrong; the sentence says which.
    """
    async with AsyncExitStack() as stack:
        records = RecordsClient(settings.records.base_url, settings.records.token.get_secret_value())
        stack.push_async_callback(records.aclose)
        connectors: dict[str, Connector] = {"records": RecordsConnector(records)}
        if settings.odoo.url:
            connectors["odoo"] = await stack.enter_async_context(open_odoo(settings.odoo, database, report_file))
        yield connectors
