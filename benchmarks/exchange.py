"""How fast a spreadsheet is taken in, beside the same file read by `csv.DictReader` and inserted with plain SQL: no
sandbox, no check of any cell, nothing sealed, no second import that changes nothing."""

from __future__ import annotations

import csv
import io
import resource
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlmodel import SQLModel

import core.tables  # noqa: F401  fills the metadata
from core.database import Database
from core.encryption import KeyRing, new_master_key
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


def measure(rows: int = ROWS) -> ImportSpeed:
    """Import one GB 18030 file of appraisals twice into an empty SQLite database. Run it in a process of its own: the
    memory told is the most that this process and its sandbox ever held, libraries included."""
    data = _file(rows)
    with tempfile.TemporaryDirectory(prefix="mianshi-import-") as folder:
        peer = _peer(data, Path(folder) / "peer.sqlite")
        database = Database(f"sqlite:///{folder}/ours.sqlite")
        SQLModel.metadata.create_all(database.engine)
        keepers = open_keepers(database, KeyRing(new_master_key()))
        seconds = []
        for expected in ("new", "unchanged"):
            began = time.perf_counter()
            report = import_file(data, "绩效.csv", keepers, kind="performance", preset=None, dry_run=False)
            seconds.append(time.perf_counter() - began)
            assert getattr(report, expected) == rows, report.to_json()
        database.close()
    ours, child = (
        resource.getrusage(whose).ru_maxrss * 1024 for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return ImportSpeed(rows, seconds[0], seconds[1], peer, (ours + child) / 1e6)


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
