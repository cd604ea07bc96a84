"""Rasa as a child process: its command line, and a private one for a short job."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
from sqlalchemy import make_url

from bot.child_process import dies_with_its_parent
from bot.dialogue_model import MODEL
from bot.rasa_environment import RASA_PYTHON, rasa_environment
from core.database import is_file
from core.errors import Rejected, Unavailable
from core.settings import ROOT, Settings

READY_WITHIN_S = 180.0


@dataclass(frozen=True, slots=True)
class RunningRasa:
    """Where a Rasa server answers."""

    url: str
    token: str


def server_environment(settings: Settings, home: Path, token: str, tracker_url: str) -> dict[str, str]:
    """What endpoints.yml reads: where actions are run, with which secret, and where the tracker is stored."""
    return rasa_environment(home) | {
        "RASA_TOKEN": token,
        "ACTION_URL": f"http://127.0.0.1:{settings.dialogue.action_port}/webhook",
        "ACTION_SECRET": settings.dialogue.action_secret.get_secret_value(),
        "RASA_TRACKER_URL": tracker_url,
    }


def prepare_tracker_store(tracker_url: str) -> None:
    """Put Rasa's own SQLite file into WAL mode, which it keeps: a commit waits for the disk once instead of thrice."""
    path = make_url(tracker_url).database
    if is_file(tracker_url) and path is not None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")


def server_command(host: str, port: int, model: Path = MODEL) -> list[str]:
    return [
        *(str(RASA_PYTHON), "-m", "dialogue.rasa_components.server", "run"),
        *("--enable-api", "--interface", host, "--port", str(port)),
        *("--endpoints", str(ROOT / "endpoints.yml"), "--model", str(model)),
    ]


def address(url: str) -> tuple[str, int]:
    """Host and port of an http address."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


def answers(rasa: RunningRasa) -> bool:
    """True when the server has loaded its model."""
    return _state_of(rasa) == "ready"


def _state_of(rasa: RunningRasa) -> Literal["away", "without model", "ready"]:
    # Rasa loads its model before it listens, and listens without one when that failed.
    try:
        reply = httpx.get(f"{rasa.url}/status", params={"token": rasa.token}, timeout=2)
    except httpx.HTTPError:
        return "away"
    return "ready" if reply.status_code == 200 and reply.json().get("model_file") else "without model"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def private_rasa(settings: Settings, model: Path = MODEL, tracker_url: str | None = None) -> Iterator[RunningRasa]:
    """A Rasa server of our own on a free loopback port; stopped at the end. Its tracker is thrown away, unless an
    address is given.

    Raises Rejected when the model is missing, Unavailable when the server does not come up.
    """
    if not model.exists():
        raise Rejected("the dialogue model is missing: run `make setup`, which trains it")
    with tempfile.TemporaryDirectory(prefix="mianshi-rasa-") as folder:
        home = Path(folder)
        rasa = RunningRasa(f"http://127.0.0.1:{free_port()}", secrets.token_urlsafe(16))
        command = server_command(*address(rasa.url), model)
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(
                command,
                cwd=ROOT,
                env=server_environment(settings, home, rasa.token, tracker_url or f"sqlite:///{home}/tracker.sqlite"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with_its_parent,
            )
        try:
            _wait_until_ready(rasa, server, home / "log")
            yield rasa
        finally:
            _stop(server)


def _wait_until_ready(rasa: RunningRasa, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise Unavailable(f"Rasa did not start: {lines[-1]}")
        state = _state_of(rasa)
        if state == "ready":
            return
        if state == "without model":
            raise Unavailable("Rasa did not load the dialogue model: make a new one with `make train`")
        time.sleep(0.3)
    raise Unavailable(f"Rasa was not ready within {READY_WITHIN_S:.0f} s: look at `mianshi doctor`")


def _stop(server: subprocess.Popen[bytes]) -> None:
    for signum, patience_s in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signum)
        with suppress(subprocess.TimeoutExpired):
            server.wait(patience_s)
            return
