"""Callbacks to the orderer as a Connector: order ids and a status, never what a candidate said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session, col, select
from ulid import ULID

from core.clock import now
from core.tables import ErasureNotice, Interview, ProviderOrder
from hr_bridge.connectors.base import Effect, HrmsRejected
from hr_bridge.connectors.webhook.signed import Message, SignedConnector

TYPES: Final = {
    "result": "order.completed",
    "rescoring": "order.updated",
    "correction": "order.updated",
    "withdrawn": "order.updated",
}
"""What an orderer is told of; a decision is the recruiters' own."""


def wants_callback(session: Session, interview_id: str, kind: str) -> bool:
    """True where the interview was ordered with an address to call back when this has happened."""
    order = select(ProviderOrder.callback_url).where(ProviderOrder.interview_id == interview_id)
    return kind in TYPES and session.exec(order).first() is not None


class ProviderConnector(SignedConnector):
    """Posts to the address that came with the order. docs/provider.md describes the messages."""

    name = "provider"
    receiver = "The callback address of the order"

    def message(self, effect: Effect) -> Message:
        """See `SignedConnector.message`."""
        with self._database.reading() as session:
            rows = select(ProviderOrder).where(ProviderOrder.interview_id == effect.assessment.interview_id)
            order = session.exec(rows).first()
        if order is None or order.callback_url is None:
            raise HrmsRejected("There is no order with a callback address for this interview.")
        data = {
            **_named(order),
            "status": "withdrawn" if effect.kind == "withdrawn" else "completed",
            "version": effect.assessment.version,
        }
        # A decision says no more than that there is something new.
        kind = TYPES.get(effect.kind, "order.updated")
        return Message(order.callback_url, kind, ULID.from_str(effect.id).datetime, data)

    def farewells(self, candidate_id: str) -> Sequence[Message]:
        """See `SignedConnector.farewells`."""
        rows = (
            select(ProviderOrder)
            .join(Interview, col(ProviderOrder.interview_id) == col(Interview.id))
            .where(Interview.candidate_id == candidate_id)
            .order_by(col(ProviderOrder.id))
        )
        with self._database.reading() as session:
            orders = session.exec(rows).all()
            noted = session.exec(
                select(ErasureNotice.facts).where(
                    ErasureNotice.candidate_id == candidate_id, ErasureNotice.connector == self.name
                )
            ).all()
        said = [(o.callback_url, _named(o)) for o in orders if o.callback_url]
        for facts in noted:  # the orders themselves went with the candidate
            said += [(fact["address"], {key: fact[key] for key in ("order_id", "client_reference")}) for fact in facts]
        return [Message(address, "candidate.erased", now(), data) for address, data in said]


def _named(order: ProviderOrder) -> dict[str, Any]:
    return {"order_id": order.id, "client_reference": order.client_reference}
