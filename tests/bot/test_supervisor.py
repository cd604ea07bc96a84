import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.settings import ROOT

FOREVER = "import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"


class Running:
    """A supervisor as a process of its own, and what it has said so far."""

    def __init__(self, folder: Path, *programs: str) -> None:
        self.folder = folder
        self._said = (folder / "said").open("wb")
        command = [sys.executable, "-m", "tests.bot.supervised", str(folder), *programs]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self._said, stderr=self._said)

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text()

    def pid_of(self, name: str, *, other_than: int = 0) -> int:
        def found() -> bool:
            text = file.read_text() if file.exists() else ""
            return text.isdigit() and int(text) != other_than

        file = self.folder / f"{name}.pid"
        eventually(found, self)
        return int(file.read_text())


def eventually(holds: Callable[[], bool], running: Running, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, running.said
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*programs: str) -> Running:
        started.append(Running(tmp_path, *programs))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(20)


def test_a_killed_process_is_started_again_with_a_visible_line(supervise: Callable[..., Running]) -> None:
    running = supervise(f"worker-1={FOREVER}", f"app-1={FOREVER}")
    first, other = running.pid_of("worker-1"), running.pid_of("app-1")
    eventually(lambda: "the links" in running.said, running)

    os.kill(first, signal.SIGKILL)

    second = running.pid_of("worker-1", other_than=first)
    assert alive(second)
    assert alive(other)
    eventually(lambda: "worker-1 started again" in running.said, running)
    assert "worker-1 ended (killed by SIGKILL), starting it again" in running.said
    eventually(lambda: running.said.count("worker-1 ready") == 2, running)
    assert running.said.count("the links") == 1


def test_a_process_that_keeps_dying_is_tried_again_with_growing_pauses(supervise: Callable[..., Running]) -> None:
    running = supervise("app-1=print('port taken'); raise SystemExit(3)")

    eventually(lambda: "again in 2 s" in running.said, running)

    assert "app-1 ended (exit 3), starting it again" in running.said
    assert running.said.index("again in 1 s") < running.said.index("again in 2 s")
    assert "port taken" in (running.folder / "log" / "app-1.log").read_text()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_kills_what_does_not_listen(
    supervise: Callable[..., Running], signum: signal.Signals
) -> None:
    running = supervise(f"rasa-1={STUBBORN}", f"app-1={FOREVER}")
    children = [running.pid_of("rasa-1"), running.pid_of("app-1")]
    eventually(lambda: "ready after" in running.said, running)

    running.process.send_signal(signum)

    assert running.process.wait(20) == 0
    assert not any(alive(child) for child in children)
    assert "rasa-1 did not stop within 1 s and is killed" in running.said
    assert "app-1 did not stop" not in running.said


def test_what_a_child_started_itself_is_stopped_with_it(supervise: Callable[..., Running]) -> None:
    grandchild = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        "pathlib.Path('grandchild.pid').write_text(str(p.pid)); time.sleep(600)"
    )
    running = supervise(f"worker-1={grandchild}")
    pid = running.pid_of("grandchild")

    running.process.send_signal(signal.SIGTERM)
    running.process.wait(20)

    assert not alive(pid)


def test_killing_the_supervisor_leaves_no_orphans(supervise: Callable[..., Running]) -> None:
    running = supervise(f"rasa-1={STUBBORN}", f"worker-1={FOREVER}")
    children = [running.pid_of("rasa-1"), running.pid_of("worker-1")]

    running.process.kill()
    running.process.wait(20)

    eventually(lambda: not any(alive(child) for child in children), running)


TELLS_A_CODE = """
import sys
from bot.gateway.code_sender import ConsoleSender
from bot.identity import Code
print('an ordinary line', file=sys.stderr)
ConsoleSender().send(Code('i', '{digits}', '{contact}', 'zh'))
""".strip()


def test_a_code_is_shown_on_the_console_and_kept_in_no_log(supervise: Callable[..., Running]) -> None:
    program = TELLS_A_CODE.format(digits="402718", contact="[li]@example.com").replace("\n", "; ")
    running = supervise(f"app-1={program}; {FOREVER}", f"worker-1={FOREVER}")

    eventually(lambda: "402718" in running.said, running)

    assert "Code for [***@example.com: 402718" in running.said
    logs = [file.read_text() for file in (running.folder / "log").iterdir()]
    assert len(logs) == 2
    assert any("an ordinary line" in log for log in logs)
    assert not any("402718" in log for log in logs)


def test_a_process_that_was_started_again_still_reaches_the_console(supervise: Callable[..., Running]) -> None:
    program = TELLS_A_CODE.format(digits="402718", contact="+8613812341234").replace("\n", "; ")
    running = supervise(f"app-1={program}; {FOREVER}")
    eventually(lambda: running.said.count("402718") == 1, running)

    os.kill(running.pid_of("app-1"), signal.SIGKILL)

    eventually(lambda: running.said.count("402718") == 2, running)


def test_only_the_app_is_given_the_way_to_the_console(supervise: Callable[..., Running]) -> None:
    running = supervise(f"rasa-1=print('pipe:', os.environ.get('OPERATOR_PIPE'), flush=True); {FOREVER}")
    log = running.folder / "log" / "rasa-1.log"
    eventually(lambda: log.exists() and "pipe: None" in log.read_text(), running)
