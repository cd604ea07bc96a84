from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ulid import ULID

from core.database import Database
from core.settings import ROOT, Settings
from hr_bridge.connectors.base import Effect, HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.files import folder as folder_module
from hr_bridge.connectors.files.connector import FilesConnector
from hr_bridge.connectors.set_up import open_connectors
from tests.hr_bridge.assessments import DECISION, EMAIL, NAME, PHONE, build_assessment
from tests.hr_bridge.connectors.contract import ConnectorContract
from tests.hr_bridge.connectors.files.shared_folder import SharedFolder, read_rows

_DELIVER = """
import asyncio, sys
from pathlib import Path
from hr_bridge.connectors.base import Effect
from hr_bridge.connectors.files.connector import FilesConnector
from tests.hr_bridge.assessments import build_assessment

async def deliver():
    connector = FilesConnector(Path(sys.argv[1]))
    print("begun", flush=True)
    for number in range(60):
        effect = Effect(f"effect-{number}", "result", 1, build_assessment(f"cand-{number}"))
        assert await connector.deliver(effect) == await connector.find(effect.id)

asyncio.run(deliver())
"""


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedFolder:
    return SharedFolder(tmp_path, monkeypatch)


class TestTheFolderKeepsTheContract(ConnectorContract):
    @pytest.fixture
    def system(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedFolder:
        return SharedFolder(tmp_path, monkeypatch)


def _effect(**changes: Any) -> Effect:
    return Effect(str(ULID()), "result", 1, build_assessment(**changes))


async def test_a_row_tells_a_clerk_and_a_program_everything(system: SharedFolder) -> None:
    effect = Effect(str(ULID()), "decision", 2, build_assessment(decision=DECISION))
    receipt = await system.connector.deliver(effect)

    (row,) = system.results
    assert row == read_rows(system.root / receipt.remote_id)[0]
    assert (row["effect_id"], row["kind"], row["version"]) == (effect.id, "decision 决定", "2")
    assert (row["external_id"], row["name"], row["phone"], row["email"]) == ("HR-77", NAME, "138 1234 1234", EMAIL)
    assert (row["match"], row["level"], row["grade"], row["regrade"]) == ("85", "mid 中级", "mid 中级", "")
    assert (row["pay_low"], row["pay_high"], row["pay_currency"], row["pay_period"]) == (
        "11000",
        "12000",
        "CNY",
        "month 月",
    )
    assert row["competencies"] == "客户沟通 86；抗压能力 –"
    assert (row["decision"], row["decided_by"], row["decided_at"]) == (
        "advance 进入下一轮",
        "recruiter-1",
        "2026-11-24T09:30:00Z",
    )
    assert row["finished_at"] == "2026-11-23T08:00:00Z"


async def test_excel_knows_the_file_for_utf_8_and_each_effect_is_one_line(system: SharedFolder) -> None:
    await system.connector.deliver(_effect(summary="第一行\n第二行\r\n=第三行"))

    content = (system.root / "out" / "results.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == content.count(b"\r\n") == 2


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "\t=", "\r", "  ="])
async def test_what_a_candidate_wrote_never_runs_as_a_formula(system: SharedFolder, start: str) -> None:
    await system.connector.deliver(_effect(summary=f"{start}HYPERLINK(1)"))

    (row,) = system.results
    assert row["summary"].startswith("'")
    assert all(not cell.lstrip().startswith(tuple("=+-@\t\r")) for cell in row.values())


async def test_results_come_in_the_order_in_which_they_landed(system: SharedFolder) -> None:
    effects = [_effect(candidate_id=f"cand-{number}") for number in range(4)]
    for effect in effects[:2]:
        await system.connector.deliver(effect)
    for effect in effects[2:]:
        await FilesConnector(system.root).deliver(effect)  # another worker, which does not know what we left behind

    await system.connector.deliver(effects[0])

    assert [row["effect_id"] for row in system.results] == [effect.id for effect in effects]


