"""How long it takes to erase one candidate among many, beside plain DELETE statements for the same person: no key
destroyed, no record kept under a pseudonym, no other store searched, no log emptied, no certificate."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final
from unittest.mock import patch

from rich.console import Console
from sqlmodel import SQLModel, select

from bot.positions import seed
from bot.privacy.carrying_out import carry_out
from bot.privacy.erasure import ask_for_erasure
from bot.privacy.inventory import tables_about_people
from bot.services import Services, opened_services
from core.encryption import new_master_key
from core.settings import Settings
from core.tables import Candidate, Interview
from tests.bot.privacy.held_interview import held

PEOPLE: Final = 100_000
QUESTIONS: Final = 5
ERASED: Final = 3
"""Candidates erased, the median told."""
_WORDS: Final = "x" * 160

PERSON: Final = (
    "INSERT INTO candidate (id, wrapped_key, name_sealed, phone_sealed, created_at) "
    "SELECT 'c' || n, x'00', :words, :words, :at FROM numbers",
    "INSERT INTO interview (id, candidate_id, position_id, language, invited_at, expires_at, finished_at, "
    "time_budget_s, time_used_s) SELECT 'i' || n, 'c' || n, :position, 'zh', :at, :at, :at, 1200, 700 FROM numbers",
    "INSERT INTO accesslink (id, interview_id, token_hash, created_at) SELECT 'l' || n, 'i' || n, 't' || n, :at FROM numbers",
    "INSERT INTO report (id, interview_id, version, position_id, match, competencies, model, reported_at) "
    "SELECT 'r' || n, 'i' || n, 1, :position, 80, '[]', 'seeded', :at FROM numbers",
    'INSERT INTO decision (id, interview_id, value, "by", reason_sealed, version, report_id, decided_at) '
    "SELECT 'd' || n, 'i' || n, 'hold', 'seeded', :words, 1, 'r' || n, :at FROM numbers",
    "INSERT INTO delivery (id, connector, interview_id, kind, version, assessment_sealed, state, attempts, created_at) "
    "SELECT 'e' || n, 'records', 'i' || n, 'result', 1, :words, 'sent', 1, :at FROM numbers",
    "INSERT INTO timer (id, kind, subject, due_at, fired_at) SELECT 'm' || n, 'expiry', 'i' || n, :at, :at FROM numbers",
)
QUESTION: Final = (
    "INSERT INTO question (id, interview_id, stage, position, source, time_used_before_s) "
    "SELECT 'q' || n || '_{k}', 'i' || n, 'structured', {k}, 's{k}', 0 FROM numbers",
    "INSERT INTO answer (id, interview_id, question_id, turn_id, text_sealed, given_at) "
    "SELECT 'a' || n || '_{k}', 'i' || n, 'q' || n || '_{k}', 'u' || n || '_{k}', :words, :at FROM numbers",
    "INSERT INTO message (id, interview_id, seq, sender, kind, text_sealed, buttons, turn_id, ordinal, created_at, extra) "
    "SELECT 'g' || n || '_{k}', 'i' || n, {k}, 'candidate', 'answer', :words, '[]', 'v' || n || '_{k}', 0, :at, '{{}}' "
    "FROM numbers",
    "INSERT INTO score (id, interview_id, question_id, version, competency, level, score, confidence, star, relevance, "
    "model, evidence_sealed, scored_at) SELECT 'o' || n || '_{k}', 'i' || n, 'q' || n || '_{k}', 1, 'results', 3, 80, "
    "0.5, '{{}}', 1, 'seeded', :words, :at FROM numbers",
)


@dataclass(frozen=True)
class ErasureSpeed:
    """Seconds for one candidate among `people`, from the request to the certificate; and the peer's."""

    people: int
    rows: int
    seconds: float
    slowest_s: float
    peer_s: float


def measure(people: int = PEOPLE) -> ErasureSpeed:
    """Seed straight in SQL, hold a few whole interviews among it, and erase those one after the other."""
    return asyncio.run(_measure(people))


async def _measure(people: int) -> ErasureSpeed:
    with tempfile.TemporaryDirectory(prefix="mianshi-erasure-") as name, _house(Path(name)) as services:
        rows = _seed(services, people)
        meant = [held(services, phone=f"+861391111{n:04}", external=f"X{n}") for n in range(ERASED + 1)]
        took = []
        for candidate_id in meant[:ERASED]:
            began = time.perf_counter()
            with services.database.unit_of_work() as session:
                request_id = ask_for_erasure(session, candidate_id, "bench")
            assert carry_out(services, request_id)
            took.append(time.perf_counter() - began)
        peer_s = _peer(services, meant[ERASED])
        return ErasureSpeed(people, rows, median(took), max(took), peer_s)


@contextmanager
def _house(folder: Path) -> Iterator[Services]:
    values = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/mianshi.sqlite",
        "MASTER_KEY": new_master_key(),
        "SESSION_KEY": "bench",
    }
    with patch.dict(os.environ, values), opened_services(Settings()) as services:
        SQLModel.metadata.create_all(services.database.engine)
        seed(services.database)
        yield services


def _seed(services: Services, people: int) -> int:
    path = Path(services.settings.database.url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as file:
        for pragma in ("synchronous=OFF", "cache_size=-200000", "foreign_keys=OFF"):
            file.execute(f"PRAGMA {pragma}")
        file.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
        file.executemany("INSERT INTO numbers VALUES (?)", ((n,) for n in range(people)))
        position = file.execute("SELECT id FROM position LIMIT 1").fetchone()[0]
        values = {"words": _WORDS, "position": position, "at": "2026-01-05 09:00:00.000000"}
        statements = [*PERSON, *(each.format(k=k) for k in range(QUESTIONS) for each in QUESTION)]
        rows = sum(file.execute(statement, values).rowcount for statement in statements)
        file.commit()
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return rows


def _peer(services: Services, candidate_id: str) -> float:
    """One DELETE a table, by the columns that name the interview or the candidate."""
    with services.database.reading() as session:
        interview_id = session.exec(select(Interview.id).where(Interview.candidate_id == candidate_id)).one()
        assert session.get(Candidate, candidate_id) is not None
    path = services.settings.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as file:
        began = time.perf_counter()
        for table in tables_about_people():
            for column, value in (("interview_id", interview_id), ("candidate_id", candidate_id)):
                if column in table.c:
                    file.execute(f'DELETE FROM "{table.name}" WHERE {column} = ?', (value,))
        file.execute("DELETE FROM candidate WHERE id = ?", (candidate_id,))
        file.commit()
        return time.perf_counter() - began


if __name__ == "__main__":
    Console().print(measure())
