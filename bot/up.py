"""What `mianshi up` runs on one machine, and what it looks at before it starts."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from rich.cells import cell_len
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from bot import dialogue_model
from bot.outreach.road import Roads
from bot.pulse import has_beaten
from bot.rasa_process import RunningRasa, address, answers, prepare_tracker_store, server_command, server_environment
from bot.supervisor import Program, Supervisor
from core.database import Database
from core.errors import MianshiError, Rejected
from core.settings import ROOT, Settings

MIANSHI = Path(sys.executable).with_name("mianshi")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def up(settings: Settings, console: Console, serve_options: Sequence[str] = ()) -> None:
    """Run the product until Ctrl-C; `serve_options` go to `mianshi serve`.

    Raises Rejected when it cannot start: not set up, port taken, running already.
    """
    settings.require_secrets()
    if runs_rasa_here(settings) and not dialogue_model.MODEL.exists():
        raise Rejected("the dialogue model is missing: run `make setup`, which trains it")
    with _only_one(settings.data_dir):
        for name, host, port in ports(settings):
            require_free(name, host, port)
        Supervisor(
            programs(settings, serve_options),
            folder=ROOT,
            logs=settings.data_dir / "log",
            console=console,
            announce=lambda: announce(settings, console),
        ).run()


def runs_rasa_here(settings: Settings) -> bool:
    """False where RASA_URL names another machine: then somebody else runs Rasa."""
    return urlsplit(settings.dialogue.rasa_url).hostname in LOOPBACK


def ports(settings: Settings) -> list[tuple[str, str, int]]:
    """The variable, the host and the port of every door that opens on this machine."""
    doors = [
        ("PORT", settings.web.host, settings.web.port),
        ("ACTION_PORT", "127.0.0.1", settings.dialogue.action_port),
    ]
    if settings.records.url is None:
        doors.append(("RECORDS_PORT", "127.0.0.1", settings.records.port))
    if runs_rasa_here(settings):
        doors.append(("RASA_URL", *address(settings.dialogue.rasa_url)))
    return doors


def require_free(name: str, host: str, port: int) -> None:
    """Raise Rejected with the way out when something already listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            example = f"{name}=http://127.0.0.1:{port + 1}" if name == "RASA_URL" else f"{name}={port + 1}"
            raise Rejected(
                f"port {port} cannot be opened ({error.strerror}): stop what uses it, or choose another, "
                f"for instance `make run {example}`"
            ) from error


def programs(settings: Settings, serve_options: Sequence[str] = ()) -> list[Program]:
    """Rasa, worker, app, with what each is told through its environment."""
    ours = dict(os.environ) | {"PYTHONUNBUFFERED": "1"}
    rasa = RunningRasa(settings.dialogue.rasa_url, settings.dialogue.rasa_token.get_secret_value())
    scheme = "https" if "--tls-cert" in serve_options else "http"

    def healthy(_since: datetime) -> bool:
        return _answers_well(scheme, settings)

    def working(since: datetime) -> bool:
        return _worker_beats(settings, "worker-1", since)

    running = [
        Program("worker-1", [str(MIANSHI), "worker"], ours | {"EXECUTOR_ID": "worker-1"}, working),
        Program("app-1", [str(MIANSHI), "serve", *serve_options], ours | {"EXECUTOR_ID": "app-1"}, healthy, True),
    ]
    if runs_rasa_here(settings):
        home = settings.data_dir / "rasa-home"
        home.mkdir(parents=True, exist_ok=True)
        prepare_tracker_store(settings.database.tracker_url)
        told = server_environment(settings, home, rasa.token, settings.database.tracker_url)
        running.insert(0, Program("rasa-1", server_command(*address(rasa.url)), told, lambda _since: answers(rasa)))
    return running


def _answers_well(scheme: str, settings: Settings) -> bool:
    host = "127.0.0.1" if settings.web.host in ("0.0.0.0", "::") else settings.web.host
    try:
        # Our own door, by its number instead of the name that the certificate is for.
        reply = httpx.get(f"{scheme}://{host}:{settings.web.port}/health", timeout=2, verify=False)
        return reply.status_code == 200
    except httpx.HTTPError:
        return False


def _worker_beats(settings: Settings, name: str, since: datetime) -> bool:
    database = Database(settings.database.url)
    try:
        return has_beaten(database, name, since)
    except (MianshiError, DBAPIError):
        return False
    finally:
        database.close()


def announce(settings: Settings, console: Console) -> None:
    """Print the links to open."""
    links = [("Recruiter console", f"{settings.web.base_url}/console"), ("HR records", f"{settings.web.base_url}/hr")]
    try:
        links = asyncio.run(_demo_links(settings)) + links
    except MianshiError as error:
        console.print(f"[yellow]no demo interview: {error}[/]", highlight=False)
    console.print()
    for name, url in links:
        console.print(f"  {name}{' ' * (22 - cell_len(name))}{url}", highlight=False, soft_wrap=True)
    codes = "whom neither mail nor SMS reaches" if Roads.of(settings) else "since no SMS or e-mail sender is set up"
    console.print(f"\n  6-digit codes of candidates appear here and in no log, {codes}.", soft_wrap=True)
    console.print(f"  Ctrl-C stops everything. Logs: {settings.data_dir / 'log'}\n", highlight=False, soft_wrap=True)


async def _demo_links(settings: Settings) -> list[tuple[str, str]]:
    from bot.demo import demo_link
    from bot.services import opened_services

    with opened_services(settings) as services:
        return [
            ("Candidate, 中文", demo_link(services, "zh")),
            ("Candidate, English", demo_link(services, "en")),
        ]


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data directory: two supervisors on it would run two workers under one name."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Rejected(
                f"Mianshi already runs on {data_dir}: stop it with Ctrl-C there, "
                "or set DATA_DIR and PORT to run a second one"
            ) from error
        yield
