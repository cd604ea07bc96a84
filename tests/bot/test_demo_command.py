from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlmodel import SQLModel
from typer.testing import CliRunner

from bot.cli import app
from bot.positions import seed
from bot.secrets_file import MAKERS
from core.database import Database
from core.settings import load_settings


def test_the_demo_tells_the_truth_it_was_made_from_and_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/mianshi.sqlite"
    values = {name: make() for name, make in MAKERS.items()} | {"DATABASE_URL": url, "DATA_DIR": str(tmp_path)}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    load_settings.cache_clear()
    database = Database(url)
    SQLModel.metadata.create_all(database.engine)
    seed(database)
    database.close()
    try:
        made = CliRunner().invoke(app, ["demo", "outcomes", "--json"])
        assert made.exit_code == 0, made.output
        told = json.loads(made.stdout)
        assert told["truth"]["software_engineer"] == {"performance": ["logical_thinking", 0.42], "pay_growth": []}
        assert told["hires"] >= 449
        again = CliRunner().invoke(app, ["demo", "outcomes", "--json"])
        assert again.exit_code == 1
    finally:
        load_settings.cache_clear()
