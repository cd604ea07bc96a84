"""What the systems behind the signed connectors share: a receiver, our own database, and a connector of two patiences."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from sqlmodel import SQLModel
from standardwebhooks import Webhook

from core.database import Database
from core.outgoing import Outgoing, Reach
from hr_bridge.connectors.webhook.signed import SignedConnector, read_secrets
from tests.hr_bridge.connectors.receiver import Fault, Receiver, new_secret

LOOPBACK = Reach(private_hosts=frozenset({"127.0.0.1"}))


class SignedSystem(ABC):
    """A receiver and the connector to it. A restart is one of ours too: what was acknowledged is read from disk."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder}/ours.sqlite")
        SQLModel.metadata.create_all(self.database.engine)
        self.receiver = Receiver(new_secret())
        self._outgoing: list[Outgoing] = []

    @abstractmethod
    def made(self, outgoing: Outgoing, signers: tuple[Webhook, ...]) -> SignedConnector:
        """A connector that calls through `outgoing`."""

    @abstractmethod
    async def count_effects(self, candidate_id: str) -> int:
        """See `HrSystem.count_effects`."""

    async def start(self) -> None:
        await self.receiver.start()
        signers = read_secrets(self.receiver.secret, "A_SECRET")
        self._outgoing += [Outgoing(LOOPBACK, total_s=20), Outgoing(LOOPBACK, total_s=0.7)]
        self._patient, self._impatient = (self.made(one, signers) for one in self._outgoing[-2:])

    @property
    def connector(self) -> SignedConnector:
        return self._impatient if self.receiver.faults else self._patient

    async def stop(self) -> None:
        await self.receiver.stop()

    async def close(self) -> None:
        await self.stop()
        for outgoing in self._outgoing:
            await outgoing.aclose()
        self.database.close()

    def lose_next_answer(self) -> None:
        self.receiver.faults.append(Fault(None, taken=True))
