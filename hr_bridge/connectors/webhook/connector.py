"""The webhook as a Connector: whole assessments, to one address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from standardwebhooks import Webhook
from ulid import ULID

from core.clock import now
from core.database import Database
from core.outgoing import Outgoing
from hr_bridge.connectors.base import Effect, HrmsRejected
from hr_bridge.connectors.webhook.signed import Message, SignedConnector


class WebhookConnector(SignedConnector):
    """Posts to `address`. docs/webhook.md describes the messages."""

    name = "webhook"
    receiver = "The receiver at WEBHOOK_URL"

    def __init__(self, address: str, outgoing: Outgoing, signers: Sequence[Webhook], database: Database) -> None:
        super().__init__(outgoing, signers, database)
        self._address = address

    def message(self, effect: Effect) -> Message:
        """See `SignedConnector.message`."""
        if effect.kind == "hired":
            return Message(self._address, "candidate.hired", ULID.from_str(effect.id).datetime, _hired(effect))
        data = {"version": effect.version, "assessment": effect.assessment.model_dump(mode="json")}
        return Message(self._address, f"interview.{effect.kind}", ULID.from_str(effect.id).datetime, data)

    def farewells(self, candidate_id: str) -> Sequence[Message]:
        """See `SignedConnector.farewells`."""
        return [Message(self._address, "candidate.erased", now(), {"candidate_id": candidate_id})]


def _hired(effect: Effect) -> dict[str, Any]:
    """What onboarding and training need, and no more of the assessment than that."""
    assessment = effect.assessment
    if assessment.hire is None:
        raise HrmsRejected("The delivery says nothing of a hire.")
    wanted = {"interview_id", "candidate", "position_key", "position_title", "language", "hire"}
    return {"version": effect.version, **assessment.model_dump(mode="json", include=wanted)}
