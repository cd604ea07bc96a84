"""A whole audit pack from a real database, read back."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from sqlmodel import select

from bot.audit_pack.pack import FolderNotEmpty, write_pack
from bot.demographics import keep_answers
from bot.positions import PositionUnknown, newest_position
from bot.services import Services
from core.clock import now
from core.content import Language
from core.settings import ROOT
from core.tables import Candidate, Decision, Override
from hr_bridge.policy import PolicyUnknown
from scoring.correction import PURPOSE
from tests.bot.console.house import furnished
from tests.bot.console.many_interviews import add_interviews


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch, COMPANY_NAME="东湖软件") as services:
        fill(services)
        yield services


def fill(services: Services) -> None:
    at = now() - timedelta(hours=5)
    with services.database.unit_of_work() as session:
        position = newest_position(session, "sales")
        position.profile = position.profile | {"policy": "us-ny"}
        session.add(position)
        session.flush()
        women = add_interviews(services, session, 30, at, 30, 30, 8, "=1+1")
        men = add_interviews(services, session, 30, at, 30, 30, 22, "内推")
        key = services.keys.unwrap(session.get_one(Candidate, women[0].candidate_id).wrapped_key)
        session.add(
            Override(
                interview_id=women[0].id, report_version=1, competency="resilience", level_before=2.4, level=3.5,
                reviewer="user:1", by="Li Lei", reason_sealed=key.seal("张0讲了第二个例子，比张7和li lei想的好；lilei不是人名", PURPOSE), made_at=now(),
            )
        )  # fmt: skip
        session.add(
            Decision(
                interview_id=women[29].id, value="reject", by="Li Lei", reason_sealed=key.seal("x"), version=1,
                decided_at=now(),
            )
        )  # fmt: skip
    for people, sex in ((women, "female"), (men, "male")):
        for one in people:
            keep_answers(services, one.id, {"sex": sex})


def make(services: Services, out: Path, language: Language = "en", policy: str = "us-ny") -> Path:
    return write_pack(services, "sales", policy, None, language, out, now().date())


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text("utf-8-sig"))))


def words_of(folder: Path) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(folder / "report.pdf").pages).replace("\n", " ")


def test_one_folder_holds_tables_report_notices_scorer_and_decisions(services: Services, tmp_path: Path) -> None:
    folder = make(services, tmp_path / "pack")
    assert sorted(file.name for file in folder.iterdir()) == [
        "README.md", "decisions.csv", "model-card-speech.md", "model-card.md", "notice-version-1-zh.txt", "notices.csv",
        "overrides.csv", "report.pdf", "scorer.json", "selection-rates-intersections.csv", "selection-rates.csv",
        "stages-by-channel.csv",
    ]  # fmt: skip
    rates = {(row["step"], row["group"]): row for row in rows_of(folder, "selection-rates.csv")}
    female = rates["reached_line", "Female"]
    assert (female["people"], female["selected"], female["verdict"]) == ("30", "8", "below")
    assert float(female["impact_ratio"]) == pytest.approx(8 / 22, abs=1e-6)
    refused = [row["verdict"] for row in rows_of(folder, "selection-rates.csv") if row["dimension"] == "Age"]
    assert refused == ["refused_none_told"] * 4 + ["refused_none_told"]
    assert "AI" in (folder / "notice-version-1-zh.txt").read_text("utf-8")
    told = json.loads((folder / "scorer.json").read_text("utf-8"))
    assert told["scorers"] == {"answer-head-test": 60}
    assert told["weights"]["resilience"] == 0.3
    words = words_of(folder)
    assert "Female stand at 27% and Male at 73%, an impact ratio of 0.36" in words
    assert "is no independent audit" in words
    assert "For 1 decisions not to advance there is no record that the evidence had been opened" in words
    assert "60 of 60 people began less than 10 working days" in words


def test_people_are_pseudonyms_and_no_name_of_a_candidate_is_left(services: Services, tmp_path: Path) -> None:
    folder = make(services, tmp_path / "pack")
    everything = "".join(file.read_text("utf-8-sig") for file in folder.glob("*.csv"))
    assert "张" not in everything
    assert "Li Lei" not in everything
    (override,) = rows_of(folder, "overrides.csv")
    assert override["reason"] == "██讲了第二个例子，比██和██████想的好；lilei不是人名"
    assert override["by"].startswith("person-")
    decisions = rows_of(folder, "decisions.csv")
    assert len(decisions) == 31
    assert override["case"] in {row["case"] for row in decisions}
    again = make(services, tmp_path / "again")
    assert (again / "decisions.csv").read_bytes() == (folder / "decisions.csv").read_bytes()


def test_no_cell_can_run(services: Services, tmp_path: Path) -> None:
    channels = {row["channel"] for row in rows_of(make(services, tmp_path / "pack"), "stages-by-channel.csv")}
    assert channels == {"'=1+1", "内推"}


def test_in_chinese_the_report_is_chinese(services: Services, tmp_path: Path) -> None:
    words = words_of(make(services, tmp_path / "pack", "zh")).replace(" ", "")
    assert "销售代表" in words
    assert "不是独立审计" in words
    assert "东湖软件" in words


def test_under_a_policy_that_asks_nothing_the_report_says_so(services: Services, tmp_path: Path) -> None:
    folder = make(services, tmp_path / "pack", "en", "cn")
    assert rows_of(folder, "selection-rates.csv") == []
    assert "candidates are not asked" in words_of(folder)


def test_an_earlier_pack_is_not_written_over(services: Services, tmp_path: Path) -> None:
    make(services, tmp_path / "pack")
    with pytest.raises(FolderNotEmpty, match="name another folder with --out"):
        make(services, tmp_path / "pack")


def test_a_strange_position_or_policy_is_refused_before_anything_is_written(services: Services, tmp_path: Path) -> None:
    with pytest.raises(PositionUnknown):
        write_pack(services, "nobody", "us-ny", None, "en", tmp_path / "a", now().date())
    with pytest.raises(PolicyUnknown):
        make(services, tmp_path / "a", policy="atlantis")
    assert not (tmp_path / "a").exists()


def test_the_command_names_the_folder_and_its_files(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RASA_TOKEN", "ACTION_SECRET"):
        monkeypatch.setenv(name, "x")
    start = [sys.executable, "-c", "from bot.cli import app; app()", "audit", "pack"]
    asked = ["--position", "sales", "--policy", "us-ny", "--out", str(tmp_path / "p"), "--json"]
    done = subprocess.run([*start, *asked], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["folder"], "report.pdf" in told["files"]) == (str(tmp_path / "p"), True)


def test_a_pack_under_another_policy_than_the_position_s_says_so(services: Services, tmp_path: Path) -> None:
    assert "Mind: this position is under" not in words_of(make(services, tmp_path / "own"))
    words = words_of(make(services, tmp_path / "other", policy="eu"))
    assert "Mind: this position is under United States, New York" in words


def test_an_erased_candidates_reason_is_left_out(services: Services, tmp_path: Path) -> None:
    with services.database.unit_of_work() as session:
        for candidate in session.exec(select(Candidate)):
            candidate.wrapped_key = None
    folder = make(services, tmp_path / "pack")
    assert [row["reason"] for row in rows_of(folder, "overrides.csv")] == ["(the candidate was erased)"]
    assert {row["verdict"] for row in rows_of(folder, "selection-rates.csv")} == {"refused_none_told"}
