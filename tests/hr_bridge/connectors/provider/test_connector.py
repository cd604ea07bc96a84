from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel
from ulid import ULID

from bot.positions import newest_position, seed
from core.clock import now
from core.database import Database
from core.outgoing import Outgoing
from core.tables import Candidate, Interview, ProviderOrder
from hr_bridge.connectors.base import Effect, HrmsRejected
from hr_bridge.connectors.provider.connector import ProviderConnector
from hr_bridge.connectors.webhook.signed import read_secrets
from tests.hr_bridge.assessments import NAME, QUOTE, build_assessment
from tests.hr_bridge.connectors.contract import ConnectorContract
from tests.hr_bridge.connectors.receiver import Fault, Receiver, new_secret
from tests.hr_bridge.connectors.webhook.test_connector import LOOPBACK


class Orderer:
    """A system that ordered the interviews of cand-1 and cand-2, and the connector that calls it back."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder}/ours.sqlite")
        SQLModel.metadata.create_all(self.database.engine)
        seed(self.database)
        self.receiver = Receiver(new_secret())
        self._outgoing: list[Outgoing] = []

    async def open(self) -> None:
        await self.start()
        with self.database.unit_of_work() as session:
            position = newest_position(session, "sales").id
            for one in ("cand-1", "cand-2"):
                session.add(Candidate(id=one, name_sealed="", created_at=now()))
                session.flush()
                interview = Interview(
                    id=f"int-{one}",
                    candidate_id=one,
                    position_id=position,
                    language="zh",
                    invited_at=now(),
                    expires_at=now() + timedelta(days=7),
                )
                session.add(interview)
                session.flush()
                order = ProviderOrder(
                    id=f"order-{one}",
                    orderer="ats",
                    order_key=one,
                    interview_id=interview.id,
                    order_sealed="",
                    callback_url=self.receiver.url,
                    ordered_at=now(),
                )
                session.add(order)

    async def start(self) -> None:
        await self.receiver.start()
        self._patient, self._impatient = self._made(20), self._made(0.7)

    def _made(self, total_s: float) -> ProviderConnector:
        self._outgoing.append(Outgoing(LOOPBACK, total_s=total_s))
        signers = read_secrets(self.receiver.secret, "PROVIDER_CALLBACK_SECRET")
        return ProviderConnector(self._outgoing[-1], signers, self.database)

    @property
    def connector(self) -> ProviderConnector:
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

    async def count_effects(self, candidate_id: str) -> int:
        about = [e for e in self.receiver.kept.values() if e["data"]["order_id"] == f"order-{candidate_id}"]
        gone = any(event["type"] == "candidate.erased" for event in about)
        return 0 if gone else len(about)


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Orderer]:
    made = Orderer(tmp_path)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


class TestCallbacksKeepTheContract(ConnectorContract):
    can_be_asked = False


async def test_a_callback_says_that_there_is_something_to_fetch_and_nothing_of_the_candidate(system: Orderer) -> None:
    await system.connector.deliver(Effect(str(ULID()), "result", 1, build_assessment()))
    ((_, body),) = system.receiver.heard
    for words in (NAME, QUOTE, "cand-1@", "85.0", "13812341234"):
        assert words not in body.decode()


async def test_an_interview_that_nobody_ordered_is_parked(system: Orderer) -> None:
    with pytest.raises(HrmsRejected, match="no order"):
        await system.connector.deliver(Effect(str(ULID()), "result", 1, build_assessment("cand-3")))
