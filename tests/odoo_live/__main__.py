"""`make test-odoo`: against a real Odoo 19, from applicant and job to note, twice, with the connection cut at every step.

It makes a job and applicants of its own there and removes them at the end. Exit status 1 where anything is there twice
or missing. ODOO_URL, ODOO_KEY and, where there are several databases, ODOO_DATABASE say which Odoo.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from sqlmodel import SQLModel
from ulid import ULID

import core.tables  # noqa: F401  fills the metadata
from core.database import Database
from core.errors import MianshiError
from core.settings import load_settings
from hr_bridge.assessment import AssessedPerson
from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsUnavailable, Receipt
from hr_bridge.connectors.odoo.check import OdooCheck
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.connector import OdooConnector
from hr_bridge.connectors.odoo.mapping import Job, Mapping, Move, Pay, load_mapping
from hr_bridge.connectors.odoo.open import open_client
from tests.hr_bridge.assessments import DECISION, build_assessment
from tests.odoo_live.bare_script import BareScript
from tests.odoo_live.incoming import come_in
from tests.odoo_live.scissors import Scissors, Side

GOAL = 1.3
TIMED = 30
"""Candidates of each kind in the comparison with a bare script."""
PDF = b"%PDF-1.4 " + b"0" * 60_000
Json = dict[str, Any]


@dataclass(frozen=True)
class House:
    """A job of our own in the real Odoo, and what leads there."""

    straight: OdooClient
    cut: OdooClient
    scissors: Scissors
    database: Database
    mapping: Mapping
    job: int
    stages: tuple[int, int, int]

    def connector(self, client: OdooClient) -> OdooConnector:
        return OdooConnector(client, self.database, self.mapping, lambda _interview, _version: PDF)


async def main(console: Console) -> int:
    settings = load_settings().odoo
    async with open_client(settings) as straight:
        console.print(f"Odoo {await straight.version()} at {settings.url}", highlight=False)
        scissors = Scissors(settings.url or "")
        key = settings.key.get_secret_value()
        cut = OdooClient(await scissors.open(), key, settings.database, timeout=httpx.Timeout(30))
        try:
            async with built_house(straight, cut, scissors) as house:
                wrong = await come_in(straight, cut, scissors, house.database, house.mapping, console)
                wrong += await cut_everywhere(house, console)
                await compare(house, console)
        finally:
            await cut.aclose()
            scissors.close()
    console.print("everything is there exactly once" if not wrong else f"{wrong} of the rounds left something wrong")
    return 1 if wrong else 0


@asynccontextmanager
async def built_house(straight: OdooClient, cut: OdooClient, scissors: Scissors) -> AsyncIterator[House]:
    name = f"Mianshi test {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    job = (await straight.call("hr.job", "create", vals_list=[{"name": name}]))[0]
    rows = await straight.search("hr.recruitment.stage", [["hired_stage", "=", False]], ["name"], order="sequence asc")
    stages = (rows[0]["id"], rows[1]["id"], rows[2]["id"])
    moves = (
        Move(when="result", from_=(stages[0],), to=stages[1]),
        Move(when="advance", from_=(stages[1],), to=stages[2]),
    )
    mapping = load_mapping().model_copy(update={"jobs": {"sales": Job(job=job, moves=moves)}, "pay": Pay(enabled=True)})
    await OdooCheck(straight, mapping).prepare()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder)}/mianshi.sqlite")
        SQLModel.metadata.create_all(database.engine)
        try:
            yield House(straight, cut, scissors, database, mapping, job, stages)
        finally:
            database.close()
            await tear_down(straight, job)


async def tear_down(straight: OdooClient, job: int) -> None:
    applicants = await straight.search("hr.applicant", [["job_id", "=", job]], ["partner_id"])
    ids = [row["id"] for row in applicants]
    events = await straight.search("calendar.event", [["applicant_id", "in", ids]], ["id"])
    await straight.unlink("calendar.event", [row["id"] for row in events])
    await straight.unlink("hr.applicant", ids)
    await straight.unlink("res.partner", [row["partner_id"][0] for row in applicants if row["partner_id"]])
    await straight.unlink("hr.job", [job])


async def cut_everywhere(house: House, console: Console) -> int:
    """One candidate for each request of result and decision, cut before and after; how many rounds went wrong."""
    await house.connector(house.cut).deliver(_effects(*await _applied(house, "count"))[0])
    table = Table("request cut", "side", "applied in Odoo", "attempts", "left behind", box=None, pad_edge=False)
    wrong = rounds = 0
    for side in ("before", "after"):
        for made_there in (False, True):
            for decided in (False, True):
                number = 1
                while (cut := await _round(house, number, side, made_there=made_there, decided=decided)) is not None:
                    name, attempts, faults = cut
                    wrong += bool(faults)
                    rounds += 1
                    yes = "yes" if made_there else "no"
                    table.add_row(name, side, yes, str(attempts), "; ".join(faults) or "everything once")
                    number += 1
    console.print(table)
    console.print(f"{rounds} rounds, each delivered until it landed and then once more", highlight=False)
    return wrong


async def _round(
    house: House, number: int, side: Side, *, made_there: bool, decided: bool
) -> tuple[str, int, list[str]] | None:
    """Cut the request of this number; None where there are fewer."""
    mark = f"{number}-{side}-{made_there}-{decided}"
    candidate, applicant = await _applied(house, mark) if made_there else (f"live-{ULID()}", None)
    result, decision = _effects(candidate, applicant)
    connector = house.connector(house.cut)
    house.scissors.arm(None if decided else number, side)
    attempts = await _deliver_twice(house, connector, result)
    if decided:
        house.scissors.arm(number, side)
    else:
        cut = house.scissors.was_cut
    tries = await _deliver_twice(house, connector, decision)
    cut = house.scissors.was_cut or ("" if decided else cut)
    if not cut:
        return None
    name = f"{'decision' if decided else 'result'} {number}: {cut}"
    return name, tries if decided else attempts, await _faults(house, result)


async def _deliver_twice(house: House, connector: OdooConnector, effect: Effect) -> int:
    """As the delivery engine does, and then the same once more; how many attempts it took to land."""
    unknown, attempts = False, 0
    while True:
        attempts += 1
        try:
            receipt: Receipt | None = await connector.find(effect.id) if unknown else None
            receipt = receipt or await connector.deliver(effect)
            break
        except DeliveryUnknown:
            unknown = True
        except HrmsUnavailable:
            if attempts > 5:
                raise
    house.scissors.cut_at = None
    if await connector.deliver(effect) != receipt or await connector.find(effect.id) != receipt:
        raise AssertionError("the receipt changed")
    return attempts


async def _faults(house: House, result: Effect) -> list[str]:
    """What is missing or there twice, seen straight from Odoo."""
    client, interview = house.straight, result.assessment.interview_id
    fields = ["applicant_properties", "priority", "salary_proposed", "salary_proposed_extra", "stage_id", "active"]
    rows = await client.search("hr.applicant", [["job_id", "=", house.job]], [*fields, "partner_name"])
    mine = [row for row in rows if row["partner_name"] == result.assessment.candidate.name]
    if len(mine) != 1:
        return [f"{len(mine)} applicants"]
    row = mine[0]
    on_it = [["res_model", "=", "hr.applicant"], ["res_id", "=", row["id"]]]
    notes = [["model", "=", "hr.applicant"], ["res_id", "=", row["id"]], ["body", "ilike", "mianshi:"]]
    found = {
        "reports": len(await client.search("ir.attachment", on_it, ["id"])),
        "events": len(await client.search("calendar.event", [["applicant_id", "=", row["id"]]], ["id"])),
        "result notes": len(await client.search("mail.message", [*notes, ["body", "ilike", result.id]], ["id"])),
        "decision notes": len(await client.search("mail.message", notes, ["id"])) - 1,
    }
    faults = [f"{count} {what}" for what, count in found.items() if count != 1]
    values = {one["name"]: one.get("value") for one in row["applicant_properties"]}
    if (values.get("mianshi_match"), values.get("mianshi_level")) != (85.0, "mid"):
        faults.append("score or level")
    if values.get("mianshi_interview") != interview:
        faults.append("interview id")
    if (row["priority"], row["salary_proposed"]) != ("2", 11500.0) or "CNY" not in str(row["salary_proposed_extra"]):
        faults.append("stars or pay")
    if row["stage_id"][0] != house.stages[2] or not row["active"]:
        faults.append("stage")
    return faults


async def _applied(house: House, mark: str) -> tuple[str, int]:
    """Somebody applied in Odoo: our id of the candidate, and the applicant's there."""
    candidate = f"live-{mark}-{ULID()}"
    values = {"partner_name": f"测试 {candidate}", "job_id": house.job, "stage_id": house.stages[0]}
    return candidate, (await house.straight.call("hr.applicant", "create", vals_list=[values]))[0]


