"""Deliveries against a connector that fails in every way it may; each result lands once or is parked with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from core import clock
from core.clock import now
from core.tables import Candidate, Delivery
from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsRejected, HrmsUnavailable, Receipt
from hr_bridge.delivery import Deliverer, DeliveryUnknownToUs, is_delivered, plan_delivery, retry
from tests.bot.gateway.chat_door import Door, invite, open_door
from tests.hr_bridge.assessments import build_assessment


class Shelf:
    """A connector that keeps what it is given; `faults` are raised first, one a call, before or after keeping."""

    name = "shelf"

    def __init__(self, *faults: tuple[str, Exception]) -> None:
        self.faults = list(faults)
        self.kept: dict[str, Effect] = {}
        self.sent = 0

    async def deliver(self, effect: Effect) -> Receipt:
        self.sent += 1
        when, fault = self.faults.pop(0) if self.faults else ("", None)
        if when != "before":
            self.kept[effect.id] = effect
        if fault is not None:
            raise fault
        return Receipt(effect.id, f"remote-{effect.id}", now())

    async def find(self, effect_id: str) -> Receipt | None:
        return Receipt(effect_id, f"remote-{effect_id}", now()) if effect_id in self.kept else None

    async def erase(self, candidate_id: str) -> None: ...


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return open_door(tmp_path)


@pytest.fixture
def planned(door: Door) -> Callable[[], Delivery]:
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        candidate = session.exec(select(Candidate)).one()
        made = build_assessment()
        assessment = made.model_copy(
            update={"interview_id": interview_id, "candidate": made.candidate.model_copy(update={"id": candidate.id})}
        )
        for _ in range(2):  # planning twice is planning once
            plan_delivery(session, door.keys, assessment, "result", 1, "shelf")
            session.flush()

    def read() -> Delivery:
        with door.database.reading() as session:
            return session.exec(select(Delivery)).one()

    return read


async def deliver_until_settled(door: Door, shelf: Shelf, rounds: int = 5) -> None:
    deliverer = Deliverer(door.database, door.keys, {"shelf": shelf})
    with clock.hands_restored():
        for _ in range(rounds):
            await deliverer.deliver_due()
            clock.turn_forward(timedelta(hours=1))


async def test_a_result_is_sent_once(door: Door, planned: Callable[[], Delivery]) -> None:
    shelf = Shelf()
    await deliver_until_settled(door, shelf)
    row = planned()
    assert (row.state, row.attempts, row.remote_id) == ("sent", 1, f"remote-{row.id}")
    assert shelf.sent == 1
    with door.database.reading() as session:
        assert is_delivered(session, row.interview_id)


async def test_what_was_not_taken_is_tried_again_later(door: Door, planned: Callable[[], Delivery]) -> None:
    shelf = Shelf(("before", HrmsUnavailable("down")), ("before", HrmsUnavailable("down")))
    await deliver_until_settled(door, shelf)
    assert (planned().state, planned().attempts, len(shelf.kept)) == ("sent", 3, 1)


async def test_an_unknown_outcome_is_looked_up_before_anything_is_sent_again(
    door: Door, planned: Callable[[], Delivery]
) -> None:
    shelf = Shelf(("after", DeliveryUnknown("x", "timed out")))
    await deliver_until_settled(door, shelf, rounds=1)
    assert planned().state == "unknown"
    await deliver_until_settled(door, shelf)
    assert (planned().state, shelf.sent) == ("sent", 1)


async def test_an_unknown_outcome_that_did_not_land_is_sent_again(door: Door, planned: Callable[[], Delivery]) -> None:
    shelf = Shelf(("before", DeliveryUnknown("x", "timed out")))
    await deliver_until_settled(door, shelf)
    assert (planned().state, shelf.sent, len(shelf.kept)) == ("sent", 2, 1)


async def test_a_refusal_is_parked_with_its_sentence_until_a_person_lets_it_try_again(
    door: Door, planned: Callable[[], Delivery]
) -> None:
    shelf = Shelf(("before", HrmsRejected("The job was closed.")))
    await deliver_until_settled(door, shelf)
    assert (planned().state, planned().problem, shelf.sent) == ("parked", "The job was closed.", 1)
    with door.database.unit_of_work() as session:
        retry(session, planned().id)
    await deliver_until_settled(door, shelf)
    assert (planned().state, planned().problem, shelf.sent) == ("sent", None, 2)


async def test_an_attempt_cut_off_by_a_kill_counts_as_unknown(door: Door, planned: Callable[[], Delivery]) -> None:
    shelf = Shelf()
    deliverer = Deliverer(door.database, door.keys, {"shelf": shelf})
    deliverer._claim_due()  # the process dies after the claim, and after the other side took it
    shelf.kept[planned().id] = None  # type: ignore[assignment]
    with clock.hands_restored():
        clock.turn_forward(timedelta(hours=1))
        await deliverer.deliver_due()
    assert (planned().state, planned().attempts, shelf.sent) == ("sent", 2, 0)


async def test_a_connector_that_is_not_set_up_parks_the_delivery(door: Door, planned: Callable[[], Delivery]) -> None:
    await Deliverer(door.database, door.keys, {}).deliver_due()
    assert planned().state == "parked"
    assert "shelf" in (planned().problem or "")


async def test_an_erased_candidate_is_not_delivered(door: Door, planned: Callable[[], Delivery]) -> None:
    with door.database.unit_of_work() as session:
        session.exec(select(Candidate)).one().wrapped_key = None
    shelf = Shelf()
    await deliver_until_settled(door, shelf)
    assert planned().state == "parked"
    assert shelf.sent == 0


def test_a_delivery_that_is_not_there_cannot_be_retried(door: Door) -> None:
    with pytest.raises(DeliveryUnknownToUs), door.database.unit_of_work() as session:
        retry(session, "nothing")
