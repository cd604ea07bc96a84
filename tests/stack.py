"""The whole product as processes, as `mianshi up` starts them, on free ports and in a folder of its own; and a
candidate who speaks to it over plain HTTP."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.accounts import Account
from bot.child_process import dies_with_its_parent
from bot.dialogue_model import MODEL
from bot.migrations import migrate
from bot.outreach.invitation import Invitation, InvitationRequest, invite
from bot.positions import seed
from bot.rasa_process import RunningRasa, free_port, prepare_tracker_store, server_command, server_environment
from bot.services import Services
from core.database import Database
from core.encryption import KeyRing, new_master_key
from core.settings import ROOT, Settings
from tests.bot.gateway.chat_door import NoBell

MIANSHI = Path(sys.executable).with_name("mianshi")
TESTER = Account(id="program:tests", name="tests", role="admin")
READY_WITHIN_S = 240


class Stack:
    """Processes by name: `rasa`, `app`, `worker`."""

    def __init__(
        self, folder: Path, database_url: str | None = None, dbos_url: str | None = None, model: Path = MODEL
    ) -> None:
        self.folder = folder
        self.model = model
        folder.mkdir(parents=True, exist_ok=True)
        port, action, records, rasa = (free_port() for _ in range(4))
        self.rasa_token = secrets.token_urlsafe(16)
        self.environment = {
            **os.environ,
            "DATA_DIR": str(folder),
            "PORT": str(port),
            "ACTION_PORT": str(action),
            "RECORDS_PORT": str(records),
            "RASA_URL": f"http://127.0.0.1:{rasa}",
            "RASA_TOKEN": self.rasa_token,
            "ACTION_SECRET": secrets.token_urlsafe(16),
            "SESSION_KEY": secrets.token_urlsafe(32),
            "RECORDS_TOKEN": secrets.token_urlsafe(16),
            "RECORDS_KEY": new_master_key(),
            "MASTER_KEY": new_master_key(),
            **({"DATABASE_URL": database_url} if database_url else {}),
            **({"DBOS_DATABASE_URL": dbos_url} if dbos_url else {}),
        }
        self.base = f"http://127.0.0.1:{port}"
        self.rasa_port = rasa
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        with self.settings() as settings:
            database = Database(settings.database.url)
            migrate(database.engine)
            seed(database)
            database.close()

    @contextmanager
    def settings(self) -> Iterator[Settings]:
        """Settings as the processes see them."""
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            yield Settings()
        finally:
            os.environ.clear()
            os.environ.update(before)

    @contextmanager
    def services(self) -> Iterator[Services]:
        """The rows, for a look behind the door; the app finds what is written here when it looks by itself."""
        with self.settings() as settings:
            database = Database(settings.database.url)
            keys = KeyRing(settings.secrets.master_key.get_secret_value())
            try:
                yield Services(settings, database, keys, NoBell(), NoBell())  # type: ignore[arg-type]
            finally:
                database.close()

    def start(self, name: str, command: list[str] | None = None, **more: str) -> None:
        commands = {"app": [str(MIANSHI), "serve"], "worker": [str(MIANSHI), "worker"]}
        environment = {**self.environment, "EXECUTOR_ID": f"{name}-1", **more}
        if name == "rasa":
            with self.settings() as settings:
                (self.folder / "rasa-home").mkdir(exist_ok=True)
                prepare_tracker_store(settings.database.tracker_url)
                environment = server_environment(
                    settings, self.folder / "rasa-home", self.rasa_token, settings.database.tracker_url
                )
            command = server_command("127.0.0.1", self.rasa_port, self.model)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command or commands[name],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=dies_with_its_parent,
            )

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def has_died(self, name: str, within_s: float = 60) -> bool:
        """True when the process ends by itself within the time."""
        try:
            self.processes[name].wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        self.processes.pop(name)
        return True

    def wait_until_ready(self) -> None:
        """Until /health says that an interview can be held."""
        eventually(lambda: self._healthy(), READY_WITHIN_S, f"{self.base}/health was not 200: {self.tail()}")

    def _healthy(self) -> bool:
        for name, process in self.processes.items():
            assert process.poll() is None, f"{name} ended: {self.tail()}"
        try:
            return httpx.get(f"{self.base}/health", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def tail(self) -> str:
        """The last lines of every log, for a failing test."""
        parts = []
        for log in sorted(self.folder.glob("*.log")):
            parts.append(f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]))
        return "\n".join(parts)

    def invite(self, language: str = "zh", position: str = "sales", **more: str) -> Invitation:
        request = InvitationRequest(
            position=position, name="王小明", language=language, **{"phone": "13812345678", **more}
        )
        with self.services() as services:
            return invite(services, request, TESTER)

    def running_rasa(self) -> RunningRasa:
        return RunningRasa(f"http://127.0.0.1:{self.rasa_port}", self.rasa_token)


class CandidateClient:
    """One candidate on the plain HTTP API."""

    def __init__(self, base: str, token: str) -> None:
        self.http = httpx.Client(base_url=f"{base}/api/chat/{token}", timeout=15, trust_env=False)
        self.seq = 0
        self.log: list[Mapping[str, Any]] = []

    def read_until_quiet(self, within_s: float = 40) -> list[Mapping[str, Any]]:
        """What the bot says next: at least one message of its own, and nothing more to come."""
        new: list[Mapping[str, Any]] = []

        def answered() -> bool:
            try:
                got = self.http.get("/messages", params={"after": self.seq})
            except httpx.TransportError:
                return False
            if got.status_code != 200:
                return False
            for message in got.json():
                self.seq = message["seq"]
                new.append(message)
            busy = self.http.get("/state").json()["typing"] if new else True
            return not busy and any(message["from"] == "bot" for message in new)

        eventually(answered, within_s, "the bot said nothing")
        self.log += new
        return [message for message in new if message["from"] == "bot"]

    def post(self, text: str, client_id: str | None = None) -> httpx.Response:
        return self.http.post("/messages", json={"client_id": client_id or str(uuid.uuid4()), "text": text})

    def say(self, text: str) -> list[Mapping[str, Any]]:
        response = self.post(text)
        assert response.status_code == 202, response.text
        return self.read_until_quiet()

    def send_recording(self, data: bytes, client_id: str, piece_bytes: int = 100_000) -> httpx.Response:
        """Put the pieces and finish, as the page does; pieces that are there already do no harm."""
        pieces = [data[at : at + piece_bytes] for at in range(0, len(data), piece_bytes)]
        for ordinal, piece in enumerate(pieces):
            self.http.put(f"/recordings/{client_id}/chunks/{ordinal}", content=piece).raise_for_status()
        return self.http.post(f"/recordings/{client_id}/finish", json={"chunks": len(pieces)})

    def speak(self, data: bytes, within_s: float = 60) -> Mapping[str, Any]:
        """Send a recording and wait until it was heard: what is said of it, a transcript or why there is none."""
        response = self.send_recording(data, str(uuid.uuid4()))
        assert response.status_code == 202, response.text
        said: list[Mapping[str, Any]] = []

        def heard() -> bool:
            said.extend(self.read_until_quiet(within_s))
            return bool(said[-1].get("transcript") or said[-1].get("retry"))

        eventually(heard, within_s, "nothing was heard")
        return said[-1]

    def press(self, button: Mapping[str, str]) -> list[Mapping[str, Any]]:
        response = self.http.post("/buttons", json={"client_id": str(uuid.uuid4()), "id": button["id"]})
        assert response.status_code == 202, response.text
        return self.read_until_quiet()

    def buttons(self) -> list[Mapping[str, str]]:
        """The newest buttons shown."""
        return next((m["buttons"] for m in reversed(self.log) if m["buttons"]), [])

    def press_titled(self, part: str) -> list[Mapping[str, Any]]:
        return self.press(next(b for b in self.buttons() if part in b["title"]))

    def open_stage(self) -> str | None:
        """The stage of the newest question."""
        return next((m["question"]["kind"] for m in reversed(self.log) if m["question"]), None)

    def go_to(self, stage: str, answer: str) -> None:
        """Acknowledge, skip the résumé, take the first option of every fact, answer until `stage` is open."""
        if not self.log:
            self.read_until_quiet()
            self.press(self.buttons()[0])
        for _ in range(40):
            if self.open_stage() == stage:
                return
            last = self.log[-1]
            if self.open_stage() == "background":
                self.press(last["buttons"][-1])
            elif last["buttons"]:
                self.press(last["buttons"][0])
            else:
                self.say(answer)
        raise AssertionError(f"{stage} was never reached")

    def hold_interview(self, answer: str) -> None:
        """From the notice to the goodbye, with the same answer to everything."""
        self.go_to("own_questions", answer)
        self.press(self.buttons()[-1])


def eventually(holds: Any, within_s: float, otherwise: str) -> None:
    """Wait until `holds()` is true."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(otherwise)
