"""Odoo says that something changed. That is a hint and no more: nothing of what it sends is read, the next look finds out.

Odoo sends once, unsigned, and waits a second; a call that is lost costs a minute at most.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from bot.outreach.applicant_invitation import CONNECTOR
from bot.services import Services, services_of
from hr_bridge.connectors.odoo.cursor import Cursor

router = APIRouter()


@router.post("/hooks/odoo/{secret}", include_in_schema=False)
def wake(secret: str, services: Annotated[Services, Depends(services_of)]) -> Response:
    """204 and an early look where the secret is right; 404 as for any other address where it is not."""
    ours = services.settings.odoo.webhook_secret.get_secret_value()
    if not ours or not hmac.compare_digest(secret.encode(), ours.encode()):
        return Response(status_code=404)
    Cursor(services.database, CONNECTOR).wake()
    return Response(status_code=204)
