"""An erasure while a result is on its way to Odoo: nothing of the candidate is left there or here."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.privacy.carrying_out import carry_out
from bot.privacy.erasure import ask_for_erasure
from bot.privacy.notices import Teller
from bot.services import Services
from core.clock import hands_restored, turn_forward
from core.tables import Delivery, ErasureNotice, HrmsLink, Interview
from hr_bridge.connectors.odoo.connector import OdooConnector
from hr_bridge.delivery import CLAIM, Deliverer, plan_delivery
from tests.bot.console.house import furnished
from tests.builders import invited_interview
from tests.fakes.odoo.server import Fault
from tests.hr_bridge.assessments import build_assessment
from tests.hr_bridge.connectors.odoo.running_odoo import MOVES, RunningOdoo, running_odoo


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with furnished(tmp_path, monkeypatch) as made, hands_restored():
        yield made


def planned(services: Services) -> str:
    """A result that is due in Odoo; the candidate's id."""
    interview_id = invited_interview(services)
    with services.database.unit_of_work() as session:
        candidate_id = session.get_one(Interview, interview_id).candidate_id
        assessment = build_assessment(candidate_id, interview_id=interview_id)
        plan_delivery(session, services.keys, assessment, "result", 1, "odoo")
    return candidate_id


def erase(services: Services, candidate_id: str) -> None:
    with services.database.unit_of_work() as session:
        request_id = ask_for_erasure(session, candidate_id, "candidate")
    assert carry_out(services, request_id)


def left_in_odoo(house: RunningOdoo) -> dict[str, int]:
    rows = house.odoo.models.rows
    names = ("hr.applicant", "mail.message", "ir.attachment", "calendar.event")
    return {name: len(rows.get(name, {})) for name in names if rows.get(name)}


async def test_a_delivery_under_way_is_followed_by_the_erasure_over_there(services: Services, tmp_path: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow_report(interview_id: str, version: int) -> bytes:
        reached.set()
        assert go_on.wait(30)
        return b"%PDF-1.4"

    candidate_id = planned(services)
    async with running_odoo(tmp_path, *MOVES) as house:
        connector = OdooConnector(house.client, services.database, house.mapping, slow_report)
        delivering = asyncio.create_task(Deliverer(services.database, services.keys, {"odoo": connector}).deliver_due())
        assert await asyncio.to_thread(reached.wait, 30)
        await asyncio.to_thread(erase, services, candidate_id)
        teller = Teller(services.database, {"odoo": connector})
        assert await teller.tell_due() == 0, "not before the delivery has come to its end"
        go_on.set()
        assert await delivering == 1
        assert left_in_odoo(house) != {}, "it did arrive over there"
        turn_forward(CLAIM)
        assert await teller.tell_due() == 1
        assert left_in_odoo(house) == {}
        with services.database.reading() as session:
            assert session.exec(select(Delivery)).all() == []
            assert session.exec(select(ErasureNotice.state)).all() == ["sent"]
            kinds = session.exec(select(HrmsLink.kind, HrmsLink.our_id)).all()
            assert kinds == [("erased", candidate_id)], "the mark that nothing comes back"


async def test_a_delivery_whose_answer_was_lost_is_followed_by_the_erasure_too(
    services: Services, tmp_path: Path
) -> None:
    candidate_id = planned(services)
    async with running_odoo(tmp_path, *MOVES) as house:
        deliverer = Deliverer(services.database, services.keys, {"odoo": house.connector})
        house.odoo.faults.append(Fault("lost answer", "mail.message", "load"))
        await deliverer.deliver_due()
        with services.database.reading() as session:
            assert session.exec(select(Delivery.state)).all() == ["unknown"]
        await asyncio.to_thread(erase, services, candidate_id)
        turn_forward(timedelta(hours=1))
        assert await deliverer.deliver_due() == 0
        teller = Teller(services.database, {"odoo": house.connector})
        assert await teller.tell_due() == 1
        assert left_in_odoo(house) == {}
        with services.database.reading() as session:
            assert session.exec(select(HrmsLink.kind)).all() == ["erased"]