@pytest.mark.parametrize("damage", ["removed", "cut", "written over"])
async def test_results_are_made_anew_when_somebody_changed_them(system: SharedFolder, damage: str) -> None:
    await system.connector.deliver(_effect())
    results = system.root / "out" / "results.csv"
    if damage == "removed":
        results.unlink()
    else:
        results.write_bytes(results.read_bytes()[:-40] if damage == "cut" else b"mine now")

    await system.connector.deliver(_effect(candidate_id="cand-2"))

    assert [row["candidate_id"] for row in system.results] == ["cand-1", "cand-2"]


async def test_a_clerk_who_holds_the_results_open_holds_up_no_delivery(system: SharedFolder) -> None:
    (system.root / "out" / "results.csv").mkdir(parents=True)  # what cannot be replaced
    effect = _effect()
    receipt = await system.connector.deliver(effect)
    assert await system.connector.find(effect.id) == receipt

    (system.root / "out" / "results.csv").rmdir()
    await system.connector.deliver(_effect(candidate_id="cand-2"))

    assert len(system.results) == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (errno.ENOSPC, "is full: make room"),
        (errno.EROFS, "may not be written"),
        (errno.EACCES, "may not be written"),
        (errno.EIO, "EIO"),
    ],
)
async def test_a_folder_that_cannot_be_written_takes_nothing_and_says_why(
    system: SharedFolder, monkeypatch: pytest.MonkeyPatch, fault: int, words: str
) -> None:
    effect = _effect()

    def refuse(handle: int, content: bytes) -> int:
        raise OSError(fault, os.strerror(fault))

    with monkeypatch.context() as broken:
        broken.setattr(folder_module.os, "write", refuse)
        with pytest.raises(HrmsUnavailable, match=words):
            await system.connector.deliver(effect)
    assert await system.connector.find(effect.id) is None

    await system.connector.deliver(effect)

    assert [row["effect_id"] for row in system.results] == [effect.id]


async def test_a_share_that_is_not_mounted_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(HrmsUnavailable, match="HRMS_FOLDER"):
        await FilesConnector(tmp_path / "mnt" / "hr").deliver(_effect())
    assert not (tmp_path / "mnt").exists()


async def test_erasing_leaves_no_word_of_the_candidate_in_any_file(system: SharedFolder) -> None:
    await system.connector.deliver(_effect())
    await system.connector.deliver(_effect(candidate_id="cand-2", summary="另一位"))
    (system.root / "out" / "effects" / ".half.csv.part").write_text(f"{NAME},half a row that a crash left")

    await system.connector.erase("cand-1")

    files = [path for path in (system.root / "out").rglob("*") if path.is_file()]
    assert all("安抚客户" not in path.read_text() and "cand-1" not in path.read_text() for path in files)
    assert not any(path.name.endswith(".part") for path in files)
    assert [row["candidate_id"] for row in system.results] == ["cand-2"]
    tombstone = (system.root / "out" / "erased" / "cand-1").read_text()
    assert not any(words in tombstone for words in (NAME, PHONE, EMAIL, "HR-77"))


async def test_a_file_that_somebody_edited_is_parked_and_still_erased(system: SharedFolder) -> None:
    effect = _effect()
    receipt = await system.connector.deliver(effect)
    path = system.root / receipt.remote_id
    path.write_text(path.read_text("utf-8").replace(",", ";"), "utf-8")

    with pytest.raises(HrmsRejected):
        await system.connector.deliver(effect)
    with pytest.raises(HrmsUnavailable, match="put it back"):
        await system.connector.find(effect.id)
    await system.connector.erase("cand-1")

    assert not path.exists()


@pytest.mark.parametrize("damage", ["a heading of its own", "no line end", "nothing"])
async def test_a_file_that_somebody_edited_spoils_no_line_of_the_results(system: SharedFolder, damage: str) -> None:
    spoilt = await system.connector.deliver(_effect())
    path = system.root / spoilt.remote_id
    content = path.read_bytes()
    damaged = {
        "a heading of its own": content.removeprefix(b"\xef\xbb\xbf"),
        "no line end": content.rstrip(),
        "nothing": b"",
    }
    path.write_bytes(damaged[damage])

    for number in (2, 3):
        await FilesConnector(system.root).deliver(_effect(candidate_id=f"cand-{number}"))

    assert [row["candidate_id"] for row in system.results] == ["cand-2", "cand-3"]


