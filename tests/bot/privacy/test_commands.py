import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.accounts import Account
from bot.privacy.holds import place_hold
from bot.services import Services
from core.settings import ROOT
from tests.bot.console.house import furnished
from tests.bot.privacy.held_interview import held

ADMIN = Account(id="user:1", name="admin", role="admin")


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with furnished(
        tmp_path, monkeypatch, RASA_TOKEN="r" * 32, ACTION_SECRET="a" * 32, DBOS_DATABASE_URL="sqlite:////nowhere/dbos"
    ) as made:
        yield made


def mianshi(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from bot.cli import app; app()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=dict(os.environ), timeout=60)


def said(*arguments: str) -> Any:
    done = mianshi(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def test_the_operator_sees_what_would_go_makes_a_backup_and_erases(services: Services, tmp_path: Path) -> None:
    candidate_id = held(services)
    coming = said("retention", "--dry-run", "--days", "91")
    assert coming["would_go"] == {"interviews": 1}
    assert coming["items"][0]["rule"] == "recordings_kept_days"
    made = said("backup", str(tmp_path / "backup"))
    assert made["keys_of_candidates"] == 1
    told = said("erase", candidate_id)
    assert told["standing"] == "done"
    assert told["certificate"]["backups_expire_on"] is not None
    back = said("restore", str(tmp_path / "backup"), "--replace")
    assert (back["candidates"], back["erased_again"]) == (0, 1)


async def test_under_a_hold_the_command_says_so_in_one_line(services: Services) -> None:
    candidate_id = held(services)
    with services.database.unit_of_work() as session:
        place_hold(session, services.keys, ADMIN, "劳动仲裁 2026-113", candidate_id=candidate_id)
    done = mianshi("erase", candidate_id, "--yes")
    assert done.returncode == 1
    assert "legal hold" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
