import fcntl
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from bot.up import ports, programs, require_free, up
from core.errors import Rejected
from core.settings import ROOT, Settings
from tests.stack import Stack

MIANSHI = Path(sys.executable).with_name("mianshi")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    for name in ("MASTER_KEY", "SESSION_KEY", "RASA_TOKEN", "ACTION_SECRET", "RECORDS_TOKEN", "RECORDS_KEY"):
        monkeypatch.setenv(name, f"the {name.lower()}")
    return Settings()


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_is_told_with_the_way_out(taken: int) -> None:
    with pytest.raises(Rejected, match=rf"port {taken} cannot be opened .*`make run PORT={taken + 1}`"):
        require_free("PORT", "127.0.0.1", taken)


def test_a_second_supervisor_on_the_same_data_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.dialogue_model.MODEL", settings.data_dir)
    with (settings.data_dir / "supervisor.lock").open("a") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        with pytest.raises(Rejected, match="already runs"):
            up(settings, Console(file=io.StringIO()))


def test_rasa_is_told_its_own_secrets_and_none_of_ours(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://mianshi:word@server/mianshi")

    rasa = programs(settings)[0]

    assert rasa.name == "rasa-1"
    assert rasa.environment["RASA_TOKEN"] == "the rasa_token"
    assert rasa.environment["ACTION_SECRET"] == "the action_secret"
    for secret in ("MASTER_KEY", "SESSION_KEY", "RECORDS_TOKEN", "RECORDS_KEY", "DATABASE_URL"):
        assert secret not in rasa.environment
    assert rasa.environment["HOME"] == str(settings.data_dir / "rasa-home")
    assert not any("token" in word and "the rasa_token" in word for word in rasa.command)


def test_processes_keep_their_names_over_restarts(settings: Settings) -> None:
    names = {program.name: program.environment.get("EXECUTOR_ID") for program in programs(settings)}

    assert names["worker-1"] == "worker-1"
    assert names["app-1"] == "app-1"


def test_rasa_on_another_machine_is_not_started_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RASA_URL", "http://rasa.internal:5005")
    elsewhere = Settings()

    assert [program.name for program in programs(elsewhere)] == ["worker-1", "app-1"]
    assert "RASA_URL" not in [name for name, _, _ in ports(elsewhere)]
    assert "RASA_URL" in [name for name, _, _ in ports(settings)]


@pytest.mark.servers
def test_the_whole_product_comes_up_survives_a_kill_and_stops_as_one(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data")
    said = tmp_path / "said"
    with said.open("wb") as output:
        supervisor = subprocess.Popen(
            [MIANSHI, "up"], env=stack.environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(lambda: "Ctrl-C stops everything" in said.read_text(), said)
        links = re.findall(r"(http://127\.0\.0\.1:\d+/\S+)", said.read_text())
        assert [link.removeprefix(stack.base).rpartition("/")[0] for link in links] == ["/i", "/i", "", ""]
        assert [httpx.get(link, follow_redirects=True).status_code for link in links] == [200] * 4
        assert httpx.post(f"{stack.base}/api/chat/{links[0].rpartition('/')[2]}/code").status_code == 202
        wait_for(lambda: "Code for d***@example.com: " in said.read_text(), said)
        digits = re.search(r"d\*\*\*@example\.com: (\d{6})", said.read_text())
        assert digits
        logs = list((stack.folder / "log").glob("*.log"))
        assert len(logs) == 3
        assert not [log for log in logs if digits[1] in log.read_text() or "Code for" in log.read_text()]
        children = [int(pid) for pid in re.findall(r"started \(process (\d+)\)", said.read_text())]
        assert len(children) == 3

        os.kill(children[1], signal.SIGKILL)
        wait_for(lambda: said.read_text().count("worker-1 ready") == 2, said)
        assert httpx.get(f"{stack.base}/health").status_code == 200

        second = subprocess.run([MIANSHI, "up"], env=stack.environment, cwd=ROOT, capture_output=True, text=True)
        assert second.returncode == 1
        assert "already runs" in second.stderr
    finally:
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(40) == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert "Traceback" not in said.read_text()


def wait_for(holds: Callable[[], bool], said: Path, within_s: float = 240) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.3)
