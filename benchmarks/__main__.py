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

from benchmarks import crowd, listening, scoring, turns
from core.settings import ROOT
from tests.stack import Stack

RESULTS = ROOT / "benchmarks" / "results.json"


def main() -> None:
    console = Console()
    rows: list[dict[str, object]] = []

    def note(name: str, value: str, goal: str = "", peer: str = "") -> None:
        rows.append({"measure": name, "value": value, "goal": goal, "peer": peer})
        console.print(f"[dim]{name}: {value}[/]", highlight=False)

    with tempfile.TemporaryDirectory(prefix="mianshi-bench-") as folder:
        stack = Stack(Path(folder))
        try:
            began = time.perf_counter()
            stack.start("rasa")
            _wait_for_rasa(stack)
            console.print("[dim]Rasa is up[/]")
            bare = asyncio.run(turns.bare_rasa_turns(stack))
            note("bare Rasa turn, p50 / p95", f"{bare.p50 * 1000:.0f} / {bare.p95 * 1000:.0f} ms (n = {bare.n})")
            stack.stop()

            began = time.perf_counter()
            for process in ("rasa", "worker", "app"):
                stack.start(process)
            stack.wait_until_ready()
            note("start to ready", f"{time.perf_counter() - began:.0f} s")
            for name, measure in (
                ("1 candidate", turns.alone),
                ("10 candidates, one message each every 10 s", turns.open_loop),
            ):
                got = asyncio.run(measure(stack))
                note(
                    f"turn, {name}, p50 / p95",
                    f"{got.p50 * 1000:.0f} / {got.p95 * 1000:.0f} ms (n = {got.n})",
                    goal="p95 ≤ 1.3 × bare, < 1000 ms",
                    peer=f"{got.p95 / bare.p95:.2f} × bare p95, {got.p50 / bare.p50:.2f} × bare p50",
                )
            note("most turns a second with p95 < 1 s", f"{asyncio.run(turns.most_turns_a_second(stack)):g}")
            spoken = crowd.measure(stack)
            note(
                "20 voice notes at once: told that theirs came, p50 / p95",
                f"{spoken.told.p50 * 1000:.0f} / {spoken.told.p95 * 1000:.0f} ms",
                goal="≤ 1000 ms",
            )
            note(
                "turn of a writer meanwhile, p50",
                f"{spoken.busy.p50 * 1000:.0f} ms",
                goal="< 1.5 × quiet",
                peer=f"{spoken.times_quiet:.2f} × quiet ({spoken.quiet.p50 * 1000:.0f} ms)",
            )
            sizes = {name: _resident_mb(process.pid) for name, process in stack.processes.items()}
            shown = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
            note("memory of the three processes", f"{sum(sizes.values()):.0f} MB ({shown})", goal="< 3000 MB")
        finally:
            stack.stop()
    speed = scoring.measure()
    note(
        "answers scored a second, in a batch",
        f"{speed.answers_per_second:.1f}",
        goal="≥ 30, ≤ 1.3 × the time of plain encode",
        peer=f"{speed.times_peer:.2f} × the time of SentenceTransformer.encode",
    )
    note(
        "one answer, p50 / p95; follow-up check p95",
        f"{speed.one_p50 * 1000:.0f} / {speed.one_p95 * 1000:.0f}; {speed.follow_up_p95 * 1000:.0f} ms",
        goal="p95 ≤ 150 ms",
    )
    note("memory of a scorer", f"{speed.resident_mb:.0f} MB", goal="≤ 1500 MB")
    # A process of its own: this one holds the scorer and its peer already.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        heard = apart.submit(listening.measure).result()
    note(
        "a minute's recording heard: CPU s (wall s) for a second of sound",
        f"{heard.cpu_rtf:.2f} ({heard.wall_rtf:.2f})",
        goal="wall ≤ .5, ≤ 1.15 × faster-whisper alone",
        peer=f"{heard.times_peer:.2f} × the CPU time of faster-whisper alone ({heard.peer_cpu_rtf:.2f})",
    )
    note("memory of a listener", f"{heard.resident_mb:.0f} MB", goal="≤ 1500 MB")
    note("words wrong in these recordings", f"{heard.word_errors:.2f}")
    table = Table("measure", "value", "goal", "beside")
    for row in rows:
        table.add_row(*(str(row[column]) for column in ("measure", "value", "goal", "peer")))
    console.print(table)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}
    RESULTS.write_text(json.dumps({"machine": machine, "results": rows}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _wait_for_rasa(stack: Stack) -> None:
    from bot.rasa_process import answers

    deadline = time.monotonic() + 180
    while not answers(stack.running_rasa()):
        if time.monotonic() > deadline:
            raise SystemExit(f"Rasa did not start: {stack.tail()}")
        time.sleep(0.3)


def _resident_mb(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 1e6


if __name__ == "__main__":
    main()
