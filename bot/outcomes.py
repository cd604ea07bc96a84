"""What became of candidates is fetched from the HR records, so that it can be set against their interviews."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from bot.services import Services
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.outcomes import take_outcomes
from hr_bridge.imports.set_up import open_keepers

LOOK_EVERY_S: Final = 600.0


def fetching_outcomes(services: Services) -> Callable[[], Awaitable[None]]:
    """A job that looks every ten minutes: at everything when the worker starts, then at what is new."""
    records, keepers = services.settings.records, open_keepers(services.database, services.keys)
    next_look, since = 0.0, None

    async def look() -> None:
        nonlocal next_look, since
        if time.monotonic() >= next_look:
            next_look = time.monotonic() + LOOK_EVERY_S
            since = await fetch(since)

    async def fetch(after: datetime | None) -> datetime | None:
        client = RecordsClient(records.base_url, records.token.get_secret_value())
        try:
            return (await take_outcomes(client, keepers, after))[1]
        finally:
            await client.aclose()

    return look
