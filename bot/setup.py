"""The part of `make setup` that runs inside our environment: secrets, tables, demo data, models.

Every step looks first and does only what is missing, so it may be run at any time, and again after it was cut short.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from bot import dialogue_model
from bot.migrations import make_room, migrate
from bot.secrets_file import write_missing_secrets
from core.database import Database
from core.settings import ROOT, Settings, load_settings

ENCODER = ROOT / "models" / "e5-small"


def set_up(console: Console, *, train: bool = False) -> None:
    """Run every step and say what it did. `train` makes the dialogue model anew though it is current."""
    with _step(console, "secrets") as told:
        made = write_missing_secrets()
        told(f"{len(made)} written to .env" if made else "all there")
    load_settings.cache_clear()
    settings = load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    settings.data_dir.chmod(0o700)
    database = Database(settings.database.url)
    try:
        with _step(console, "tables") as told:
            told("brought up to date" if migrate_all(settings, database) else "up to date")
        _fill(console, database)
    finally:
        database.close()
    with _step(console, "dialogue model") as told:
        if train or not dialogue_model.is_current():
            dialogue_model.train(settings.data_dir / "rasa-home")
            told("trained")
        else:
            told("current")
    with _step(console, "sentence encoder") as told:
        told(_prepare_encoder())
    with _step(console, "speech recogniser") as told:
        told(_prepare_recogniser())
    with _step(console, "report fonts") as told:
        told(_prepare_report_fonts())


def migrate_all(settings: Settings, database: Database) -> bool:
    """Our tables and DBOS's; True when ours changed."""
    from dbos import run_dbos_database_migrations

    make_room(settings.database.dbos_url)
    run_dbos_database_migrations(settings.database.dbos_url)
    return migrate(database.engine)


def _fill(console: Console, database: Database) -> None:
    from bot.accounts import ensure_first_admin
    from bot.positions import seed

    with _step(console, "demo positions"):
        seed(database)
    with _step(console, "first account") as told:
        password = ensure_first_admin(database)
        told(f"made: name [bold]admin[/], password [bold]{password}[/], shown only now" if password else "there")


def _prepare_encoder() -> str:
    from scoring.engines.packaged_e5 import is_prepared, packaged_encoder

    there = is_prepared(ENCODER)
    packaged_encoder(ENCODER)
    return "there" if there else "made"


def _prepare_recogniser() -> str:
    from scoring.engines.packaged_whisper import is_prepared, packaged_whisper
    from scoring.engines.speech_recogniser import WHISPER

    there = is_prepared(WHISPER)
    packaged_whisper(WHISPER)
    return "there" if there else "made"


def _prepare_report_fonts() -> str:
    from bot.console.report_fonts import is_prepared, prepare

    if is_prepared():
        return "there"
    prepare()
    return "made"


@contextmanager
def _step(console: Console, name: str) -> Iterator[Callable[[str], None]]:
    """A line that shows while the step runs, and one that stays: its name, what it did, how long it took."""
    began, outcome = time.monotonic(), ["done"]
    if not console.is_terminal:
        console.print(f"… {name}", highlight=False)
    with console.status(f"{name} …"):
        yield lambda text: outcome.__setitem__(0, text)
    seconds = time.monotonic() - began
    console.print(
        f"✓ {name}: {outcome[0]}" + (f" ({seconds:.0f} s)" if seconds >= 1 else ""), highlight=False, soft_wrap=True
    )
