"""The embedded HR records as a Connector."""

from __future__ import annotations

from typing import Final

from hr_bridge.connectors.base import Effect, Receipt
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.shapes import EffectBody, EffectReceipt


class RecordsConnector:
    """Delivers to the HR records service through `client`."""

    name: Final = "records"

    def __init__(self, client: RecordsClient) -> None:
        self._client = client

    async def deliver(self, effect: Effect) -> Receipt:
        """See `Connector.deliver`."""
        body = EffectBody(kind=effect.kind, version=effect.version, assessment=effect.assessment)
        return _receipt(await self._client.put_effect(effect.id, body))

    async def find(self, effect_id: str) -> Receipt | None:
        """See `Connector.find`."""
        found = await self._client.get_effect(effect_id)
        return None if found is None else _receipt(found)

    async def erase(self, candidate_id: str) -> None:
        """See `Connector.erase`."""
        await self._client.erase(candidate_id)


def _receipt(answer: EffectReceipt) -> Receipt:
    return Receipt(effect_id=answer.effect_id, remote_id=answer.record_id, received_at=answer.received_at)
