import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.migrations import migrate
from core.database import open_engine
from core.settings import ROOT

MIANSHI = Path(sys.executable).with_name("mianshi")
COMMANDS = (
    "serve",
    "worker",
    "up",
    "setup",
    "doctor",
    "migrate",
    "token",
    "invite",
    "score",
    "rescore",
    "report",
    "understand",
    "talk",
    "competency",
    "salary",
    "resume",
)
SALES = ("salary", "--family", "sales", "--grade", "mid", "--band", "10-13", "--match", "85", "--level", "mid")


def mianshi(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MIANSHI, *arguments], capture_output=True, text=True, cwd=ROOT, env=os.environ | environment, timeout=120
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_at_once(command: str) -> None:
    began = time.monotonic()

    done = mianshi(command, "--help")

    assert done.returncode == 0
    assert "Usage" in done.stdout
    assert time.monotonic() - began < 10  # torch alone takes longer than the rest together


def test_json_goes_to_stdout_alone_as_one_document() -> None:
    done = mianshi(*SALES, "--json")

    assert done.returncode == 0
    assert done.stderr == ""
    assert json.loads(done.stdout)["recommended"] == [11, 12]


def test_without_json_the_same_is_readable() -> None:
    done = mianshi(*SALES)

    assert done.returncode == 0
    assert "recommended" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("salary", "--family", "sales", "--grade", "wizard", "--band", "10-13"),
        ("salary", "--family", "sales", "--grade", "mid", "--band", "10-13", "--policy", "atlantis"),
        ("salary", "--grade", "mid"),
        ("token", "create", "--role", "king"),
        ("score", "--competency", "results"),
        ("understand",),
        ("serve", "--tls-cert", "/dev/null"),
        ("resume", "/no/such/file.pdf"),
        ("fly",),
    ],
)
def test_bad_usage_is_two_and_never_a_traceback(arguments: tuple[str, ...]) -> None:
    done = mianshi(*arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_failure_is_one_and_one_line_that_says_what_to_do() -> None:
    done = mianshi(
        "up", MASTER_KEY="", SESSION_KEY="", RASA_TOKEN="", ACTION_SECRET="", RECORDS_TOKEN="", RECORDS_KEY=""
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "make setup" in done.stderr


def test_a_database_without_tables_is_one_clear_line(tmp_path: Path) -> None:
    done = mianshi("token", "create", "--role", "recruiter", "--json", DATA_DIR=str(tmp_path), **secrets())

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "mianshi doctor" in done.stderr


def test_a_token_is_made_and_shown_once(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/mianshi.sqlite")
    migrate(engine)

    done = mianshi("token", "create", "--role", "recruiter", "--json", DATA_DIR=str(tmp_path), **secrets())

    token = json.loads(done.stdout)["token"]
    with engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT token_hash, role FROM apitoken").all()
    engine.dispose()
    assert len(stored) == 1
    assert stored[0].role == "recruiter"
    assert token not in stored[0].token_hash


def secrets() -> dict[str, str]:
    from bot.secrets_file import MAKERS

    return {name: make() for name, make in MAKERS.items()}
