import fcntl
import io
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from bot.up import ports, programs, require_free, up
from core.errors import Rejected
from core.settings import Settings


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
