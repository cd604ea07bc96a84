import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sqlmodel import SQLModel

import core.tables  # noqa: F401  fills the metadata
from bot import dialogue_model
from bot.migrations import current_revision, migrate, newest_revision
from bot.secrets_file import MAKERS, is_private, missing_secrets, write_missing_secrets
from core import settings as settings_module
from core.database import open_engine
from core.encryption import KeyRing
from core.settings import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-rasa.lock")


@pytest.fixture
def environments() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environments", ROOT / "scripts" / "environments.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["environments"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/mianshi.sqlite"
    fresh: Callable[[], str] = request.getfixturevalue("fresh_postgres")
    return fresh()


def test_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    engine = open_engine(database_url)
    try:
        assert migrate(engine)
        assert not migrate(engine)
        assert current_revision(engine) == newest_revision()
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []
    finally:
        engine.dispose()


def test_secrets_are_made_once_and_only_their_owner_can_read_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in MAKERS:
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / ".env"
    path.write_text("PORT=9000\nMASTER_KEY=\nRASA_TOKEN=mine\n")
    path.chmod(0o644)

    made = write_missing_secrets(path)
    first = path.read_text()

    assert "RASA_TOKEN" not in made
    assert set(made) == set(MAKERS) - {"RASA_TOKEN"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PORT=9000" in first
    assert "RASA_TOKEN=mine" in first
    assert missing_secrets(path) == []
    assert write_missing_secrets(path) == []
    assert path.read_text() == first
    KeyRing(re.findall(r"^MASTER_KEY=(.+)$", first, re.MULTILINE)[0]).new_wrapped_key()


def test_a_readable_env_file_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in MAKERS:
        monkeypatch.setenv(name, "set")
    path = tmp_path / ".env"
    path.write_text("PORT=9000\n")
    path.chmod(0o644)
    assert not is_private(path)

    write_missing_secrets(path)

    assert is_private(path)


def test_the_example_names_every_setting_and_no_other() -> None:
    groups = settings_module._Group.__subclasses__()
    known = {str(field.validation_alias) for group in groups for field in group.model_fields.values()}
    named = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert named == known


def test_the_example_gives_away_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()

    for name in MAKERS:
        assert f"# {name}=" in lines


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_pinned_names_alone(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()

    assert len(lines) > 15
    assert lines == sorted(lines, key=lambda line: line.split("==")[0])
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)


def test_locks_satisfy_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lines = [line for name in LOCKS[:2] for line in (ROOT / name).read_text().splitlines()]
    locked = dict(line.split("==") for line in lines)

    for requirement in map(Requirement, asked):
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier


def test_a_dialogue_model_is_stale_when_any_of_its_inputs_changes(tmp_path: Path) -> None:
    for source in dialogue_model.inputs(ROOT):
        copy = tmp_path / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    assert dialogue_model.fingerprint(tmp_path) == dialogue_model.fingerprint(ROOT)
    seen = {dialogue_model.fingerprint(tmp_path)}

    for path in list(dialogue_model.inputs(tmp_path)):
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(dialogue_model.fingerprint(tmp_path))
    (tmp_path / "dialogue" / "data" / "new.yml").write_text("version: '3.1'\n")
    seen.add(dialogue_model.fingerprint(tmp_path))

    assert len(seen) == len(list(dialogue_model.inputs(ROOT))) + 2
    assert {"config.yml", "domain.yml"} <= {path.name for path in dialogue_model.inputs(ROOT)}


def fake_python(path: Path, version: str, *, works: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{f'echo {version}' if works else 'echo command not found >&2; exit 127'}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_fails_is_passed_over_for_pyenvs_own_folder(
    environments: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_python(tmp_path / "bin" / "python3.10", "3.10", works=False)
    real = fake_python(tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python", "3.10")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("PYTHON310", raising=False)

    assert environments.find_python("PYTHON310", environments.RASA, "…") == str(real)


def test_the_path_comes_before_pyenv_and_uv_is_asked_last(
    environments: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uvs = fake_python(tmp_path / "uvs" / "python", "3.10")
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(f"#!/bin/sh\necho {uvs}\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("PYTHON310", raising=False)
    assert environments.find_python("PYTHON310", environments.RASA, "…") == str(uvs)

    pyenvs = fake_python(tmp_path / "pyenv" / "versions" / "3.10.2" / "bin" / "python", "3.10")
    assert environments.find_python("PYTHON310", environments.RASA, "…") == str(pyenvs)

    on_path = fake_python(tmp_path / "bin" / "python3.10", "3.10")
    assert environments.find_python("PYTHON310", environments.RASA, "…") == str(on_path)


def test_a_named_python_of_the_wrong_version_is_refused_with_the_remedy(
    environments: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON310", str(fake_python(tmp_path / "python", "3.12")))

    with pytest.raises(environments.SetUpFailed, match=r"is not a Python 3\.10 .* `uv python install 3\.10`"):
        environments.find_python("PYTHON310", environments.RASA, "run `uv python install 3.10`")


def test_without_a_python_for_rasa_there_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHON": sys.executable}

    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "environments.py"], env=environment, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip().count("\n") == 0
    assert "No Python 3.10 found" in done.stderr
    assert "PYTHON310=" in done.stderr


def test_an_environment_is_made_anew_when_its_lock_changes(environments: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("some-thing==1.2\n")
    before = environments.stamp_of([lock], sys.executable)
    environment = environments.Environment("ours", tmp_path, sys.executable, [lock], before)
    assert not environments.is_current(environment)

    (tmp_path / environments.STAMP).write_text(before)
    assert environments.is_current(environment)
    lock.write_text("some-thing==1.3\n")

    assert environments.stamp_of([lock], sys.executable) != before


@pytest.mark.servers
def test_set_up_may_run_again_and_shows_the_password_once(tmp_path: Path) -> None:
    environment = os.environ | {name: make() for name, make in MAKERS.items()} | {"DATA_DIR": str(tmp_path)}
    command = [Path(sys.executable).with_name("mianshi"), "setup"]

    first, second = (
        subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True) for _ in range(2)
    )

    assert first.returncode == second.returncode == 0, first.stderr
    assert "password" in first.stdout
    assert "password" not in second.stdout
    assert "up to date" in second.stdout
    assert (tmp_path / "mianshi.sqlite").exists()
