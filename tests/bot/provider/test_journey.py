"""An ATS orders, the candidate opens the link, the interview is held and scored, the ATS is called and fetches."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlmodel import select

from bot.gateway import chat_page
from core.tables import Delivery, ProviderOrder
from hr_bridge.connectors.set_up import open_connectors
from hr_bridge.delivery import Deliverer
from scoring.workflow import AssessmentSteps
from tests.bot.console.house import House
from tests.bot.provider.test_api import ORDER, ORDERS
from tests.builders import ANSWERS, finished_interview
from tests.fakes.fixed_scorer import FixedScorer
from tests.hr_bridge.connectors.receiver import Fault, Receiver


@pytest.fixture
async def ats(house: House) -> AsyncIterator[Receiver]:
    """Where the ATS listens for callbacks."""
    receiver = Receiver(house.services.settings.provider.callback_secret.get_secret_value())
    await receiver.start()
    yield receiver
    await receiver.stop()


async def deliver(house: House) -> None:
    """What the worker does each second, with the connectors of the settings; the HR records are not running here."""
    services = house.services
    async with open_connectors(services.settings, services.database) as connectors:
        await Deliverer(services.database, services.keys, {"provider": connectors["provider"]}).deliver_due()


def hold_and_score(house: House, order_id: str) -> None:
    services = house.services
    with services.database.reading() as session:
        interview_id = session.get_one(ProviderOrder, order_id).interview_id
    finished_interview(services, interview_id=interview_id)
    steps = AssessmentSteps(services.database, services.keys, FixedScorer(), services.settings.connectors)
    assert steps.waiting() == [interview_id]
    steps.score_answers(interview_id)
    steps.report_and_hand_over(interview_id)
    steps.report_and_hand_over(interview_id)  # a step may run twice


async def test_from_order_to_one_callback_and_the_result(house: House, ats: Receiver) -> None:
    house.app.include_router(chat_page.router)
    async with house.visitor("provider") as program, house.visitor() as browser:
        placed = (await program.post(ORDERS, json=ORDER | {"callback_url": ats.url})).json()
        page = await browser.get(placed["candidate_url"])
        assert page.status_code == 200
        assert "销售代表" in page.text

        hold_and_score(house, placed["order_id"])
        ats.faults.append(Fault(None, taken=True, silent_s=0))  # its first answer is lost after it was taken in
        ats.faults.append(Fault(503, {"Retry-After": "0"}))
        for _ in range(4):
            with house.services.database.unit_of_work() as session:
                for row in session.exec(select(Delivery).where(Delivery.connector == "provider")):
                    row.next_attempt_at = row.next_attempt_at and row.created_at
            await deliver(house)
        document = (await program.get(f"{ORDERS}/{placed['order_id']}")).json()

    (event,) = ats.kept.values()
    assert len(ats.heard) == 2
    assert event["type"] == "order.completed"
    assert event["data"] == {
        "order_id": placed["order_id"],
        "client_reference": "application-9001",
        "status": "completed",
        "version": 1,
    }
    assert document["status"] == "completed"
    assert document["result"]["score"] > 50
    assert document["problems"] == []
    quotes = [item["quote"] for one in document["result"]["competencies"] for item in one["evidence"]]
    said = [answer.answer for answer in ANSWERS["zh"].values()]
    assert quotes
    assert all(any(quote in answer for answer in said) for quote in quotes)


async def test_an_order_without_a_callback_and_an_invitation_of_our_own_call_nobody(
    house: House, ats: Receiver
) -> None:
    async with house.visitor("provider") as program:
        placed = (await program.post(ORDERS, json=ORDER)).json()
    hold_and_score(house, placed["order_id"])
    services = house.services
    own = finished_interview(services)
    steps = AssessmentSteps(services.database, services.keys, FixedScorer(), services.settings.connectors)
    steps.score_answers(own)
    steps.report_and_hand_over(own)
    with services.database.reading() as session:
        assert {row.connector for row in session.exec(select(Delivery))} == {"records"}
    await deliver(house)
    assert ats.heard == []


async def test_a_rescored_result_is_called_out_as_an_update(house: House, ats: Receiver) -> None:
    async with house.visitor("provider") as program:
        placed = (await program.post(ORDERS, json=ORDER | {"callback_url": ats.url})).json()
        hold_and_score(house, placed["order_id"])
        services = house.services
        with services.database.reading() as session:
            interview_id = session.get_one(ProviderOrder, placed["order_id"]).interview_id
        AssessmentSteps(services.database, services.keys, FixedScorer(level=4.0), services.settings.connectors).rescore(
            interview_id
        )
        await deliver(house)
        result = (await program.get(f"{ORDERS}/{placed['order_id']}")).json()["result"]
    assert [(e["type"], e["data"]["version"]) for e in ats.kept.values()] == [
        ("order.completed", 1),
        ("order.updated", 2),
    ]
    assert result["version"] == 2


async def test_a_host_taken_off_the_list_is_called_no_more(
    house: House, ats: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house.visitor("provider") as program:
        placed = (await program.post(ORDERS, json=ORDER | {"callback_url": ats.url})).json()
        hold_and_score(house, placed["order_id"])
        monkeypatch.setattr(house.services.settings.provider, "callback_hosts", "ats.example")
        await deliver(house)
        document = (await program.get(f"{ORDERS}/{placed['order_id']}")).json()
    assert ats.heard == []
    assert "not on the list of allowed hosts" in document["problems"][0]
