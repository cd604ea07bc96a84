from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.applicant_look import looking_for_applicants
from core.clock import hands_restored
from core.tables import Applicant, PollCursor
from hr_bridge.connectors.odoo.mapping import PACKAGED
from tests.bot.console.house import furnished
from tests.fakes.odoo.server import KEY, FakeOdoo


@pytest.fixture
def odoo() -> Iterator[FakeOdoo]:
    made = FakeOdoo()
    made.start()
    yield made
    made.stop()


def mapping_in(folder: Path, jobs: str) -> str:
    path = folder / "mapping.yml"
    path.write_text(PACKAGED.read_text("utf-8").replace("jobs: {}", f"jobs: {jobs}"))
    return str(path)


async def test_the_worker_looks_at_the_odoo_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odoo: FakeOdoo
) -> None:
    job = odoo.add_job("Sales")
    file = mapping_in(tmp_path, f"{{sales: {{job: {job}}}}}")
    settings = {"ODOO_URL": odoo.url, "ODOO_KEY": KEY, "ODOO_MAPPING": file}
    with hands_restored(), furnished(tmp_path, monkeypatch, **settings) as services:
        async with looking_for_applicants(services) as look:
            assert await look()
            assert not await look()
        odoo.models.make("hr.applicant", {"partner_name": "李雷", "partner_phone": "13800001234", "job_id": job})
        with services.database.unit_of_work() as session:
            session.get_one(PollCursor, "odoo").polled_at = None
        async with looking_for_applicants(services) as look:
            assert await look()
        with services.database.reading() as session:
            assert session.exec(select(Applicant)).one().position_key == "sales"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"ODOO_URL": "http://127.0.0.1:9"},
        {"ODOO_URL": "http://127.0.0.1:9", "ODOO_KEY": "k"},
        {"ODOO_URL": "http://127.0.0.1:9", "ODOO_KEY": "k", "ODOO_MAPPING": "/nowhere.yml"},
    ],
    ids=["no Odoo", "no key", "no job mapped", "no such mapping"],
)
async def test_where_nothing_can_be_asked_it_does_nothing_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    with furnished(tmp_path, monkeypatch, **settings) as services:
        async with looking_for_applicants(services) as look:
            assert await look() is None
