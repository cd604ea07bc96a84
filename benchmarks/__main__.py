"""`make bench`: one table, and benchmarks/results.json."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import crowd, deliveries, erasure, exchange, insights, listening, pages, scoring, turns, validity
from core.settings import ROOT
from tests.stack import Stack

RESULTS = ROOT / "benchmarks" / "results.json"


class Notes:
    """The rows of the table, told as they come."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.rows: list[dict[str, object]] = []

    def add(self, name: str, value: str, goal: str = "", peer: str = "") -> None:
        self.rows.append({"measure": name, "value": value, "goal": goal, "peer": peer})
        self.console.print(f"[dim]{name}: {value}[/]", highlight=False)


def main() -> None:
    notes = Notes(Console())
    with tempfile.TemporaryDirectory(prefix="mianshi-bench-") as folder:
        stack = Stack(Path(folder))
        try:
            measure_turns(stack, notes)
            measure_crowd(stack, notes)
        finally:
            stack.stop()
    measure_scoring(notes)
    measure_listening(notes)
    measure_exchange(notes)
    measure_deliveries(notes)
    measure_pages(notes)
    measure_insights(notes)
    measure_validity(notes)
    measure_erasure(notes)
    table = Table("measure", "value", "goal", "beside")
    for row in notes.rows:
        table.add_row(*(str(row[column]) for column in ("measure", "value", "goal", "peer")))
    notes.console.print(table)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}
    document = {"machine": machine, "results": notes.rows}
    RESULTS.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")


def measure_turns(stack: Stack, notes: Notes) -> None:
    """Bare Rasa first; then the three processes, which are left running."""
    stack.start("rasa")
    _wait_for_rasa(stack)
    notes.console.print("[dim]Rasa is up[/]")
    bare = asyncio.run(turns.bare_rasa_turns(stack))
    notes.add("bare Rasa turn, p50 / p95", f"{bare.p50 * 1000:.0f} / {bare.p95 * 1000:.0f} ms (n = {bare.n})")
    stack.stop()

    began = time.perf_counter()
    for process in ("rasa", "worker", "app"):
        stack.start(process)
    stack.wait_until_ready()
    notes.add("start to ready", f"{time.perf_counter() - began:.0f} s")
    for name, measure in (
        ("1 candidate", turns.alone),
        ("10 candidates, one message each every 10 s", turns.open_loop),
    ):
        got = asyncio.run(measure(stack))
        notes.add(
            f"turn, {name}, p50 / p95",
            f"{got.p50 * 1000:.0f} / {got.p95 * 1000:.0f} ms (n = {got.n})",
            goal="p95 ≤ 1.3 × bare, < 1000 ms",
            peer=f"{got.p95 / bare.p95:.2f} × bare p95, {got.p50 / bare.p50:.2f} × bare p50",
        )
    notes.add("most turns a second with p95 < 1 s", f"{asyncio.run(turns.most_turns_a_second(stack)):g}")


def measure_crowd(stack: Stack, notes: Notes) -> None:
    """Voice notes at once, and what the processes hold after them."""
    spoken = crowd.measure(stack)
    notes.add(
        "20 voice notes at once: told that theirs came, p50 / p95",
        f"{spoken.told.p50 * 1000:.0f} / {spoken.told.p95 * 1000:.0f} ms",
        goal="≤ 1000 ms",
    )
    notes.add(
        "turn of a writer meanwhile, p50",
        f"{spoken.busy.p50 * 1000:.0f} ms",
        goal="< 1.5 × quiet",
        peer=f"{spoken.times_quiet:.2f} × quiet ({spoken.quiet.p50 * 1000:.0f} ms)",
    )
    sizes = {name: _resident_mb(process.pid) for name, process in stack.processes.items()}
    shown = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    notes.add("memory of the three processes", f"{sum(sizes.values()):.0f} MB ({shown})", goal="< 3000 MB")


def measure_scoring(notes: Notes) -> None:
    speed = scoring.measure()
    notes.add(
        "answers scored a second, in a batch",
        f"{speed.answers_per_second:.1f}",
        goal="≥ 30, ≤ 1.3 × the time of plain encode",
        peer=f"{speed.times_peer:.2f} × the time of SentenceTransformer.encode",
    )
    notes.add(
        "one answer, p50 / p95; follow-up check p95",
        f"{speed.one_p50 * 1000:.0f} / {speed.one_p95 * 1000:.0f}; {speed.follow_up_p95 * 1000:.0f} ms",
        goal="p95 ≤ 150 ms",
    )
    notes.add("memory of a scorer", f"{speed.resident_mb:.0f} MB", goal="≤ 1500 MB")


