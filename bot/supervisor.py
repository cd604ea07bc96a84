"""`mianshi up`: starts Rasa, the worker and the app, keeps them running, and stops them together.

A process that dies is started again, at once the first time and then after 1, 2, 4 … 30 seconds, with a line that
says so. Each child leads its own process group, so Ctrl-C reaches it only through us; when we are killed with -9,
the kernel kills the children. Names, and with them DBOS's executor ids, stay the same over restarts. What a program
says goes to its log; what it tells the operator is printed here and stored nowhere.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from bot.child_process import dies_with_its_parent
from bot.operator_console import PIPE, OperatorPipe
from core.clock import now

TICK_S = 0.2
PROGRESS_EVERY_S = 5.0
LONGEST_PAUSE_S = 30.0
SETTLED_AFTER = timedelta(seconds=60)
LARGEST_LOG_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Program:
    """What to keep running. `is_ready` is asked with the moment of the last start; it may take a second or two and
    must not raise. Only a program that `tells_operator` is given the way to the console."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[datetime], bool]
    tells_operator: bool = False


class Supervisor:
    """Runs programs until it is told to stop. `announce` is called once, when all were ready for the first time."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        folder: Path,
        logs: Path,
        console: Console,
        announce: Callable[[], None],
        grace_s: float = 10.0,
    ) -> None:
        self._told = OperatorPipe()
        self._children = [
            _Child(program, folder, logs / f"{program.name}.log", self._told.writing) for program in programs
        ]
        self._logs = logs
        self._console = console
        self._announce = announce
        self._grace_s = grace_s
        self._signals = 0

    def run(self) -> None:
        """Start everything and return when everything has stopped, after SIGINT or SIGTERM."""
        self._logs.mkdir(parents=True, exist_ok=True)
        before = {signum: signal.signal(signum, self._on_signal) for signum in (signal.SIGINT, signal.SIGTERM)}
        try:
            for child in self._children:
                child.start()
                self._say(f"{child.name} started (process {child.pid})")
            self._watch()
        finally:
            self._stop()
            self._pass_on()
            self._told.close()
            for signum, handler in before.items():
                signal.signal(signum, handler)

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _watch(self) -> None:
        began = spoke = time.monotonic()
        announced = False
        while not self._signals:
            for child in self._children:
                self._look_after(child)
            self._pass_on()
            waiting = [child.name for child in self._children if not child.ready]
            if not waiting and not announced:
                announced = True
                self._say(f"ready after {time.monotonic() - began:.0f} s")
                self._announce()
            if waiting and time.monotonic() - spoke > PROGRESS_EVERY_S:
                spoke = time.monotonic()
                self._say(f"waiting for {', '.join(waiting)} · {spoke - began:.0f} s")
            time.sleep(TICK_S)

    def _look_after(self, child: _Child) -> None:
        code = child.exit_code()
        if code is not None and child.restart_at is None:
            pause = child.plan_restart()
            when = f"again in {pause:.0f} s" if pause else "starting it again"
            self._say(f"[red]{child.name} ended ({_described(code)})[/], {when}; its last words are in {child.log}")
        if child.restart_at is not None and time.monotonic() >= child.restart_at:
            child.start()
            self._say(f"{child.name} started again (process {child.pid})")
        if child.running and not child.ready and child.program.is_ready(child.started_at):
            child.ready = True
            self._say(f"{child.name} ready")

    def _pass_on(self) -> None:
        for line in self._told.read_lines():
            self._say(f"[bold]{escape(line)}[/]")

    def _stop(self) -> None:
        running = [child for child in self._children if child.running]
        if running:
            self._say(f"stopping {', '.join(child.name for child in running)}")
        for child in running:
            child.send(signal.SIGTERM)
        deadline, signals = time.monotonic() + self._grace_s, self._signals
        while time.monotonic() < deadline and self._signals == signals and any(child.running for child in running):
            time.sleep(0.05)
        for child in running:
            if child.running:
                self._say(f"{child.name} did not stop within {self._grace_s:.0f} s and is killed")
            child.kill()
        self._say("stopped")

    def _say(self, line: str) -> None:
        self._console.print(f"[dim]{time.strftime('%H:%M:%S')}[/] {line}", highlight=False, soft_wrap=True)


class _Child:
    """One program and the process that runs it now."""

    def __init__(self, program: Program, folder: Path, log: Path, console_fd: int) -> None:
        self.program = program
        self._handed_on = (console_fd,) if program.tells_operator else ()
        self._environment = dict(program.environment) | ({PIPE: str(console_fd)} if program.tells_operator else {})
        self.log = log
        self.ready = False
        self.restart_at: float | None = None
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.started_at = now()
        self._deaths = 0

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self._keep_log_small()
        self.started_at = now()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.program.command,
                cwd=self._folder,
                env=self._environment,
                pass_fds=self._handed_on,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with_its_parent,
            )
        self.ready, self.restart_at = False, None

    def exit_code(self) -> int | None:
        return self._process.poll() if self._process else None

    def plan_restart(self) -> float:
        """Set when to start again, and return the pause until then in seconds."""
        if now() - self.started_at > SETTLED_AFTER:
            self._deaths = 0
        pause = 0.0 if self._deaths == 0 else min(LONGEST_PAUSE_S, 2.0 ** (self._deaths - 1))
        self._deaths += 1
        self.ready, self.restart_at = False, time.monotonic() + pause
        self.kill()  # what the dead process may have left in its group
        return pause

    def send(self, signum: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)

    def kill(self) -> None:
        if self._process is not None:
            self.send(signal.SIGKILL)
            self._process.wait()

    def _keep_log_small(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))


def _described(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
