from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import SQLModel

from bot import positions
from bot.positions import PositionUnknown, add_position, newest_position, newest_positions, seed
from core.database import Database
from core.errors import MianshiError
from core.settings import ROOT
from hr_bridge.position import load_positions


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/positions.sqlite")
    SQLModel.metadata.create_all(database.engine)
    return database


def test_positions_are_seeded_once(database: Database) -> None:
    assert seed(database) == 3
    assert seed(database) == 0
    with database.reading() as session:
        keys = [row.key for row in newest_positions(session)]
    assert keys == ["production_supervisor", "sales", "software_engineer"]


def test_a_changed_profile_becomes_a_new_version_and_the_old_one_stays(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(database)
    with database.reading() as session:
        first = newest_position(session, "sales")
    changed = [p.model_copy(update={"pass_line": 75.0}) if p.key == "sales" else p for p in load_positions()]
    monkeypatch.setattr(positions, "load_positions", lambda: changed)
    assert seed(database) == 1
    with database.reading() as session:
        second = newest_position(session, "sales")
        assert session.get_one(type(first), first.id).profile["pass_line"] == 80
    assert (second.version, second.profile["pass_line"]) == (2, 75)


def test_an_unknown_position_is_refused(database: Database) -> None:
    with database.reading() as session, pytest.raises(PositionUnknown):
        newest_position(session, "astronaut")


def test_a_position_from_a_file_becomes_a_new_version_once(database: Database, tmp_path: Path) -> None:
    seed(database)
    source = (ROOT / "hr_bridge" / "positions" / "sales.yml").read_text("utf-8")
    changed = tmp_path / "sales.yml"
    changed.write_text(source.replace("pass_line: 80", "pass_line: 75"), "utf-8")
    assert add_position(database, changed).version == 2
    assert add_position(database, changed).version == 2


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("weight: 0.4", "weight: 0.5", "add up to"),
        ("time_budget_minutes: 20", "time_budget_minutes: 15", "time_budget_minutes"),
        ("max_scored_questions: 8", "max_scored_questions: 7", "max_scored_questions"),
        ("resilience_s1", "resilience_s9", "resilience_s9"),
        ("resilience_s4", "resilience_s9", "resilience_s9"),
        (
            "resilience_s4",
            "resilience_s2",
            "resilience_s2 cannot stand for resilience_s1.*resilience_s3, resilience_s4",
        ),
    ],
)
def test_a_plan_that_is_unfair_too_long_or_unknown_is_refused(
    database: Database, tmp_path: Path, before: str, after: str, reason: str
) -> None:
    source = (ROOT / "hr_bridge" / "positions" / "sales.yml").read_text("utf-8")
    assert before in source
    (tmp_path / "bad.yml").write_text(source.replace(before, after, 1), "utf-8")
    with pytest.raises(MianshiError, match=reason):
        add_position(database, tmp_path / "bad.yml")