def measure_listening(notes: Notes) -> None:
    """In a process of its own: this one holds the scorer and its peer already."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        heard = apart.submit(listening.measure).result()
    notes.add(
        "a minute's recording heard: CPU s (wall s) for a second of sound",
        f"{heard.cpu_rtf:.2f} ({heard.wall_rtf:.2f})",
        goal="wall ≤ .5, ≤ 1.15 × faster-whisper alone",
        peer=f"{heard.times_peer:.2f} × the CPU time of faster-whisper alone ({heard.peer_cpu_rtf:.2f})",
    )
    notes.add("memory of a listener", f"{heard.resident_mb:.0f} MB", goal="≤ 1500 MB")
    notes.add("words wrong in these recordings", f"{heard.word_errors:.2f}")


def measure_exchange(notes: Notes) -> None:
    taken = exchange.measure()
    notes.add(
        f"{taken.rows} rows of a spreadsheet taken in; the same file again",
        f"{taken.first_s:.0f}; {taken.again_s:.0f} s",
        goal="≤ 60 s",
        peer=f"{taken.first_s / taken.peer_s:.0f} × csv.DictReader and plain inserts, unchecked ({taken.peer_s:.1f} s)",
    )
    notes.add("memory of an import", f"{taken.resident_mb:.0f} MB", goal="≤ 500 MB")


def measure_pages(notes: Notes) -> None:
    taken = pages.measure()
    slow = taken.slowest
    notes.add(
        f"{len(pages.PAGES)} console pages with {pages.CANDIDATES} candidates: the list, and the slowest ({slow}), p50 / p95",
        f"{taken.p50['list'] * 1000:.0f} / {taken.p95['list'] * 1000:.0f}; "
        f"{taken.p50[slow] * 1000:.0f} / {taken.p95[slow] * 1000:.0f} ms",
        goal="p95 ≤ 300 ms",
        peer=f"{taken.p50['list'] / taken.bare_p50:.0f} × fifty rows in bare SQL ({taken.bare_p50 * 1000:.0f} ms)",
    )


def measure_deliveries(notes: Notes) -> None:
    speed = deliveries.measure()
    notes.add(
        f"{speed.count} results into a fake Odoo, a worker killed {speed.kills} times: a second",
        f"{speed.a_second:.0f}; {speed.lost} lost, {speed.doubled} doubled",
        goal="none lost or doubled",
        peer=f"{speed.peer_a_second / speed.a_second:.1f} × slower than a script that reads, renders and checks nothing",
    )


def measure_insights(notes: Notes) -> None:
    speed = insights.measure()
    notes.add(
        f"board and channels; fairness tables of {speed.interviews} interviews",
        f"{speed.board_s:.1f}; {speed.fairness_s:.1f} s",
        goal="≤ 60 s",
        peer=f"{speed.board_s / speed.peer_s:.0f} × bare counts by channel in SQL ({speed.peer_s:.2f} s)",
    )
    notes.add("memory of these", f"{speed.resident_mb:.0f} MB", goal="≤ 1000 MB")


def measure_validity(notes: Notes) -> None:
    speed = validity.measure()
    notes.add(
        f"{speed.interviews} interviews set against {speed.hires} hires: read and studied",
        f"{speed.read_s:.1f} + {speed.study_s:.2f} s",
        goal="≤ 60 s",
        peer=f"{speed.study_s / speed.pandas_s:.2f} × the time of joins and correlations alone in pandas",
    )
    notes.add("memory of that", f"{speed.resident_mb:.0f} MB", goal="≤ 1000 MB")


def measure_erasure(notes: Notes) -> None:
    speed = erasure.measure()
    notes.add(
        f"one candidate erased among {speed.people:,} ({speed.rows:,} rows), request to certificate",
        f"{speed.seconds:.2f} s, the slowest {speed.slowest_s:.2f} s",
        goal="≤ 10 s",
        peer=f"{speed.seconds / speed.peer_s:.0f} × plain DELETEs that keep, search and prove nothing",
    )


def _wait_for_rasa(stack: Stack) -> None:
    from bot.rasa_process import answers

    deadline = time.monotonic() + 180
    while not answers(stack.running_rasa()):
        if time.monotonic() > deadline:
            raise SystemExit(f"Rasa did not start: {stack.tail()}")
        time.sleep(0.3)


def _resident_mb(pid: int) -> float:
    process = psutil.Process(pid)
    return float(sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 1e6)


if __name__ == "__main__":
    main()
