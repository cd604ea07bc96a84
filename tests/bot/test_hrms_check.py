"""`mianshi hrms check` as a real process, and the report file that goes to Odoo, before a fake Odoo on a real port."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from pypdf import PdfReader
from sqlmodel import select

from bot.console.report_document import read_report_document
from bot.console.report_pdf import render_pdf
from bot.doctor import examine
from bot.report_file import report_file_of
from bot.services import Services
from core.settings import Settings
from core.tables import Delivery
from hr_bridge.connectors.odoo.mapping import PACKAGED
from hr_bridge.connectors.set_up import open_connectors
from hr_bridge.delivery import Deliverer
from tests.bot.console.house import furnished
from tests.bot.test_cli import mianshi
from tests.builders import scored_interview
from tests.fakes.odoo.server import KEY, FakeOdoo


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
async def odoo(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeOdoo]:
    fake = FakeOdoo()
    fake.start()
    mapping = yaml.safe_load(PACKAGED.read_text("utf-8"))
    mapping["jobs"] = {"sales": {"job": fake.add_job(), "moves": [{"when": "result", "from": [1], "to": 2}]}}
    (tmp_path / "mapping.yml").write_text(yaml.safe_dump(mapping, allow_unicode=True), "utf-8")
    monkeypatch.setenv("ODOO_URL", fake.url)
    monkeypatch.setenv("ODOO_KEY", KEY)
    monkeypatch.setenv("ODOO_MAPPING", str(tmp_path / "mapping.yml"))
    yield fake
    fake.stop()


async def test_the_check_says_what_is_missing_then_prepares_it_and_shows_the_next_delivery(
    services: Services, odoo: FakeOdoo
) -> None:
    scored_interview(services, delivery={"connector": "odoo"})
    lacking = await asyncio.to_thread(mianshi, "hrms", "check", "--json")
    assert lacking.returncode == 1, lacking.stderr
    document = json.loads(lacking.stdout)
    assert not document["ok"]
    assert "mianshi hrms check --prepare" in {finding["remedy"] for finding in document["findings"]}
    ready = await asyncio.to_thread(mianshi, "hrms", "check", "--prepare", COLUMNS="200")
    assert ready.returncode == 0, ready.stdout + ready.stderr
    assert "applicants have mianshi_match, mianshi_level, mianshi_interview now" in ready.stdout
    assert "partner_name" in ready.stdout
    assert odoo.models.rows["hr.applicant"] == {}


async def test_without_an_odoo_the_check_says_how_to_name_one(services: Services) -> None:
    none = await asyncio.to_thread(mianshi, "hrms", "check")
    assert (none.returncode, none.stdout) == (1, "")
    assert none.stderr == "mianshi: No Odoo is set up: ODOO_URL says where it is (docs/odoo.md).\n"


async def test_a_scored_interview_reaches_odoo_with_its_report_as_a_file(services: Services, odoo: FakeOdoo) -> None:
    assert (await asyncio.to_thread(mianshi, "hrms", "check", "--prepare")).returncode == 0
    interview_id = scored_interview(services, name="林晓芸", delivery={"connector": "odoo"})
    settings = Settings()
    async with open_connectors(settings, services.database, report_file_of(services)) as connectors:
        await Deliverer(services.database, services.keys, connectors).deliver_due()
    with services.database.reading() as session:
        (row,) = session.exec(select(Delivery)).all()
    assert (row.state, row.problem) == ("sent", None)
    (report,) = odoo.models.rows["ir.attachment"].values()
    pdf = PdfReader(BytesIO(base64.b64decode(report["datas"])))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert "林晓芸" in text
    assert interview_id in text
    (applicant,) = odoo.models.rows["hr.applicant"].values()
    assert (str(applicant["id"]), applicant["partner_name"], applicant["stage_id"]) == (row.remote_id, "林晓芸", 2)


async def test_the_report_that_goes_to_the_hr_system_names_no_pay(services: Services) -> None:
    interview_id = scored_interview(services)
    ours = render_pdf(read_report_document(services, interview_id, "zh"), "林晓芸")
    theirs = report_file_of(services)(interview_id, 1)
    told = [
        "薪资建议" in "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages) for pdf in (ours, theirs)
    ]
    assert told == [True, False]


async def test_doctor_names_an_odoo_that_does_not_answer_and_one_that_is_half_set_up(
    odoo: FakeOdoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> tuple[str, str]:
        (finding,) = [finding for finding in examine(Settings()) if finding.name == "Odoo"]
        return finding.verdict, finding.detail

    verdict, detail = await asyncio.to_thread(found)
    assert (verdict, "positions mapped: 1;" in detail) == ("ok", True)
    odoo.stop()
    assert (await asyncio.to_thread(found))[0] == "warn"
    monkeypatch.setenv("ODOO_KEY", "")
    assert await asyncio.to_thread(found) == ("fail", "ODOO_KEY is not set")
