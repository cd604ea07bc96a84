"""The Odoo connector before a fake Odoo on a real port, with its link table in a real SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import SQLModel
from ulid import ULID

from core.database import Database
from hr_bridge.connectors.base import Effect, EffectKind
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.connector import OdooConnector
from hr_bridge.connectors.odoo.mapping import Job, Mapping, Move, Pay, load_mapping
from tests.fakes.odoo.server import KEY, FakeOdoo, Fault
from tests.hr_bridge.assessments import build_assessment

PROPERTIES = (
    {"name": "hr_own", "type": "char", "string": "Of HR"},
    {"name": "mianshi_match", "type": "float", "string": "Match"},
    {"name": "mianshi_level", "type": "char", "string": "Level"},
    {"name": "mianshi_interview", "type": "char", "string": "Interview"},
)
MOVES = (Move(when="result", from_=(1, 2), to=3), Move(when="advance", from_=(3,), to=4))


def report_file(interview_id: str, version: int) -> bytes:
    return f"%PDF-1.4 {interview_id} {version}".encode()


class RunningOdoo:
    """One house: a fake Odoo with a sales job, and our connector to it."""

    def __init__(self, folder: Path, *moves: Move, pay: bool = False) -> None:
        self.odoo = FakeOdoo()
        self.job = self.odoo.add_job("Sales", *PROPERTIES)
        packaged = load_mapping()
        self.mapping: Mapping = packaged.model_copy(
            update={"jobs": {"sales": Job(job=self.job, moves=moves)}, "pay": Pay(enabled=pay)}
        )
        self.database = Database(f"sqlite:///{folder}/mianshi.sqlite")
        SQLModel.metadata.create_all(self.database.engine)
        self.client = OdooClient(self.odoo.url, KEY, "odoo", timeout=httpx.Timeout(10, connect=2))
        self.connector = self.open_connector()

    def open_connector(self, **changes: Any) -> OdooConnector:
        """Another worker's connector to the same two databases."""
        mapping = self.mapping.model_copy(update=changes)
        return OdooConnector(self.client, self.database, mapping, report_file)

    async def start(self) -> None:
        self.odoo.start()

    async def stop(self) -> None:
        self.odoo.stop()

    async def close(self) -> None:
        await self.client.aclose()
        self.odoo.stop()
        self.database.close()

    def lose_next_answer(self) -> None:
        """Let the request that completes the next effect be worked on, and its answer never arrive."""
        self.odoo.faults.append(Fault("lost answer", "mail.message", "load"))

    async def count_effects(self, candidate_id: str) -> int:
        """Notes of ours on the applicants that were made for the candidate."""
        prefix = f"mianshi.applicant_{candidate_id}-"
        applicants = {to[1] for name, to in self.odoo.models.external.items() if name.startswith(prefix)}
        return sum(note["res_id"] in applicants for note in self.odoo.notes())

    def applicant(self) -> dict[str, Any]:
        """The only applicant there is."""
        (row,) = self.odoo.models.rows["hr.applicant"].values()
        return row

    def properties(self, applicant_id: int | None = None) -> dict[str, Any]:
        return self.odoo.models.values[applicant_id or self.applicant()["id"]]

    def apply(self, **changes: Any) -> int:
        """Somebody applied in Odoo: the applicant's id."""
        values = {"partner_name": "欧阳晓梅", "partner_phone": "138 1234 1234", "job_id": self.job}
        return self.odoo.models.make("hr.applicant", values | changes)


@asynccontextmanager
async def running_odoo(folder: Path, *moves: Move, pay: bool = False) -> AsyncIterator[RunningOdoo]:
    odoo = RunningOdoo(folder, *moves, pay=pay)
    await odoo.start()
    try:
        yield odoo
    finally:
        await odoo.close()


def effect(kind: EffectKind = "result", version: int = 1, **changes: Any) -> Effect:
    return Effect(str(ULID()), kind, version, build_assessment(**({"version": version} | changes)))