def _effects(candidate: str, applicant: int | None) -> tuple[Effect, Effect]:
    person = AssessedPerson(
        id=candidate,
        external_id=str(applicant) if applicant else None,
        name=f"测试 {candidate}",
        email=f"{candidate.lower()}@example.test",
    )
    result = build_assessment(candidate, candidate=person)
    decided = result.model_copy(update={"decision": DECISION})
    return Effect(str(ULID()), "result", 1, result), Effect(str(ULID()), "decision", 1, decided)


async def compare(house: House, console: Console) -> None:
    """Seconds a candidate, beside a script that makes the same changes and looks at nothing; taken in turns."""
    bare = BareScript(house.straight, house.job, house.stages, PDF)
    connector = house.connector(house.straight)
    ours, theirs = [], []
    for number in range(TIMED + 2):
        result, decision = _effects(f"timed-{ULID()}", None)
        began = time.perf_counter()
        await connector.deliver(result)
        await connector.deliver(decision)
        middle = time.perf_counter()
        await bare.deliver(f"bare {ULID()}", result, decision)
        if number >= 2:  # the first ones warm both up
            ours.append(middle - began)
            theirs.append(time.perf_counter() - middle)
    guarded, plain = statistics.median(ours), statistics.median(theirs)
    console.print(
        f"seconds a candidate, result and decision, median of {TIMED}: {guarded:.2f} s; a bare script {plain:.2f} s; "
        f"{guarded / plain:.2f} times (goal {GOAL})",
        highlight=False,
    )


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(Console(width=120))))
    except MianshiError as error:
        sys.exit(f"make test-odoo: {error}")
