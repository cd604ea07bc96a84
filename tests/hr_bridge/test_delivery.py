"""Deliveries against a connector that fails in every way it may; each result lands once or is parked with a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from core import clock
from core.clock import now
from core.tables import Candidate, Delivery, Interview
from hr_bridge import delivery as delivery_module
from hr_bridge.connectors.base import DeliveryUnknown, Effect, EffectKind, HrmsRejected, HrmsUnavailable, Receipt
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


@pytest.fixture(params=["sqlite", "postgresql"])
def door(request: pytest.FixtureRequest, tmp_path: Path, fresh_postgres: Callable[[], str]) -> Iterator[Door]:
    opened = open_door(tmp_path, url=fresh_postgres() if request.param == "postgresql" else None)
    yield opened
    opened.database.close()


def plan(door: Door, interview_id: str, kind: EffectKind, times: int = 1, connector: str = "shelf") -> str:
    """Plan a delivery of the interview; its id."""
    with door.database.unit_of_work() as session:
        candidate_id = session.get_one(Interview, interview_id).candidate_id
        made = build_assessment()
        assessment = made.model_copy(
            update={"interview_id": interview_id, "candidate": made.candidate.model_copy(update={"id": candidate_id})}
        )
        for _ in range(times):
            plan_delivery(session, door.keys, assessment, kind, 1, connector)
            session.flush()
        same = select(Delivery.id).where(Delivery.interview_id == interview_id, Delivery.kind == kind)
        return session.exec(same.where(Delivery.connector == connector)).one()


def state_of(door: Door, delivery_id: str) -> str:
    with door.database.reading() as session:
        return session.get_one(Delivery, delivery_id).state


@pytest.fixture
def planned(door: Door) -> Callable[[], Delivery]:
    plan(door, invite(door).interview_id, "result", times=2)  # planning twice is planning once

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
    deliverer._claim_next("shelf", now())  # the process dies after the claim, and after the other side took it
    shelf.kept[planned().id] = None  # type: ignore[assignment]
    with clock.hands_restored():
        clock.turn_forward(timedelta(hours=1))
        await deliverer.deliver_due()
    assert (planned().state, planned().attempts, shelf.sent) == ("sent", 2, 0)


class Down(Shelf):
    async def deliver(self, effect: Effect) -> Receipt:
        raise HrmsUnavailable("The HR system is down.", retry_after_s=1800)


async def test_after_three_days_of_trying_a_delivery_is_put_before_a_person(
    door: Door, planned: Callable[[], Delivery]
) -> None:
    deliverer = Deliverer(door.database, door.keys, {"shelf": Down()})
    with clock.hands_restored():
        started = now()
        while (row := planned()).state != "parked":
            assert now() - started < timedelta(days=3, hours=1)
            clock.turn_forward(timedelta(minutes=31))
            await deliverer.deliver_due()
        assert now() - started > timedelta(days=3)
        assert row.problem == "Given up after 3 days of trying. The HR system is down."
        assert row.next_attempt_at is None
        with door.database.unit_of_work() as session:
            retry(session, row.id)
        await Deliverer(door.database, door.keys, {"shelf": (shelf := Shelf())}).deliver_due()
    assert (planned().state, len(shelf.kept)) == ("sent", 1)


async def test_a_house_that_stood_still_for_days_gives_nothing_up_at_the_first_failure(
    door: Door, planned: Callable[[], Delivery]
) -> None:
    with clock.hands_restored():
        clock.turn_forward(timedelta(days=5))
        await Deliverer(door.database, door.keys, {"shelf": Down()}).deliver_due()
    assert planned().state == "pending"


async def test_what_a_system_took_that_can_be_asked_is_not_sent_again_on_request(
    door: Door, planned: Callable[[], Delivery]
) -> None:
    shelf = Shelf()
    await deliver_until_settled(door, shelf)
    with door.database.unit_of_work() as session:
        retry(session, planned().id)
    await deliver_until_settled(door, shelf)
    assert (planned().state, shelf.sent) == ("sent", 1)


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


async def test_an_attempt_cut_off_after_an_earlier_refusal_counts_as_unknown_too(
    door: Door, planned: Callable[[], Delivery]
) -> None:
    shelf = Shelf(("before", HrmsUnavailable("down")))
    deliverer = Deliverer(door.database, door.keys, {"shelf": shelf})
    with clock.hands_restored():
        await deliverer.deliver_due()
        clock.turn_forward(timedelta(hours=1))
        deliverer._claim_next("shelf", now())
        shelf.kept[planned().id] = None  # type: ignore[assignment]
        clock.turn_forward(timedelta(hours=1))
        await deliverer.deliver_due()
    assert (planned().state, planned().attempts, shelf.sent) == ("sent", 3, 1)


@asynccontextmanager
async def hanging(shelf: Shelf, deliverer: Deliverer) -> AsyncIterator[None]:
    """The HR system took the line and says nothing while the block lasts."""
    reached = asyncio.Event()

    async def hang(effect: Effect) -> Receipt:
        reached.set()
        await asyncio.sleep(600)
        raise AssertionError

    shelf.deliver = hang  # type: ignore[method-assign]
    task = asyncio.create_task(deliverer.deliver_due())
    await asyncio.wait_for(reached.wait(), 15)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_only_what_is_being_tried_is_claimed(door: Door) -> None:
    ids = [plan(door, invite(door).interview_id, "result") for _ in range(2)]
    shelf, other = Shelf(), Shelf()
    async with hanging(shelf, Deliverer(door.database, door.keys, {"shelf": shelf})):
        assert await Deliverer(door.database, door.keys, {"shelf": other}).deliver_due() == 1
    assert list(other.kept) == ids[1:]


async def test_a_system_that_hangs_holds_up_no_other(door: Door) -> None:
    interview_id = invite(door).interview_id
    plan(door, interview_id, "result", connector="slow")
    quick_id = plan(door, interview_id, "result")
    slow, quick = Shelf(), Shelf()
    async with hanging(slow, Deliverer(door.database, door.keys, {"slow": slow, "shelf": quick})):
        async with asyncio.timeout(15):
            while state_of(door, quick_id) != "sent":
                await asyncio.sleep(0.05)
    assert list(quick.kept) == [quick_id]


async def test_a_round_does_not_wait_for_everything_that_a_slow_system_is_owed(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "ROUND_S", 0.0)
    owed = [plan(door, invite(door).interview_id, "result", connector="slow") for _ in range(3)]
    deliverer = Deliverer(door.database, door.keys, {"slow": Shelf(), "shelf": Shelf()})
    assert await deliverer.deliver_due() == 1
    quick_id = plan(door, invite(door).interview_id, "result")

    assert await deliverer.deliver_due() == 2

    assert [state_of(door, one) for one in (*owed, quick_id)] == ["sent", "sent", "pending", "sent"]


async def test_a_decision_waits_for_the_result_that_another_worker_is_bringing(door: Door) -> None:
    interview_id = invite(door).interview_id
    result, decision = plan(door, interview_id, "result"), plan(door, interview_id, "decision")
    shelf, other = Shelf(), Shelf()
    async with hanging(shelf, Deliverer(door.database, door.keys, {"shelf": shelf})):
        assert await Deliverer(door.database, door.keys, {"shelf": other}).deliver_due() == 0
    with clock.hands_restored():
        clock.turn_forward(timedelta(hours=1))
        assert await Deliverer(door.database, door.keys, {"shelf": other}).deliver_due() == 2
    assert list(other.kept) == [result, decision]


async def test_a_decision_does_not_overtake_a_result_whose_row_is_locked(
    tmp_path: Path, fresh_postgres: Callable[[], str]
) -> None:
    door = open_door(tmp_path, url=fresh_postgres())
    interview_id = invite(door).interview_id
    result, decision = plan(door, interview_id, "result"), plan(door, interview_id, "decision")
    deliverer = Deliverer(door.database, door.keys, {"shelf": (shelf := Shelf())})
    with door.database.unit_of_work() as session:
        session.get_one(Delivery, result, with_for_update=True)
        assert await deliverer.deliver_due() == 0
    assert await deliverer.deliver_due() == 2
    assert list(shelf.kept) == [result, decision]


async def test_a_result_goes_before_a_decision_whose_id_came_from_a_clock_behind(door: Door) -> None:
    interview_id = invite(door).interview_id
    decision, result = plan(door, interview_id, "decision"), plan(door, interview_id, "result")
    shelf = Shelf()
    await Deliverer(door.database, door.keys, {"shelf": shelf}).deliver_due()
    assert list(shelf.kept) == [result, decision]


async def test_a_poisoned_delivery_holds_up_no_other_and_its_words_reach_no_log(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    poison, sound = (plan(door, invite(door).interview_id, "result") for _ in range(2))
    shelf = Shelf(("before", ValueError("我叫李雷住在幸福路")))
    assert await Deliverer(door.database, door.keys, {"shelf": shelf}).deliver_due() == 2
    assert (state_of(door, poison), state_of(door, sound)) == ("unknown", "sent")
    with door.database.reading() as session:
        problem = session.get_one(Delivery, poison).problem or ""
    assert "ValueError" in problem
    assert "李雷" not in problem + caplog.text


async def test_a_system_that_keeps_the_line_open_is_left_in_time(
    door: Door, planned: Callable[[], Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "ATTEMPT_S", 0.1)

    class Silent(Shelf):
        async def deliver(self, effect: Effect) -> Receipt:
            await asyncio.sleep(600)
            raise AssertionError

    await Deliverer(door.database, door.keys, {"shelf": Silent()}).deliver_due()
    assert planned().state == "unknown"


async def test_an_attempt_that_outlived_its_claim_does_not_undo_what_a_later_one_found(
    door: Door, planned: Callable[[], Delivery]
) -> None:
    class Late(Shelf):
        async def deliver(self, effect: Effect) -> Receipt:
            clock.turn_forward(timedelta(hours=1))
            await Deliverer(door.database, door.keys, {"shelf": Shelf()}).deliver_due()
            raise HrmsUnavailable("down")

    with clock.hands_restored():
        await Deliverer(door.database, door.keys, {"shelf": Late()}).deliver_due()
    assert (planned().state, planned().attempts) == ("sent", 2)
