from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from ulid import ULID

from bot.positions import newest_position, seed
from core.clock import now
from core.outgoing import Outgoing
from core.tables import Candidate, Interview, ProviderOrder
from hr_bridge.connectors.base import Effect, HrmsRejected
from hr_bridge.connectors.provider.connector import ProviderConnector
from tests.hr_bridge.assessments import NAME, QUOTE, build_assessment
from tests.hr_bridge.connectors.contract import ConnectorContract
from tests.hr_bridge.connectors.signed_system import SignedSystem


class Orderer(SignedSystem):
    """A system that ordered the interviews of cand-1 and cand-2, and the connector that calls it back."""

    def made(self, outgoing: Outgoing, signers: tuple[Webhook, ...]) -> ProviderConnector:
        return ProviderConnector(outgoing, signers, self.database)

    async def open(self) -> None:
        seed(self.database)
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
