"""How fast a spreadsheet is taken in, beside the same file read by `csv.DictReader` and inserted with plain SQL: no
sandbox, no check of any cell, nothing sealed, no second import that changes nothing."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil
from sqlmodel import SQLModel

import core.tables  # noqa: F401  fills the metadata
from core.database import Database
from core.encryption import KeyRing, new_master_key
from core.settings import ROOT
from hr_bridge.imports.importer import import_file
from hr_bridge.imports.set_up import open_keepers

ROWS: Final = 100_000
TERMS: Final = ("2024上半年", "2024年下半年", "2025H1", "2025H2")
HEADINGS: Final = ("员工编号", "考核周期", "评分", "量表")


@dataclass(frozen=True)
class ImportSpeed:
    """Seconds for ROWS appraisals, the first time and again; the peer's; and the most memory of both processes in MB."""

    rows: int
    first_s: float
    again_s: float
    peer_s: float
    resident_mb: float


def measure() -> ImportSpeed:
    """Import one GB 18030 file of appraisals twice into an empty SQLite database, in a process that does nothing else:
    the memory told is the most that it and its sandbox ever held, libraries included."""
    command = [sys.executable, "-m", "benchmarks.exchange"]
    printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    return ImportSpeed(**json.loads(printed))


def measure_here(rows: int = ROWS) -> ImportSpeed:
    """The same in this process."""
    data = _file(rows)
    with tempfile.TemporaryDirectory(prefix="mianshi-import-") as folder:
        peer = _peer(data, Path(folder) / "peer.sqlite")
        database = Database(f"sqlite:///{folder}/ours.sqlite")
        SQLModel.metadata.create_all(database.engine)
        keepers = open_keepers(database, KeyRing(new_master_key()))
        seconds = []
        with _most_memory() as held:
            for expected in ("new", "unchanged"):
                began = time.perf_counter()
                report = import_file(data, "绩效.csv", keepers, kind="performance", preset=None, dry_run=False)
                seconds.append(time.perf_counter() - began)
                assert getattr(report, expected) == rows, report.to_json()
        database.close()
    return ImportSpeed(rows, seconds[0], seconds[1], peer, max(held) / 1e6)


@contextmanager
def _most_memory() -> Iterator[list[int]]:
    """Bytes that this process and its children hold, looked at every 20 ms. (The kernel's own maximum of a child also
    counts what its parent held when it was born.)"""
    us, held, done = psutil.Process(), [0], threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            with suppress(psutil.Error):
                held.append(sum(one.memory_info().rss for one in [us, *us.children(recursive=True)]))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield held
    finally:
        done.set()
        looking.join()


def _file(rows: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for number in range(rows):
        writer.writerow((f"E{number // 4:06}", TERMS[number % 4], "SABCD"[number % 5], "S>A>B>C>D"))
    return out.getvalue().encode("gb18030")


def _peer(data: bytes, path: Path) -> float:
    began = time.perf_counter()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE rating (employee TEXT, period TEXT, rating TEXT, scale TEXT)")
        rows = csv.DictReader(io.StringIO(data.decode("gb18030")))
        insert = f"INSERT INTO rating VALUES ({', '.join(f':{name}' for name in HEADINGS)})"
        connection.executemany(insert, rows)
    connection.close()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure_here())))
