"""Connectors that post signed messages: https://www.standardwebhooks.com, by its own library.

A receiver cannot be asked what it has. It is told each thing under an id that never changes (`webhook-id`), and keeps
the first message of an id. What it acknowledged is written down here and is all that `find` knows: after a lost answer
the same message goes out once more, and the receiver's memory of ids makes it one.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from standardwebhooks import Webhook

from core.clock import now
from core.database import Database
from core.errors import Rejected
from core.outgoing import AddressRefused, AnswerMissing, NotReached, Outgoing
from core.tables import WebhookReceipt
from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsRejected, HrmsUnavailable, Receipt

TRY_AGAIN: Final = frozenset({408, 425, 429})
FEWEST_SECRET_BYTES: Final = 24
MOST_SECRET_BYTES: Final = 64
MOST_CLOCK_ERROR_S: Final = 240
"""Receivers refuse what was signed more than five minutes before or after their own time."""


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What is posted where. `type` and `data` are those of Standard Webhooks; `at` is when it came to be."""

    address: str
    type: str
    at: datetime
    data: Mapping[str, Any]

    @property
    def content(self) -> bytes:
        """The body; of one effect always the same bytes."""
        event = {"type": self.type, "timestamp": self.at.isoformat(), "data": self.data}
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


class SignedConnector(ABC):
    """Posts one message an effect. A subclass says what stands in it and where it goes."""

    name: str
    receiver: str
    """Whom the sentences of a refusal are about."""

    def __init__(self, outgoing: Outgoing, signers: Sequence[Webhook], database: Database) -> None:
        self._outgoing, self._signers, self._database = outgoing, signers, database

    @abstractmethod
    def message(self, effect: Effect) -> Message:
        """What is said of an effect. Raises HrmsRejected where nothing can be said any more."""

    @abstractmethod
    def farewells(self, candidate_id: str) -> Sequence[Message]:
        """What is said when a candidate was erased."""

    async def deliver(self, effect: Effect) -> Receipt:
        """See `Connector.deliver`."""
        message = await asyncio.to_thread(self.message, effect)
        known = await asyncio.to_thread(self._acknowledged, effect)
        if known is None:
            await self._post(effect.id, message)
            known = await asyncio.to_thread(self._keep, effect.id, effect.assessment.candidate.id, _digest(effect))
        return known

    async def find(self, effect_id: str) -> Receipt | None:
        """See `Connector.find`: what was acknowledged, as far as we were told."""
        return await asyncio.to_thread(self._find, effect_id)

    async def erase(self, candidate_id: str) -> None:
        """See `Connector.erase`."""
        mark = _erased(candidate_id)
        if await asyncio.to_thread(self._find, mark) is None:
            for number, message in enumerate(await asyncio.to_thread(self.farewells, candidate_id)):
                try:
                    await self._post(mark if number == 0 else f"{mark}_{number}", message)
                except DeliveryUnknown as unknown:  # it may be said as often as it takes
                    raise HrmsUnavailable(unknown.reason) from unknown
            await asyncio.to_thread(self._keep, mark, candidate_id, "")
        await asyncio.to_thread(self._forget, candidate_id, mark)

    async def _post(self, message_id: str, message: Message) -> None:
        content, moment = message.content, now()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(s.sign(message_id, moment, content.decode()) for s in self._signers),
        }
        try:
            answer = await self._outgoing.post(message.address, content, headers)
        except AddressRefused as refused:
            raise HrmsRejected(f"{self.receiver} cannot be called. {refused}") from refused
        except NotReached as error:
            raise HrmsUnavailable(str(error)) from error
        except AnswerMissing as error:
            raise DeliveryUnknown(message_id, str(error)) from error
        if 200 <= answer.status < 300:
            return
        said = f"{self.receiver} answered {answer.status}"
        if answer.status in TRY_AGAIN or answer.status >= 500:
            raise HrmsUnavailable(f"{said}.", answer.retry_after_s)
        ahead = answer.clock_ahead_s
        if answer.status in (400, 401, 403) and ahead is not None and abs(ahead) > MOST_CLOCK_ERROR_S:
            minutes = round(abs(ahead) / 60)
            raise HrmsUnavailable(
                f"{said}: our clock is {minutes} minutes {'ahead' if ahead > 0 else 'behind'} of its clock, so it takes "
                "no signature of ours. Set this machine's clock; deliveries then go on by themselves."
            )
        if 300 <= answer.status < 400:
            raise HrmsRejected(f"{said}: redirects are not followed. Name the final address, then try again.")
        if answer.status == 410:
            raise HrmsRejected(f"{said}: the address is closed for good. Name another, then try again.")
        if answer.status in (401, 403):
            raise HrmsRejected(f"{said}: does it hold the same secret as we do? Compare them, then try again.")
        raise HrmsRejected(f"{said}: it does not take this message. Its own log says why.")

    def _acknowledged(self, effect: Effect) -> Receipt | None:
        with self._database.reading() as session:
            if session.get(WebhookReceipt, (_erased(effect.assessment.candidate.id), self.name)) is not None:
                raise HrmsRejected("The candidate was erased, and nothing more is sent about them.")
            kept = session.get(WebhookReceipt, (effect.id, self.name))
        if kept is not None and kept.digest != _digest(effect):
            raise HrmsRejected("Another content was acknowledged under this id, and stays.")
        return _receipt(kept)

    def _find(self, effect_id: str) -> Receipt | None:
        with self._database.reading() as session:
            return _receipt(session.get(WebhookReceipt, (effect_id, self.name)))

    def _keep(self, effect_id: str, candidate_id: str, digest: str) -> Receipt:
        made = WebhookReceipt(
            effect_id=effect_id, connector=self.name, candidate_id=candidate_id, digest=digest, acknowledged_at=now()
        )
        try:
            with self._database.unit_of_work() as session:
                session.add(made)
        except IntegrityError:  # the same message was sent by two at once: what the first wrote holds
            pass
        found = self._find(effect_id)
        assert found is not None
        return found

    def _forget(self, candidate_id: str, mark: str) -> None:
        with self._database.unit_of_work() as session:
            session.exec(
                delete(WebhookReceipt).where(
                    col(WebhookReceipt.connector) == self.name,
                    col(WebhookReceipt.candidate_id) == candidate_id,
                    col(WebhookReceipt.effect_id) != mark,
                )
            )


def read_secrets(text: str, setting: str) -> tuple[Webhook, ...]:
    """The signers of a setting; several secrets, separated by blanks, sign side by side while one replaces the other.

    Raises Rejected, naming the setting, when there is none or one is not as Standard Webhooks asks.
    """
    secrets = text.split()
    for secret in secrets:
        try:
            size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if not (secret.startswith("whsec_") and FEWEST_SECRET_BYTES <= size <= MOST_SECRET_BYTES):
            secrets = []
            break
    if not secrets:
        raise Rejected(f"{setting} must be whsec_ and base64 of 24 to 64 random bytes (docs/webhook.md says how)")
    return tuple(Webhook(secret) for secret in secrets)


def _digest(effect: Effect) -> str:
    return hashlib.sha256(f"{effect.kind}:{effect.version}:{effect.assessment.to_json()}".encode()).hexdigest()


def _erased(candidate_id: str) -> str:
    return f"erased_{candidate_id}"


def _receipt(kept: WebhookReceipt | None) -> Receipt | None:
    return None if kept is None else Receipt(kept.effect_id, kept.effect_id, kept.acknowledged_at)
