"""What the entry points build once and every route asks for."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, WebSocket

from bot.doorbell import Doorbell
from core.database import Database
from core.encryption import KeyRing
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    keys: KeyRing
    inbox_bell: Doorbell
    """Rung when something came in; the drain listens."""
    outbox_bell: Doorbell
    """Rung with an interview id when replies were committed; sockets listen."""


def services_of(connection: Request | WebSocket) -> Services:
    """FastAPI dependency: the services of the app that serves this request."""
    services: Services = connection.app.state.services
    return services
