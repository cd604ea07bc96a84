"""Results into Odoo's fake by two workers, of whom one is killed again and again; then the same fake filled by a script in
a hurry that reads no database, renders no report, keeps no link and looks at nothing.

`python -m benchmarks.deliveries 10000` takes its time; `make bench` delivers COUNT.

The fake answers as the traces of a real Odoo 19 do, but from memory: what is measured is our side.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlmodel import SQLModel, col, func, select

from benchmarks.population import copy_interview
from bot.positions import seed
from bot.report_file import report_file_of
from bot.services import Services, opened_services
from core.encryption import new_master_key
from core.settings import ROOT, Settings
from core.tables import Delivery, Interview
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.connector import OdooConnector
from hr_bridge.connectors.odoo.mapping import Job, Move, load_mapping
from hr_bridge.delivery import Deliverer, plan_delivery
from scoring.report import assessment_of
from tests.builders import scored_interview
from tests.fakes.odoo.server import KEY, FakeOdoo
from tests.odoo_live.bare_script import BareScript

COUNT: Final = 1_000
PEER_COUNT: Final = 300
"""The script needs fewer to be timed."""
WORKERS: Final = 2
WORK: Final = "work"
LIVES_S: Final = (20.0, 60.0)
"""Between two kills; who was killed is started again at once, as the supervisor would."""
PROPERTIES: Final = [
    {"name": f"mianshi_{name}", "type": kind, "string": name}
    for name, kind in (("match", "float"), ("level", "char"), ("interview", "char"))
]
MOVES: Final = (Move(when="result", from_=(1, 2), to=3),)


@dataclass(frozen=True)
class DeliverySpeed:
    """`a_second` until all but what the killed ones held had landed; `kills` until then; seconds a result for us and for
    the script; what came over more than once, or never."""

    count: int
    kills: int
    a_second: float
    peer_a_second: float
    lost: int
    doubled: int


def measure(count: int = COUNT) -> DeliverySpeed:
    """As `measure_here`, without a loop."""
    return asyncio.run(measure_here(count))


async def measure_here(count: int) -> DeliverySpeed:
    """Queue `count` results, deliver them all, and count what stands in the fake afterwards."""
    odoo = FakeOdoo()
    job = odoo.add_job("Sales", *PROPERTIES)
    odoo.start()
    try:
        with tempfile.TemporaryDirectory(prefix="mianshi-deliveries-") as folder:
            environment = _environment(Path(folder), odoo.url, job)
            with _services(environment) as services:
                _queue(services, count)
                kills, seconds = _deliver_all(services, environment, count)
                lost, doubled = _compare(services, odoo)
        peer_s = await _peer(odoo)
    finally:
        odoo.stop()
    return DeliverySpeed(count, kills, count / seconds, PEER_COUNT / peer_s, lost, doubled)


def _environment(folder: Path, url: str, job: int) -> dict[str, str]:
    return {
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/mianshi.sqlite",
        "MASTER_KEY": new_master_key(),
        "SESSION_KEY": secrets.token_urlsafe(32),
        "BENCH_ODOO": url,
        "BENCH_JOB": str(job),
    }


@contextmanager
def _services(environment: dict[str, str]) -> Iterator[Services]:
    os.environ.update(environment)
    with opened_services(Settings()) as services:
        SQLModel.metadata.create_all(services.database.engine)
        yield services


def _queue(services: Services, count: int) -> None:
    """One scored interview, and `count` copies of all its rows, each with a planned delivery."""
    seed(services.database)
    first = scored_interview(services)
    with services.database.unit_of_work() as session:
        for planned in session.exec(select(Delivery)).all():
            session.delete(planned)
        copies = copy_interview(session, first, count)
    for start in range(0, count, 500):
        with services.database.unit_of_work() as session:
            for copy in copies[start : start + 500]:
                assessment = assessment_of(session, services.keys, session.get_one(Interview, copy), 1)
                plan_delivery(session, services.keys, assessment, "result", 1, "odoo")


def _deliver_all(services: Services, environment: dict[str, str], count: int) -> tuple[int, float]:
    """How many were killed, and the seconds until all had landed but what waits for a dead worker's claim to run out."""
    started = time.monotonic()
    workers = [_start(environment) for _ in range(WORKERS)]
    kills, seconds, next_kill = 0, 0.0, time.monotonic() + random.uniform(*LIVES_S)
    try:
        while (open_ones := _open(services)) > 0:
            if open_ones > kills:
                seconds = time.monotonic() - started
                if time.monotonic() >= next_kill:
                    victim = random.randrange(WORKERS)
                    workers[victim].send_signal(signal.SIGKILL)
                    workers[victim].wait()
                    workers[victim] = _start(environment)
                    kills, next_kill = kills + 1, time.monotonic() + random.uniform(*LIVES_S)
            time.sleep(0.5)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    return kills, seconds


def _open(services: Services) -> int:
    with services.database.reading() as session:
        return session.exec(select(func.count(col(Delivery.id))).where(Delivery.state != "sent")).one()


def _start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.deliveries", WORK], cwd=ROOT, env=os.environ | environment
    )


def _compare(services: Services, odoo: FakeOdoo) -> tuple[int, int]:
    """How many effects lack applicant, report, event or note over there, and how many have one of them twice."""
    rows = odoo.models.rows
    with services.database.reading() as session:
        remote = Counter(session.exec(select(Delivery.remote_id)).all())
    lost = doubled = 0
    found = {
        "applicant": Counter(str(one) for one in rows["hr.applicant"]),
        "note": Counter(str(row["res_id"]) for row in odoo.notes()),
        "report": Counter(str(row["res_id"]) for row in rows["ir.attachment"].values()),
        "event": Counter(str(row["applicant_id"]) for row in rows["calendar.event"].values()),
    }
    for counted in found.values():
        lost += sum(counted[str(one)] == 0 for one in remote)
        doubled += sum(times > 1 or one not in remote for one, times in counted.items())
    return lost, doubled + sum(times > 1 for times in remote.values())


async def _peer(odoo: FakeOdoo) -> float:
    from tests.hr_bridge.connectors.odoo.running_odoo import effect

    client = OdooClient(odoo.url, KEY, "odoo")
    job = odoo.add_job("Sales of the script", *PROPERTIES)
    script = BareScript(client, job, (1, 2, 3), b"%PDF-1.4 " + b"x" * 40_000)
    began = time.perf_counter()
    for number in range(PEER_COUNT):
        await script.deliver_result(f"Script {number}", effect())
    seconds = time.perf_counter() - began
    await client.aclose()
    return seconds


async def work() -> None:
    """Deliver what is due until killed."""
    with opened_services(Settings()) as services:
        client = OdooClient(os.environ["BENCH_ODOO"], KEY, "odoo")
        jobs = {"sales": Job(job=int(os.environ["BENCH_JOB"]), moves=MOVES)}
        mapping = load_mapping().model_copy(update={"jobs": jobs})
        connector = OdooConnector(client, services.database, mapping, report_file_of(services))
        deliverer = Deliverer(services.database, services.keys, {"odoo": connector})
        while True:
            if not await deliverer.deliver_due():
                await asyncio.sleep(1)


if __name__ == "__main__":
    if sys.argv[1:] == [WORK]:
        asyncio.run(work())
    else:
        sys.stdout.write(f"{measure(int(sys.argv[1]))}\n")
