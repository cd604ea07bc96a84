"""The webhook as a Connector: whole assessments, to one address."""

from __future__ import annotations

from collections.abc import Sequence

from standardwebhooks import Webhook
from ulid import ULID

from core.clock import now
from core.database import Database
from core.outgoing import Outgoing
from hr_bridge.connectors.base import Effect
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
        data = {"version": effect.version, "assessment": effect.assessment.model_dump(mode="json")}
        return Message(self._address, f"interview.{effect.kind}", ULID.from_str(effect.id).datetime, data)

    def farewells(self, candidate_id: str) -> Sequence[Message]:
        """See `SignedConnector.farewells`."""
        return [Message(self._address, "candidate.erased", now(), {"candidate_id": candidate_id})]
