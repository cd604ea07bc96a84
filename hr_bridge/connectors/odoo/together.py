"""Steps that do not need one another, at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from hr_bridge.connectors.odoo.client import Unanswered


async def together(*steps: Awaitable[Any]) -> list[Any]:
    """Wait for every step, whatever becomes of the others, and return what they gave.

    One that went unanswered is raised before any other error: what may have happened has to be looked for.
    """
    results = await asyncio.gather(*steps, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    for error in sorted(errors, key=lambda error: not isinstance(error, Unanswered)):
        raise error
    return list(results)
