"""The worker's look at Odoo: who applied, and what became of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from bot.outreach.applicant_intake import ApplicantIntake
from bot.outreach.applicant_invitation import CONNECTOR
from bot.services import Services
from core.errors import Rejected
from hr_bridge.connectors.odoo.cursor import Cursor
from hr_bridge.connectors.odoo.mapping import load_mapping
from hr_bridge.connectors.odoo.open import open_client
from hr_bridge.connectors.odoo.poller import Poller

log = logging.getLogger("mianshi.applicants")


@asynccontextmanager
async def looking_for_applicants(services: Services) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """A job that looks about once a minute, or at once when the webhook called. It does nothing where no Odoo is set up,
    or its mapping takes nobody in; a mapping or key that cannot be used is a line in the log."""
    odoo = services.settings.odoo
    if not odoo.url:
        yield _nothing
        return
    async with AsyncExitStack() as stack:
        try:
            mapping = load_mapping(odoo.mapping)
            client = await stack.enter_async_context(open_client(odoo))
        except Rejected as error:
            log.error("no applicants are taken in: %s", error)
            yield _nothing
            return
        if not mapping.takes_applicants:
            yield _nothing
            return
        intake = ApplicantIntake(services, mapping)
        yield Poller(client, mapping, Cursor(services.database, CONNECTOR), intake).poll_if_due


async def _nothing() -> None:
    """No look to take."""
