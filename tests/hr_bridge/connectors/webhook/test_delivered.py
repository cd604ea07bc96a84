"""The webhook through the delivery engine: days of trouble with the clock turned, and a message sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from core import clock
from core.outgoing import Outgoing
from core.tables import Delivery, Interview
from hr_bridge.connectors.webhook.connector import WebhookConnector
from hr_bridge.connectors.webhook.signed import read_secrets
from hr_bridge.delivery import Deliverer, plan_delivery, retry
from tests.bot.gateway.chat_door import Door, invite, open_door
from tests.hr_bridge.assessments import build_assessment
from tests.hr_bridge.connectors.receiver import Fault, Receiver, new_secret
from tests.hr_bridge.connectors.webhook.test_connector import LOOPBACK


class Post:
    """A house with one result for a webhook, and the receiver of it."""

    def __init__(self, folder: Path) -> None:
        self.door: Door = open_door(folder)
        self.receiver = Receiver(new_secret())
        self.outgoing = Outgoing(LOOPBACK, total_s=1)

    async def open(self) -> None:
        await self.receiver.start()
        with self.door.database.unit_of_work() as session:
            interview = session.get_one(Interview, invite(self.door).interview_id)
            made = build_assessment(interview.candidate_id).model_copy(update={"interview_id": interview.id})
            plan_delivery(session, self.door.keys, made, "result", 1, "webhook")

    async def deliver(self) -> None:
        signers = read_secrets(self.receiver.secret, "WEBHOOK_SECRET")
        connector = WebhookConnector(self.receiver.url, self.outgoing, signers, self.door.database)
        await Deliverer(self.door.database, self.door.keys, {"webhook": connector}).deliver_due()

    @property
    def row(self) -> Delivery:
        with self.door.database.reading() as session:
            return session.exec(select(Delivery)).one()


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    made = Post(tmp_path)
    await made.open()
    try:
        yield made
    finally:
        await made.receiver.stop()
        await made.outgoing.aclose()
        made.door.database.close()


async def test_a_receiver_that_was_down_for_a_day_gets_the_result_once(post: Post) -> None:
    post.receiver.looks_at_the_clock = False
    await post.receiver.stop()
    with clock.hands_restored():
        for _ in range(24):
            await post.deliver()
            assert post.row.state == "pending"
            clock.turn_forward(timedelta(hours=1))
        await post.receiver.start()
        await post.deliver()
        await post.deliver()
    assert (post.row.state, post.row.attempts) == ("sent", 25)
    assert [message_id for message_id, _ in post.receiver.heard] == [post.row.id]


async def test_an_answer_lost_after_the_commit_is_made_good_by_one_repeat_under_the_same_id(post: Post) -> None:
    post.receiver.faults.append(Fault(None, taken=True))
    await post.deliver()
    assert post.row.state == "unknown"
    with clock.hands_restored():
        post.receiver.looks_at_the_clock = False
        clock.turn_forward(timedelta(hours=1))
        await post.deliver()
    assert post.row.state == "sent"
    first, second = post.receiver.heard
    assert first == second
    assert list(post.receiver.kept) == [post.row.id]


async def test_a_receiver_that_asks_for_time_is_given_it(post: Post) -> None:
    post.receiver.faults.append(Fault(429, {"Retry-After": "600"}))
    post.receiver.looks_at_the_clock = False
    with clock.hands_restored():
        await post.deliver()
        clock.turn_forward(timedelta(minutes=9))
        await post.deliver()
        assert (post.row.state, post.row.attempts) == ("pending", 1)
        clock.turn_forward(timedelta(minutes=2))
        await post.deliver()
    assert (post.row.state, post.row.attempts) == ("sent", 2)


async def test_what_the_receiver_has_lost_is_sent_again_on_request_under_the_same_id(post: Post) -> None:
    await post.deliver()
    first = post.row.id
    post.receiver.kept.clear()
    await post.deliver()
    assert post.receiver.kept == {}
    with post.door.database.unit_of_work() as session:
        retry(session, first)
    await post.deliver()
    assert list(post.receiver.kept) == [first]
    assert (post.row.state, post.row.attempts) == ("sent", 1)


async def test_a_worker_killed_between_acknowledgement_and_its_own_note_does_not_send_again(post: Post) -> None:
    await post.deliver()
    with post.door.database.unit_of_work() as session:
        row = session.exec(select(Delivery)).one()
        row.state, row.sent_at, row.remote_id, row.next_attempt_at = "pending", None, None, clock.now()
    await post.deliver()
    assert (post.row.state, len(post.receiver.heard)) == ("sent", 1)
