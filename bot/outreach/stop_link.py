"""The link by which a candidate ends our reminders: their id, and a seal by which nobody can make one for another."""

from __future__ import annotations

import hashlib
import hmac

from bot.services import Services
from core.clock import now
from core.errors import LinkUnknown
from core.tables import Candidate

PATH = "/letters/stop"


def stop_url(services: Services, candidate_id: str) -> str:
    return f"{services.settings.web.base_url}{PATH}/{candidate_id}.{_seal(services, candidate_id)}"


def candidate_of(services: Services, capability: str) -> str:
    """The candidate's id. Raises LinkUnknown for a link that is none of ours."""
    candidate_id, _, seal = capability.rpartition(".")
    if not candidate_id or not hmac.compare_digest(seal.encode(), _seal(services, candidate_id).encode()):
        raise LinkUnknown("no such link")
    return candidate_id


def stop_reminders(services: Services, candidate_id: str) -> None:
    """No more reminders to this candidate; invitations, and what they ask for, still come. Twice is once."""
    with services.database.unit_of_work() as session:
        candidate = session.get(Candidate, candidate_id, with_for_update=True)
        if candidate is None:
            raise LinkUnknown("no such candidate")
        candidate.reminders_off_at = candidate.reminders_off_at or now()


def _seal(services: Services, candidate_id: str) -> str:
    key = services.settings.secrets.session_key.get_secret_value().encode()
    return hmac.new(key, f"stop reminders {candidate_id}".encode(), hashlib.sha256).hexdigest()[:32]
