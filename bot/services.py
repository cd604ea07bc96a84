"""What the entry points build once and every route asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi.requests import HTTPConnection
from sqlmodel import Session

from bot.computed import Computed
from bot.doorbell import Doorbell
from core.database import Database
from core.encryption import DataKey, KeyRing
from core.settings import Settings
from core.tables import Candidate, Interview

if TYPE_CHECKING:
    from bot.questions_aloud import QuestionsAloud


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    keys: KeyRing
    inbox_bell: Doorbell
    """Rung when something came in; the drain listens."""
    outbox_bell: Doorbell
    """Rung when replies were committed; sockets listen."""
    aloud: QuestionsAloud | None = None
    """In the app, where a voice is set up."""
    computed: Computed = field(default_factory=Computed)

    def key_of(self, session: Session, interview: Interview) -> DataKey:
        """The data key of an interview's candidate. CandidateErased when it was destroyed."""
        return self.keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)


def services_of(connection: HTTPConnection) -> Services:
    """FastAPI dependency: the services of the app that serves this request."""
    services: Services = connection.app.state.services
    return services


@contextmanager
def opened_services(settings: Settings) -> Iterator[Services]:
    """For commands without an app. Open it inside a running loop: the bells belong to one."""
    database = Database(settings.database.url)
    keys = KeyRing(settings.secrets.master_key.get_secret_value())
    services = Services(settings, database, keys, inbox_bell=Doorbell(), outbox_bell=Doorbell())
    try:
        yield services
    finally:
        services.computed.close()
        database.close()
