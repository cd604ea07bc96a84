"""How fast 100,000 interviews are set against what became of those hired, read from a real database with every
appraisal sealed; and the study alone beside the same reckoning in pandas."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import psutil
from scipy import stats
from sqlalchemy import insert
from sqlmodel import SQLModel

from core.clock import now
from core.database import Database
from core.encryption import KeyRing, new_master_key
from core.settings import ROOT
from core.tables import (
    Candidate,
    Employee,
    EmployeeExit,
    EmployeePay,
    Hire,
    Interview,
    PerformanceRating,
    Position,
    Report,
    new_id,
)
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.insights.simulated import Truth, simulate
from hr_bridge.insights.validity import study
from hr_bridge.insights.validity.people import People
from hr_bridge.insights.validity.reading import read_people
from hr_bridge.position import load_positions

INTERVIEWS: Final = 100_000
HIRED: Final = 5
"""One in so many interviewed."""
AT_ONCE: Final = 5000


@dataclass(frozen=True)
class StudySpeed:
    """Seconds to read everything and to study it, pandas' seconds for the study, and the most memory in MB."""

    interviews: int
    hires: int
    read_s: float
    study_s: float
    pandas_s: float
    resident_mb: float


def measure(interviews: int = INTERVIEWS) -> StudySpeed:
    """Make a database in one process and read it in another, whose memory is then nothing but the analysis."""
    with tempfile.TemporaryDirectory(prefix="mianshi-validity-") as folder:
        key = new_master_key()
        for step in ("make", "read"):
            command = [sys.executable, "-m", "benchmarks.validity", step, folder, key, str(interviews)]
            printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    return StudySpeed(**json.loads(printed))


def _make(folder: Path, keys: KeyRing, interviews: int) -> None:
    database = Database(f"sqlite:///{folder}/validity.sqlite")
    SQLModel.metadata.create_all(database.engine)
    rng, profiles = np.random.default_rng(1), load_positions()
    for profile in profiles:
        position = Position(key=profile.key, version=1, profile=profile.model_dump(mode="json"), created_at=now())
        share = interviews // len(profiles) + (interviews % len(profiles) if profile is profiles[0] else 0)
        rows: dict[type[SQLModel], list[dict[str, Any]]] = {Position: [position.model_dump()]}
        family = simulate(
            rng, profile.weights, Truth(performance=(next(iter(profile.weights)), 0.3)), share, share // HIRED
        )
        hired = {int(place): order for order, place in enumerate(family.hired)}
        for place in range(share):
            for table, row in _person(keys, position, family, place, hired.get(place)):
                rows.setdefault(table, []).append(row)
        with database.unit_of_work() as session:
            for table, lines in rows.items():
                for start in range(0, len(lines), AT_ONCE):
                    session.execute(insert(table), lines[start : start + AT_ONCE])
    database.close()


def _person(
    keys: KeyRing, position: Position, family: Any, place: int, order: int | None
) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    at, candidate, interview, name = now() - timedelta(days=900), new_id(), new_id(), new_id()
    told = {"source": "bench", "imported_at": now()}
    yield Candidate, {"id": candidate, "wrapped_key": b"x", "name_sealed": "", "external_id": name, "created_at": at}
    times = {"invited_at": at, "expires_at": at, "finished_at": at}
    plain = {"time_budget_s": 1200, "time_used_s": 0.0}
    yield (
        Interview,
        {"id": interview, "candidate_id": candidate, "position_id": position.id, "language": "zh", **times, **plain},
    )
    scores = [
        {"key": key, "level": 3.0, "score": float(values[place]), "confidence": 0.5, "unscored_reason": None}
        for key, values in family.scores.items()
        if key != "match"
    ]
    report = {
        "match": float(family.scores["match"][place]),
        "competencies": scores,
        "model": "bench",
        "reported_at": at,
    }
    yield Report, {"id": new_id(), "interview_id": interview, "version": 1, "position_id": position.id, **report}
    if order is None:
        return
    employee, wrapped = new_id(), keys.new_wrapped_key()
    key, start = keys.unwrap(wrapped), (at + timedelta(days=20)).date()

    def line(table: type[SQLModel], sealed: dict[str, Any], **columns: Any) -> tuple[type[SQLModel], dict[str, Any]]:
        secret = key.seal(json.dumps(sealed), PURPOSE)
        return table, {"id": new_id(), "employee_id": employee, "sealed": secret, **columns, **told}

    pay = {"base": 10_000, "currency": "CNY", "period": "month", "months": 13}
    yield Employee, {"id": employee, "external_id": employee, "wrapped_key": wrapped, "created_at": at}
    yield line(Hire, pay, candidate_external_id=name, started_on=start)
    for year in (1, 2):
        mark = {"rating": "?", "scale": "0-100", "position": float(family.performance[order]) / 100}
        yield line(PerformanceRating, mark, period=str(start.year + year))
    raised = pay | {"base": 10_000 * (1 + float(family.pay_growth[order]) / 100)}
    yield line(EmployeePay, raised, effective_on=start + timedelta(days=365))
    if np.isfinite(family.days_stayed[order]):
        left = start + timedelta(days=int(family.days_stayed[order]))
        yield line(EmployeeExit, {"reason": "voluntary"}, left_on=left)


def _read(folder: Path, keys: KeyRing, interviews: int) -> StudySpeed:
    database = Database(f"sqlite:///{folder}/validity.sqlite")
    began = time.perf_counter()
    with database.reading() as session:
        people = read_people(session, keys)
    read = time.perf_counter() - began
    began = time.perf_counter()
    found = study(people)
    studied = time.perf_counter() - began
    database.close()
    memory = psutil.Process().memory_info()
    resident = max(memory.rss, _peak_bytes()) / 1e6
    hires = sum(family.hires for family in found.families)
    scores, outcomes = (pd.DataFrame(frame.to_dict(as_series=False)) for frame in (people.scores, people.outcomes))
    began = time.perf_counter()
    theirs = _in_pandas(scores, outcomes)
    peer = time.perf_counter() - began
    for family in found.families:
        for link in family.links:
            if link.association:
                assert abs(theirs[link.family, link.score, link.outcome] - link.association.r) < 1e-9
    assert people_count(people) == interviews
    return StudySpeed(interviews, hires, read, studied, peer, resident)


def _in_pandas(scores: pd.DataFrame, outcomes: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """Join, group, correlate; the spread of applicants beside it. No intervals, no thirds, no correction."""
    scores.groupby(["family", "score"])["value"].std()
    both = outcomes.merge(scores, on=["person", "family"], suffixes=("", "_of_score")).dropna(subset=["value"])
    return {
        (str(family), str(score), str(outcome)): float(stats.pearsonr(rows["value_of_score"], rows["value"]).statistic)
        for (family, score, outcome), rows in both.groupby(["family", "score", "outcome"])
        if rows["value"].nunique() > 1
    }


def people_count(people: People) -> int:
    return people.scores["person"].n_unique()


def _peak_bytes() -> int:
    """The most that this process ever held. Not `ru_maxrss`: Linux hands the parent's peak on to a child through exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


if __name__ == "__main__":
    step, folder, key, interviews = sys.argv[1:]
    if step == "make":
        _make(Path(folder), KeyRing(key), int(interviews))
    else:
        sys.stdout.write(json.dumps(asdict(_read(Path(folder), KeyRing(key), int(interviews)))))
