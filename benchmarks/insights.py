"""How fast board, channels and fairness tables are reckoned from a database of 100,000 interviews, beside the board's
bare counts asked of the same file by channel in SQL: no median, no interval, no cost, no group, nothing opened."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psutil
from sqlalchemy import insert
from sqlmodel import SQLModel

from bot.accounts import Account
from bot.console.board_view import chosen, read_board
from bot.console.fairness_view import read_fairness
from bot.demographics import PURPOSE
from bot.positions import newest_position, seed
from bot.services import Services, opened_services
from core.clock import now
from core.encryption import KeyRing, new_master_key
from core.settings import ROOT, Settings
from core.tables import Candidate, Decision, DemographicAnswer, Interview, Report, new_id

INTERVIEWS: Final = 100_000
BATCH: Final = 5_000
CHANNELS: Final = ("内推", "招聘网站", "扫码", None)
GROUPS: Final = {
    "sex": ("female", "male"),
    "age": ("under_40", "40_and_over"),
    "race_ethnicity": ("white", "asian", "black", "hispanic_or_latino"),
}
PEER: Final = """
    SELECT i.origin, count(*), count(i.consented_at), count(i.finished_at), sum(d.value = 'advance')
    FROM interview i LEFT JOIN decision d ON d.interview_id = i.id GROUP BY i.origin
"""
TABLES: Final = (Candidate, Interview, Report, Decision, DemographicAnswer)


@dataclass(frozen=True)
class InsightSpeed:
    """Seconds for the board with its channels and for the fairness tables; the peer's; the most memory in MB."""

    interviews: int
    board_s: float
    fairness_s: float
    peer_s: float
    resident_mb: float


def measure(interviews: int = INTERVIEWS) -> InsightSpeed:
    """Fill a database, and reckon in a process that does nothing else."""
    with tempfile.TemporaryDirectory(prefix="mianshi-insights-") as folder:
        values = {
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/mianshi.sqlite",
            "MASTER_KEY": new_master_key(),
        }
        for step in ("fill", "reckon"):
            command = [sys.executable, "-m", "benchmarks.insights", step, str(interviews)]
            done = subprocess.run(command, cwd=ROOT, env=os.environ | values, stdout=subprocess.PIPE, check=True)
        return InsightSpeed(interviews, **json.loads(done.stdout))


async def _fill(interviews: int) -> None:
    with opened_services(Settings()) as services:
        SQLModel.metadata.create_all(services.database.engine)
        seed(services.database)
        with services.database.unit_of_work() as session:
            position = newest_position(session, "sales")
            position.profile = position.profile | {"policy": "us-ny"}
            session.add(position)
        people = _people(services.keys, position.id, interviews)
        while some := list(islice(people, BATCH)):
            with services.database.unit_of_work() as session:
                for table, rows in zip(TABLES, zip(*some, strict=True), strict=True):
                    session.execute(insert(table), [row for row in rows if row is not None])


def _people(keys: KeyRing, position_id: str, interviews: int) -> Iterator[tuple[dict[str, Any] | None, ...]]:
    """Rows of TABLES for one person after another; None where they have none."""
    chance, at = random.Random(2), now()
    for _ in range(interviews):
        wrapped, candidate, interview = keys.new_wrapped_key(), new_id(), new_id()
        began = chance.random() < 0.6
        finished = began and chance.random() < 0.85
        match = chance.gauss(76, 10)
        told = json.dumps({key: chance.choice(options) for key, options in GROUPS.items()})
        yield (
            {"id": candidate, "wrapped_key": wrapped, "name_sealed": "", "created_at": at},
            {
                "id": interview, "candidate_id": candidate, "position_id": position_id, "language": "zh",
                "origin": chance.choice(CHANNELS), "invited_at": at, "expires_at": at + timedelta(days=7),
                "consented_at": at if began else None, "finished_at": at if finished else None,
                "time_budget_s": 1200, "time_used_s": 0.0,
            },
            {
                "id": new_id(), "interview_id": interview, "version": 1, "position_id": position_id, "match": match,
                "core_match": match, "level": "mid", "competencies": [], "model": "bench", "reported_at": at,
            } if finished else None,
            {
                "id": new_id(), "interview_id": interview, "value": "advance" if match >= 80 else "hold", "by": "policy",
                "reason_sealed": "", "version": 1, "decided_at": at,
            } if finished else None,
            {
                "interview_id": interview, "sealed": keys.unwrap(wrapped).seal(told, PURPOSE), "given_at": at,
            } if finished and chance.random() < 0.7 else None,
        )  # fmt: skip


async def _reckon(interviews: int) -> dict[str, float]:
    with opened_services(Settings()) as services:
        began = time.perf_counter()
        path = services.settings.data_dir / "mianshi.sqlite"
        with sqlite3.connect(path) as connection:
            counted = sum(row[1] for row in connection.execute(PEER))
        peer = time.perf_counter() - began
        board, fairness = _timed(services, interviews)
        assert counted == interviews
    return {"board_s": board, "fairness_s": fairness, "peer_s": peer, "resident_mb": _most_mb()}


def _timed(services: Services, interviews: int) -> tuple[float, float]:
    began = time.perf_counter()
    view = read_board(
        services, chosen("", "", "", "", now().astimezone().date()), "zh", Account("bench", "bench", "admin")
    )
    board = time.perf_counter() - began
    began = time.perf_counter()
    fairness = read_fairness(services, "sales", None, "zh")
    assert view.board.invited == interviews
    assert fairness.report.told > 0
    return board, time.perf_counter() - began


def _most_mb() -> float:
    """The most that this process ever held: what the kernel notes of it since it began, where it does."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    noted = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)
    return psutil.Process().memory_info().rss / 1e6 if noted is None else noted * 1024 / 1e6


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        asyncio.run(_fill(int(sys.argv[2])))
    else:
        sys.stdout.write(json.dumps(asyncio.run(_reckon(int(sys.argv[2])))))
