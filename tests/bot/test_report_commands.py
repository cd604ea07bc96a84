"""`mianshi report` and `mianshi rescore` as real processes on a real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services import Services
from tests.bot.console.house import furnished
from tests.bot.test_cli import mianshi
from tests.builders import scored_interview


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch) as opened:
        yield opened


async def test_a_report_is_one_json_document_readable_text_and_a_pdf(services: Services, tmp_path: Path) -> None:
    interview_id, pdf = scored_interview(services), tmp_path / "report.pdf"
    as_json = await asyncio.to_thread(mianshi, "report", interview_id, "--json", "--pdf", str(pdf))
    assert (as_json.returncode, as_json.stderr) == (0, "")
    document = json.loads(as_json.stdout)
    assert document["id"] == interview_id
    assert document["strengths"][0]["text"].startswith("结果导向高于岗位要求")
    assert pdf.read_bytes().startswith(b"%PDF-")
    in_english = await asyncio.to_thread(mianshi, "report", interview_id, "--language", "en")
    assert "Results is above what the job needs" in in_english.stdout
    missing = await asyncio.to_thread(mianshi, "report", "nothing")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr == "mianshi: there is no interview with this id\n"


async def test_rescoring_prints_before_and_after_and_the_report_becomes_the_new_one(services: Services) -> None:
    interview_id = scored_interview(services)
    done = await asyncio.to_thread(mianshi, "rescore", "--position", "sales", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["rescored"], document["failed"]) == (1, 0)
    [row] = document["interviews"]
    assert (row["id"], row["before"]["model"], row["before"]["version"]) == (interview_id, "builder", 1)
    assert row["after"]["version"] == 2
    assert row["after"]["model"] != "builder"
    report = json.loads((await asyncio.to_thread(mianshi, "report", interview_id, "--json")).stdout)
    assert (report["version"], report["match"]) == (2, row["after"]["match"])
    assert [version["model"] for version in report["versions"]] == [row["after"]["model"], "builder"]
    table = await asyncio.to_thread(mianshi, "rescore", "--interview", interview_id, COLUMNS="200")
    assert "version 3" in table.stdout
    nothing = await asyncio.to_thread(mianshi, "rescore", "--position", "astronaut")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "no interview with a report was found for position astronaut" in nothing.stderr
