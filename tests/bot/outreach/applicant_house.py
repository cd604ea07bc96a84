"""A house that takes applicants in from a fake Odoo on a real port."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlmodel import col, select

from bot.outreach.applicant_intake import ApplicantIntake
from bot.services import Services
from core.clock import turn_forward
from core.tables import Applicant, Candidate, Interview
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.cursor import Cursor
from hr_bridge.connectors.odoo.mapping import Job, Mapping, load_mapping
from hr_bridge.connectors.odoo.poller import Poller
from tests.fakes.odoo.models import STAMP
from tests.fakes.odoo.server import KEY, FakeOdoo

RESUME = """李雷
男 1990年3月 已婚 汉族
工作经历
2019.03-2023.06 上海大众汽车销售有限公司 销售主管 月薪12000元
负责大客户开发
教育背景
2011.09-2015.06 复旦大学 市场营销 本科
""".encode()


class ApplicantHouse:
    """Our side, their side, and looks from one to the other."""

    def __init__(self, services: Services, odoo: FakeOdoo, client: OdooClient, **mapping: Any) -> None:
        self.services, self.odoo = services, odoo
        self.job, self.other_job = odoo.add_job("Sales"), odoo.add_job("Cook")
        jobs = {"sales": Job(job=self.job)}
        self.mapping: Mapping = load_mapping().model_copy(update={"jobs": jobs} | mapping)
        self._client = client
        self.poller = self.another_poller()

    def another_poller(self, **changes: Any) -> Poller:
        mapping = self.mapping.model_copy(update=changes)
        intake = ApplicantIntake(self.services, mapping)
        return Poller(self._client, mapping, Cursor(self.services.database, "odoo"), intake)

    async def look(self, poller: Poller | None = None, after: timedelta = timedelta(minutes=2)) -> None:
        turn_forward(after)
        self.odoo.models.ahead += after  # their clock goes on as ours does
        assert await (poller or self.poller).poll_if_due()

    def apply(self, resume: bytes | None = None, name: str = "简历.txt", **changes: Any) -> int:
        values = {"partner_name": "李雷", "partner_phone": "138 0000 1234", "job_id": self.job}
        one = self.odoo.models.make("hr.applicant", values | changes)
        if resume is not None:
            self.attach(one, resume, name)
        return one

    def attach(self, applicant: int, data: bytes, name: str = "简历.txt") -> None:
        values = {"name": name, "res_model": "hr.applicant", "res_id": applicant}
        self.odoo.models.make("ir.attachment", values | {"datas": base64.b64encode(data).decode()})

    def change(self, applicant: int, **values: Any) -> None:
        """A person there changes something, a second after the last change at the soonest: Odoo tells no less."""
        row = self.odoo.models.rows["hr.applicant"][applicant]
        before = datetime.strptime(row["write_date"], STAMP).replace(tzinfo=UTC)
        self.odoo.models.write("hr.applicant", [applicant], values, {"mail_notrack": True})
        row["write_date"] = max(row["write_date"], (before + timedelta(seconds=1)).strftime(STAMP))

    def row(self, remote_id: int) -> Applicant:
        with self.services.database.reading() as session:
            return session.exec(select(Applicant).where(Applicant.remote_id == str(remote_id))).one()

    def interviews(self) -> list[Interview]:
        with self.services.database.reading() as session:
            return list(session.exec(select(Interview).order_by(col(Interview.id))))

    def contact(self, interview: Interview) -> tuple[str, str | None, str | None]:
        """Name, phone and e-mail of an interview's candidate."""
        with self.services.database.reading() as session:
            candidate = session.get_one(Candidate, interview.candidate_id)
            key = self.services.key_of(session, interview)
        sealed = (candidate.phone_sealed, candidate.email_sealed)
        phone, email = (key.open(one) if one else None for one in sealed)
        return key.open(candidate.name_sealed), phone, email


@asynccontextmanager
async def applicant_house(services: Services, **mapping: Any) -> AsyncIterator[ApplicantHouse]:
    """It has looked once already, so that whoever applies is new."""
    odoo = FakeOdoo()
    odoo.start()
    client = OdooClient(odoo.url, KEY, "odoo", timeout=httpx.Timeout(10, connect=2))
    try:
        house = ApplicantHouse(services, odoo, client, **mapping)
        await house.look()
        yield house
    finally:
        await client.aclose()
        odoo.stop()
