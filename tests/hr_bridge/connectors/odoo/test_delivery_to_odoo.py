"""The delivery engine and this connector together, over the same database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from core import clock
from core.tables import Candidate, Delivery, Interview
from hr_bridge.connectors.odoo.connector import OdooConnector
from hr_bridge.delivery import Deliverer, plan_delivery
from tests.bot.gateway.chat_door import Door, invite, open_door
from tests.fakes.odoo.server import Fault
from tests.hr_bridge.assessments import build_assessment
from tests.hr_bridge.connectors.odoo.running_odoo import MOVES, report_file, running_odoo


def _plan(door: Door) -> None:
    interview_id = invite(door).interview_id
    with door.database.unit_of_work() as session:
        candidate = session.get_one(Candidate, session.get_one(Interview, interview_id).candidate_id)
        assessment = build_assessment(candidate.id, interview_id=interview_id)
        plan_delivery(session, door.keys, assessment, "result", 1, "odoo")


async def test_an_odoo_that_is_down_for_a_day_has_the_result_once_after_it(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    _plan(door)
    async with running_odoo(tmp_path, *MOVES) as house:
        connector = OdooConnector(house.client, door.database, house.mapping, report_file)
        deliverer = Deliverer(door.database, door.keys, {"odoo": connector})
        await house.stop()
        with clock.hands_restored():
            for _ in range(24):
                await deliverer.deliver_due()
                clock.turn_forward(timedelta(hours=1))
            await house.start()
            house.odoo.faults.append(Fault("lost answer", "mail.message", "load"))
            await deliverer.deliver_due()
            clock.turn_forward(timedelta(hours=1))
            await deliverer.deliver_due()
        with door.database.reading() as session:
            row = session.exec(select(Delivery)).one()
        assert (row.state, row.problem, row.attempts) == ("sent", None, 26)
        assert row.remote_id == str(house.applicant()["id"])
        assert len(house.odoo.notes()) == 1
        assert house.applicant()["stage_id"] == 3
    door.database.close()
