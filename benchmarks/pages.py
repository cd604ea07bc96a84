"""How long the console's pages take at the server with 5,000 candidates in one position, beside the list in bare SQL:
fifty rows by urgency, nothing opened, nothing rendered, nobody asked who is asking."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from benchmarks.population import Row, copy_interview
from bot.accounts import create_user
from bot.console.install import install_console
from bot.positions import seed
from bot.services import Services, opened_services
from core.clock import now
from core.encryption import new_master_key
from core.settings import Settings
from core.tables import (
    Answer,
    Candidate,
    Decision,
    Delivery,
    Device,
    Interview,
    Letter,
    Message,
    Question,
    Report,
    Resume,
    Score,
    new_id,
)
from hr_bridge.resume.resume import Resume as ParsedResume
from hr_bridge.resume.resume import Work
from tests.builders import scored_interview

CANDIDATES: Final = 5_000
ROUNDS: Final = 20
TABLES: Final = (Resume, Letter, Device, Message, Question, Answer, Score, Report, Delivery, Decision)
BEGUN: Final = (Resume, Message, Question, Answer)
"""Rows of those who have begun."""
PAGES: Final[Mapping[str, str]] = {
    "list": "/console",
    "list, a name": "/console?q=林晓芸4321",
    "list, a phone": "/console?q=0001234",
    "list, to decide": "/console?status=to_decide",
    "review queue": "/console/review",
    "review queue, by doubt": "/console/review?sort=doubt",
    "one review": "/console/review/{one}",
    "one report": "/console/interviews/{one}",
    "figures": "/console/review/figures",
    "never opened": "/console/review/unopened",
    "feedback": "/console/feedback",
    "questions": "/console/questions",
    "approvals": "/console/approvals",
    "applicants": "/console/applicants",
    "duplicates": "/console/duplicates",
    "positions": "/console/positions",
    "invite": "/console/invite",
    "pool": "/console/pool?position=software_engineer",
    "board": "/console/board",
    "insights": "/console/insights",
    "fairness": "/console/fairness?position=sales",
    "candidates' requests": "/console/rights",
    "privacy": "/console/privacy",
    "audit log": "/console/audit",
    "decision log": "/console/audit/decisions",
    "policies": "/console/policies",
    "facts": "/console/positions/sales/facts",
}
BARE: Final = """
SELECT interview.id, candidate.name_sealed, candidate.phone_sealed, report.match, decision.value
FROM interview
JOIN candidate ON candidate.id = interview.candidate_id
LEFT JOIN report ON report.interview_id = interview.id
LEFT JOIN decision ON decision.interview_id = interview.id
ORDER BY decision.value IS NULL DESC, interview.finished_at IS NULL, interview.finished_at
LIMIT 50
"""


@dataclass(frozen=True)
class PageTimes:
    """Seconds by page, the 50th and 95th percentile of ROUNDS; of the bare query the 50th."""

    p50: Mapping[str, float]
    p95: Mapping[str, float]
    bare_p50: float

    @property
    def slowest(self) -> str:
        return max(self.p95, key=lambda page: self.p95[page])


def measure(count: int = CANDIDATES) -> PageTimes:
    """Fill a new SQLite database with `count` candidates, and open every page as an admin."""
    return asyncio.run(_measure_here(count))


async def _measure_here(count: int) -> PageTimes:
    with tempfile.TemporaryDirectory(prefix="mianshi-pages-") as folder, ExitStack() as stack:
        os.environ.update(
            DATA_DIR=folder,
            DATABASE_URL=f"sqlite:///{folder}/mianshi.sqlite",
            MASTER_KEY=new_master_key(),
            SESSION_KEY=secrets.token_urlsafe(32),
            PUBLIC_URL="http://mianshi.test",
        )
        services = stack.enter_context(opened_services(Settings()))
        SQLModel.metadata.create_all(services.database.engine)
        seed(services.database)
        one = populate(services, count)
        app = FastAPI()
        app.state.services = services
        app.state.descriptions = None
        install_console(app)
        gc.collect()
        gc.freeze()  # as the app does
        return await _measure(app, services, one)


def populate(services: Services, count: int) -> str:
    """4 in 10 invited, 1 in 10 under way, 5 in 10 scored, of whom half are decided; the id of one who is not."""
    first = scored_interview(services, "zh")
    moment = now()
    with services.database.unit_of_work() as session:
        key = services.key_of(session, session.get_one(Interview, first))
        report = session.exec(select(Report).where(Report.interview_id == first)).one()
        person = session.get_one(Interview, first).candidate_id
        decision = Decision(
            interview_id=first, value="advance", by="recruiter", reason_sealed=key.seal("可以"), version=1,
            report_id=report.id, decided_at=moment,
        )  # fmt: skip
        session.add(decision)
        for kind in ("invitation", "reminder_day"):
            letter = Letter(
                candidate_id=person, interview_id=first, kind=kind, channel="sms", due_at=moment, planned_at=moment
            )
            letter.state, letter.sent_at = "sent", moment
            session.add(letter)
        resume = ParsedResume(
            "zh", work=(Work("海川注塑", "销售", description="客户开发" * 60),), years_of_experience=4
        )
        parsed = key.seal(json.dumps(resume.to_json(), ensure_ascii=False), "resume")
        session.add(Resume(interview_id=first, file_sealed=b"", parsed_sealed=parsed, uploaded_at=moment))
        session.add(Device(interview_id=first, secret_hash=new_id(), created_at=moment))
        session.flush()

        def vary(number: int, table: type[SQLModel], row: Row) -> Row | None:
            stage = number % 10
            if table is Candidate:
                return row | {
                    "name_sealed": key.seal(f"林晓芸{number}"),
                    "phone_sealed": key.seal(f"+86138{number:08d}"),
                }
            if table is Interview and stage < 5:
                begun = {} if stage == 4 else {"consented_at": None, "started_at": None, "planned_at": None}
                return row | begun | {"finished_at": None}
            if table is Interview:
                return row | {"finished_at": moment - timedelta(minutes=number)}
            if stage < 4 and table in BEGUN:
                return None
            if stage < 5 and table in (Score, Report, Delivery):
                return None
            if table is Report:
                return row | {"match": 50.0 + number % 50}
            if table is Decision:
                return None if number % 20 < 15 else row | {"report_id": None}
            if table is Device:
                return row | {"secret_hash": new_id()}
            return row

        return copy_interview(session, first, count, TABLES, vary)[5]


async def _measure(app: FastAPI, services: Services, one: str) -> PageTimes:
    password = create_user(services.database, "admin", "admin")
    times: dict[str, list[float]] = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mianshi.test") as browser:
        form = (await browser.get("/console/sign-in")).text
        csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', form)
        assert csrf is not None
        given = {"csrf": csrf[1], "name": "admin", "password": password}
        await browser.post("/console/sign-in", data=given)
        for page, address in PAGES.items():
            for _ in range(ROUNDS + 1):
                began = time.perf_counter()
                answer = await browser.get(address.format(one=one))
                times.setdefault(page, []).append(time.perf_counter() - began)
                assert answer.status_code == 200, (page, answer.status_code, answer.text[:300])
    with services.database.reading() as session:
        bare = _bare(session)
    # The first visit loads templates and wording.
    sorted_times = {page: sorted(found[1:]) for page, found in times.items()}
    return PageTimes(
        {page: found[len(found) // 2] for page, found in sorted_times.items()},
        {page: found[int(len(found) * 0.95) - 1] for page, found in sorted_times.items()},
        bare,
    )


def _bare(session: Session) -> float:
    found: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        rows: Sequence[Any] = session.execute(text(BARE)).all()
        found.append(time.perf_counter() - began)
        assert len(rows) == 50
    return sorted(found)[len(found) // 2]


if __name__ == "__main__":
    taken = measure()
    for name in PAGES:
        print(f"{name:24} {taken.p50[name] * 1000:6.0f} {taken.p95[name] * 1000:6.0f} ms")  # noqa: T201
    print(f"{'bare SQL':24} {taken.bare_p50 * 1000:6.0f} ms")  # noqa: T201
