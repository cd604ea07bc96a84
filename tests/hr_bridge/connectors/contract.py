"""The contract of every connector: a test class for an HR system derives from `ConnectorContract` and gives a `system`.

The system is the real one, or the nearest thing to it, with two troubles that can be made: it can be stopped, and its
next answer can be lost on the way back after the work was done.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import pytest
from ulid import ULID

from core import clock
from hr_bridge.connectors.base import (
    Connector,
    DeliveryUnknown,
    Effect,
    HrmsRejected,
    HrmsUnavailable,
)
from tests.hr_bridge.assessments import DECISION, build_assessment


class HrSystem(Protocol):
    """An HR system under test."""

    connector: Connector

    async def stop(self) -> None:
        """Take the system down, as a crash would."""

    async def start(self) -> None:
        """Bring it up again where it was."""

    def lose_next_answer(self) -> None:
        """Let the next request be worked on in full, and its answer never arrive."""

    async def count_effects(self, candidate_id: str) -> int:
        """Return how many effects of ours stand on the candidate's record, seen from the other side."""


def _effect(version: int = 1, candidate_id: str = "cand-1") -> Effect:
    return Effect(str(ULID()), "result", version, build_assessment(candidate_id, version=version))


class ConnectorContract:
    """What `hr_bridge.delivery` relies on."""

    can_be_asked = True
    """False where the other side answers no questions (a webhook): after a lost answer `find` knows nothing, the same
    effect goes out again, and the other side's memory of our ids makes it one."""

    async def test_an_effect_lands_once(self, system: HrSystem) -> None:
        effect = _effect()
        receipt = await system.connector.deliver(effect)
        assert receipt.effect_id == effect.id
        assert receipt.remote_id
        assert receipt.received_at.tzinfo is not None
        assert await system.count_effects("cand-1") == 1

    async def test_the_same_effect_sent_twice_is_there_once_and_its_receipt_is_the_same(self, system: HrSystem) -> None:
        effect = _effect()
        first = await system.connector.deliver(effect)
        assert await system.connector.deliver(effect) == first
        assert await system.count_effects("cand-1") == 1

    async def test_the_same_effect_sent_five_times_at_once_is_there_once(self, system: HrSystem) -> None:
        effect = _effect()
        receipts = await asyncio.gather(*(system.connector.deliver(effect) for _ in range(5)))
        assert len(set(receipts)) == 1
        assert await system.count_effects("cand-1") == 1

    async def test_a_later_version_and_a_decision_are_effects_of_their_own(self, system: HrSystem) -> None:
        await system.connector.deliver(_effect())
        await system.connector.deliver(_effect(version=2))
        decided = build_assessment(version=2, decision=DECISION)
        await system.connector.deliver(Effect(str(ULID()), "decision", 1, decided))
        assert await system.count_effects("cand-1") == 3

    async def test_an_answer_lost_after_the_commit_is_unknown_and_find_proves_that_it_landed(
        self, system: HrSystem
    ) -> None:
        effect = _effect()
        system.lose_next_answer()
        with pytest.raises(DeliveryUnknown) as caught:
            await system.connector.deliver(effect)
        assert caught.value.effect_id == effect.id
        found = await system.connector.find(effect.id)
        assert (found is not None) == self.can_be_asked
        assert await system.connector.deliver(effect) == (found or await system.connector.find(effect.id))
        assert await system.count_effects("cand-1") == 1

    async def test_find_says_that_an_effect_never_landed(self, system: HrSystem) -> None:
        assert await system.connector.find(str(ULID())) is None

    async def test_an_id_with_another_content_is_rejected_and_the_first_content_stays(self, system: HrSystem) -> None:
        effect = _effect()
        await system.connector.deliver(effect)
        other = Effect(effect.id, effect.kind, effect.version, build_assessment(match=12.0))
        with pytest.raises(HrmsRejected) as caught:
            await system.connector.deliver(other)
        assert caught.value.reason
        assert await system.count_effects("cand-1") == 1

    async def test_a_rejection_does_not_repeat_what_the_candidate_said(self, system: HrSystem) -> None:
        effect = _effect()
        await system.connector.deliver(effect)
        words = "一句只有候选人说过的话"
        with pytest.raises(HrmsRejected) as caught:
            await system.connector.deliver(Effect(effect.id, "result", 1, build_assessment(summary=words)))
        assert words not in caught.value.reason

    async def test_a_system_that_is_down_is_unavailable_and_takes_the_effect_once_it_is_back(
        self, system: HrSystem
    ) -> None:
        effect = _effect()
        await system.stop()
        with pytest.raises(HrmsUnavailable):
            await system.connector.deliver(effect)
        if self.can_be_asked:
            with pytest.raises(HrmsUnavailable):
                await system.connector.find(effect.id)
        await system.start()
        assert await system.connector.find(effect.id) is None
        assert (await system.connector.deliver(effect)).effect_id == effect.id

    @pytest.mark.parametrize("skew", [timedelta(days=3), -timedelta(days=3)])
    async def test_a_wrong_clock_of_ours_parks_nothing_and_doubles_nothing(
        self, system: HrSystem, skew: timedelta
    ) -> None:
        effect = _effect()
        with clock.hands_restored():
            clock.turn_forward(skew)
            with suppress(HrmsUnavailable):
                await system.connector.deliver(effect)
        assert (await system.connector.deliver(effect)).effect_id == effect.id
        assert await system.count_effects("cand-1") == 1

    async def test_what_landed_is_still_there_after_a_restart(self, system: HrSystem) -> None:
        effect = _effect()
        receipt = await system.connector.deliver(effect)
        await system.stop()
        await system.start()
        assert await system.connector.find(effect.id) == receipt
        assert await system.connector.deliver(effect) == receipt

    async def test_an_erased_candidate_is_gone_and_stays_gone(self, system: HrSystem) -> None:
        effect, other = _effect(), _effect(candidate_id="cand-2")
        await system.connector.deliver(effect)
        await system.connector.deliver(other)
        await system.connector.erase("cand-1")
        await system.connector.erase("cand-1")
        assert await system.count_effects("cand-1") == 0
        assert await system.connector.find(effect.id) is None
        with pytest.raises(HrmsRejected):
            await system.connector.deliver(effect)
        assert await system.count_effects("cand-2") == 1