async def test_a_link_among_the_effects_shows_nobody_another_file(system: SharedFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("MASTER_KEY=42 cand-1")
    await system.connector.deliver(_effect())
    (system.root / "out" / "effects" / "x.csv").symlink_to(secret)

    await FilesConnector(system.root).deliver(_effect(candidate_id="cand-2"))
    assert "MASTER_KEY" not in (system.root / "out" / "results.csv").read_text("utf-8-sig")
    assert len(system.results) == 2
    await system.connector.erase("cand-1")

    assert [row["candidate_id"] for row in system.results] == ["cand-2"]


@pytest.mark.parametrize("name", ["results.csv", ".results.csv.part"])
async def test_a_link_in_place_of_the_results_writes_over_no_other_file(
    system: SharedFolder, tmp_path: Path, name: str
) -> None:
    other = tmp_path / "other"
    other.write_text("as it was")
    await system.connector.deliver(_effect())
    (system.root / "out" / name).unlink(missing_ok=True)
    (system.root / "out" / name).symlink_to(other)

    await system.connector.deliver(_effect(candidate_id="cand-2"))
    await FilesConnector(system.root).deliver(_effect(candidate_id="cand-3"))

    assert other.read_text() == "as it was"
    assert len(system.results) == 3


@pytest.mark.parametrize("name", ["out", "out/effects", "out/erased"])
async def test_a_link_in_place_of_a_folder_is_not_followed(system: SharedFolder, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (system.root / name).parent.mkdir(exist_ok=True)
    (system.root / name).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(HrmsUnavailable, match="links are not followed"):
        await system.connector.deliver(_effect())

    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_two_workers_who_write_at_once_lose_no_row(system: SharedFolder) -> None:
    others = [FilesConnector(system.root) for _ in range(3)]
    effects = [_effect(candidate_id=f"cand-{number}") for number in range(12)]

    await asyncio.gather(*(others[i % 3].deliver(effect) for i, effect in enumerate(effects)))
    await system.connector.deliver(effects[0])

    assert {row["effect_id"] for row in system.results} == {effect.id for effect in effects}
    assert len(system.results) == len(effects)


async def test_a_worker_killed_again_and_again_leaves_each_effect_there_once(tmp_path: Path) -> None:
    root = tmp_path / "hr"
    root.mkdir()
    for seconds in (0.1, 0.25, 0.4, None):
        child = subprocess.Popen([sys.executable, "-c", _DELIVER, str(root)], cwd=ROOT, stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        if seconds is None:
            assert child.wait(60) == 0
        else:
            time.sleep(seconds)
            child.kill()
            child.wait()

    rows = read_rows(root / "out" / "results.csv")
    assert sorted(row["effect_id"] for row in rows) == sorted(f"effect-{number}" for number in range(60))
    files = [path.name for path in (root / "out" / "effects").iterdir() if not path.name.endswith(".part")]
    assert len(files) == 60


async def test_an_id_that_is_no_file_name_leads_nowhere(system: SharedFolder) -> None:
    with pytest.raises(HrmsRejected):
        await system.connector.deliver(Effect("../../etc/passwd", "result", 1, build_assessment()))
    assert await system.connector.find("../../etc/passwd") is None


async def test_the_folder_is_a_connector_where_it_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HRMS_FOLDER", str(tmp_path))
    settings = Settings()
    database = Database(f"sqlite:///{tmp_path}/x.sqlite")
    async with open_connectors(settings, database) as connectors:
        assert set(connectors) == {"records", "files"} <= set(settings.connectors)
        await connectors["files"].deliver(_effect())
    database.close()
    assert read_rows(tmp_path / "out" / "results.csv")[0]["effect_id"]
