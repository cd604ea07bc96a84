"""The console and the HR records on real ports, with candidates in every state, for a browser to walk through."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.console.decisions import decide, note_report_read
from bot.services import Services
from core.clock import now
from core.settings import ModelSettings
from core.tables import Interview
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.shapes import CheckBody
from scoring.assess import AnswerScorer
from scoring.description import DescriptionMatcher
from scoring.report import newest_report
from tests.bot.console.house import House, deliver_all, free_port, house_with_records, listening
from tests.builders import ANSWERS, BUILDER, Said, invited_interview, scored_interview

NERVOUS = {**ANSWERS["zh"], "resilience_s1": Said("没什么特别的，被拒绝就算了。", ("被拒绝就算了。",), 1.4)}


@contextmanager
def console_running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[House, str]]:
    """The house and the address of its console, served from a thread until the block ends."""
    port = free_port()
    address, ready, stop = f"http://127.0.0.1:{port}", threading.Event(), threading.Event()
    houses: list[House] = []

    async def serve() -> None:
        async with house_with_records(folder, monkeypatch, PUBLIC_URL=address) as (house, client):
            scorer = await asyncio.to_thread(AnswerScorer.load, ModelSettings(encoder=None))
            house.app.state.descriptions = DescriptionMatcher(scorer.reader)
            async with listening(house.app, port):
                await _people(house.services, client)
                houses.append(house)
                ready.set()
                await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(60), "the console did not start"
    try:
        yield houses[0], address
    finally:
        stop.set()
        thread.join(20)


async def _people(services: Services, client: RecordsClient) -> None:
    """Delivered and decided with a check on file, English, nervous, parked, in progress, expired, and fifty invited."""
    decided = scored_interview(services, name="林晓芸")
    with services.database.reading() as session:
        report = newest_report(session, decided)
    note_report_read(services, decided, report, BUILDER)
    decide(services, decided, "advance", "车间走访和算账的做法，正好是华东区需要的。", BUILDER)
    scored_interview(services, "en", name="Maya Lindqvist")
    scored_interview(services, name="周启明", answers=NERVOUS)
    await deliver_all(services, client)
    file = next(line for line in (await client.candidates()).candidates if line.name == "林晓芸")
    test = CheckBody(kind="written_test", title="销售情景笔试", outcome="86 分，第 3 题未答", taken_on=date(2026, 3, 2))
    await client.put_check(file.candidate_id, "test-1", test)

    parked = {
        "state": "parked",
        "attempts": 6,
        "last_attempt_at": now() - timedelta(minutes=12),
        "next_attempt_at": None,
        "problem": "The HR records answered 422: this position is not known there.",
    }
    scored_interview(services, name="吴桐", delivery=parked)
    going_on, late = invited_interview(services, name="赵一鸣"), invited_interview(services, name="钱多多")
    with services.database.unit_of_work() as session:
        session.get_one(Interview, going_on).consented_at = now()
        session.get_one(Interview, going_on).human_asked_at = now()
        session.get_one(Interview, late).expires_at = now() - timedelta(days=1)
    for number in range(50):
        position = ("sales", "software_engineer", "production_supervisor")[number % 3]
        invited_interview(services, name=f"候选人{number + 1:02}", position=position, phone=f"1390000{number:04}")
