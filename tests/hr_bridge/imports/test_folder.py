from __future__ import annotations

import csv
import fcntl
import os
import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from core.encryption import new_master_key
from core.errors import DatabaseBusy
from core.tables import PayBand
from hr_bridge.imports import folder as folder_module
from hr_bridge.imports.folder import InFolder
from hr_bridge.imports.report import ImportReport
from tests.hr_bridge.imports.tables import House, as_csv

BANDS = ("岗位族", "职级", "下限", "上限", "币种", "周期")
MID = ("sales", "mid", "10000", "13000", "CNY", "月")
SENIOR = ("sales", "senior", "13000", "16000", "CNY", "月")


class Shared:
    """A folder that a worker looks at, and the files people put there."""

    def __init__(self, place: Path) -> None:
        self.house = House(place, new_master_key())
        self.root = place / "hr"
        self.root.mkdir()
        self.taken: list[str] = []
        self.looker = InFolder(self.root, self.take_in)
        self.looker.look()

    def take_in(self, data: bytes, path: Path) -> ImportReport:
        self.taken.append(path.name)
        return self.house.take(None, data, path.name)

    def put(self, name: str, data: bytes) -> Path:
        path = self.root / "in" / name
        path.write_bytes(data)
        return path

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.looker.look()

    def files(self, where: str) -> set[str]:
        return {path.name for path in (self.root / "in" / where).iterdir() if path.is_file() and path.name != ".lock"}

    def report(self, where: str, name: str) -> list[list[str]]:
        text = (self.root / "in" / where / name).read_text("utf-8-sig")
        return list(csv.reader(text.splitlines()))


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    return Shared(tmp_path)


def test_a_file_is_taken_at_the_second_look_and_put_away_with_its_report(shared: Shared) -> None:
    shared.put("pay_bands.csv", as_csv(BANDS, MID, ("sales", "", "1", "2", "CNY", "月")))

    shared.look(1)
    assert shared.taken == []
    shared.look(1)

    assert shared.taken == ["pay_bands.csv"]
    assert shared.files(".") == set()
    assert shared.files("done") == {"pay_bands.csv", "pay_bands.csv.report.csv"}
    report = shared.report("done", "pay_bands.csv.report.csv")
    assert report[1][3].startswith("共 2 行：新增 1")
    assert {row[0] for row in report[2:]} == {"3"}


def test_a_file_that_is_still_being_copied_is_left_until_it_rests(shared: Shared) -> None:
    data = as_csv(BANDS, MID, SENIOR)
    path = shared.put("pay_bands.csv", data[:60])
    for end in (90, len(data)):
        shared.look(1)
        path.write_bytes(data[:end])
    shared.look(1)
    assert shared.taken == []

    shared.look(1)

    assert shared.report("done", "pay_bands.csv.report.csv")[1][3].startswith("共 2 行：新增 2")


def test_a_file_that_grows_while_it_is_read_is_read_again_as_a_whole(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shared.put("pay_bands.csv", as_csv(BANDS, MID))
    read = folder_module.read_plain

    def growing(place: Path, most: int) -> bytes:
        data = read(place, most)
        if data.count(b"\n") == 2:
            place.write_bytes(as_csv(BANDS, MID, SENIOR))
        return data

    monkeypatch.setattr(folder_module, "read_plain", growing)
    shared.look(2)
    assert shared.taken == []
    assert path.exists()

    shared.look(2)

    assert shared.taken == ["pay_bands.csv"]
    assert shared.report("done", "pay_bands.csv.report.csv")[1][3].startswith("共 2 行：新增 2")


def test_a_file_that_is_replaced_while_it_is_taken_in_is_taken_in_again(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shared.put("pay_bands.csv", as_csv(BANDS, MID))
    take_in = shared.take_in

    def replacing(data: bytes, place: Path) -> ImportReport:
        report = take_in(data, place)
        if len(shared.taken) == 1:
            path.write_bytes(as_csv(BANDS, SENIOR))
        return report

    monkeypatch.setattr(shared.looker, "_take_in", replacing)
    shared.look(4)

    assert len(shared.taken) == 2
    assert (shared.root / "in" / "done" / "pay_bands.csv").read_bytes() == as_csv(BANDS, SENIOR)


def test_the_same_file_put_there_twice_changes_nothing_and_both_are_kept(shared: Shared) -> None:
    for _ in range(2):
        shared.put("pay_bands.csv", as_csv(BANDS, MID))
        shared.look()

    with shared.house.database.reading() as session:
        assert len(session.exec(select(PayBand)).all()) == 1
    reports = sorted(name for name in shared.files("done") if name.endswith(".report.csv"))
    assert len(reports) == 2
    assert {shared.report("done", name)[1][3][:10] for name in reports} == {"共 1 行：新增 1", "共 1 行：新增 0"}


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("pay_bands.csv", b"MZ\x90\x00\x03\x00\x00\x00" * 40, "no CSV or XLSX"),
        ("pay_bands.csv", as_csv(("岗位族", "职级"), ("a", "b")), "missing"),
        ("export.csv", as_csv(("a", "b"), ("1", "2")), "cannot be told"),
        ("notes.txt", b"", "empty"),
    ],
)
def test_what_cannot_be_used_is_put_aside_with_the_reason(shared: Shared, name: str, data: bytes, words: str) -> None:
    shared.put(name, data)
    shared.look()

    assert shared.files("refused") == {name, f"{name}.report.csv"}
    assert words in shared.report("refused", f"{name}.report.csv")[1][4]
    assert shared.files("done") == set()


def test_what_is_not_meant_for_us_is_left_alone(shared: Shared, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(as_csv(BANDS, MID))
    (shared.root / "in" / "pay_bands.csv").symlink_to(secret)
    for name in ("~$pay_bands.xlsx", ".hidden.csv", "pay_bands.csv.part", "pay_bands.crdownload"):
        shared.put(name, as_csv(BANDS, MID))
    os.mkfifo(shared.root / "in" / "pipe.csv")

    shared.look(3)

    assert shared.taken == []
    assert secret.exists()


@pytest.mark.parametrize("name", ["pay_bands.csv.report.csv", ".pay_bands.csv.report.csv.part"])
def test_a_link_in_place_of_the_report_writes_over_no_other_file(shared: Shared, tmp_path: Path, name: str) -> None:
    other = tmp_path / "other"
    other.write_text("as it was")
    (shared.root / "in" / "done" / name).symlink_to(other)
    shared.put("pay_bands.csv", as_csv(BANDS, MID))

    shared.look()

    assert other.read_text() == "as it was"
    assert shared.report("done", "pay_bands.csv.report.csv")[1][3].startswith("共 1 行：新增 1")


@pytest.mark.parametrize("name", ["in", "in/done", "in/refused"])
def test_a_link_in_place_of_a_folder_is_not_followed(shared: Shared, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(shared.root / name)
    (shared.root / name).symlink_to(tmp_path / "elsewhere")
    (shared.root / "in" / "pay_bands.csv").write_bytes(as_csv(BANDS, MID))

    for _ in range(2):
        with pytest.raises(OSError, match="link in place"):
            shared.look(1)

    assert shared.taken == []


def test_a_busy_database_leaves_the_file_for_the_next_look(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    shared.put("pay_bands.csv", as_csv(BANDS, MID))
    keeper = shared.house.keepers["pay_bands"]
    with monkeypatch.context() as busy:
        busy.setattr(keeper, "keep", lambda *_a, **_k: (_ for _ in ()).throw(DatabaseBusy("locked")))
        with pytest.raises(DatabaseBusy):
            shared.look()
    assert shared.files(".") == {"pay_bands.csv"}

    shared.look(1)

    assert shared.files("done") == {"pay_bands.csv", "pay_bands.csv.report.csv"}


def test_a_file_that_breaks_the_import_holds_up_no_other_and_is_put_aside_in_the_end(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in = shared.take_in

    def breaking(data: bytes, path: Path) -> ImportReport:
        if path.name.startswith("exits"):
            raise RuntimeError("nobody thought of this")
        return take_in(data, path)

    monkeypatch.setattr(shared.looker, "_take_in", breaking)
    shared.put("exits.csv", as_csv(("员工编号", "离职日期"), ("E1", "2025-06-30")))
    shared.put("pay_bands.csv", as_csv(BANDS, MID))
    shared.look(2)
    assert shared.taken == ["pay_bands.csv"]
    assert shared.files(".") == {"exits.csv"}

    shared.look(2)

    assert shared.files("refused") == {"exits.csv", "exits.csv.report.csv"}
    assert "nobody thought" not in str(shared.report("refused", "exits.csv.report.csv"))


@pytest.mark.parametrize("ending", [".csv", "." + "表" * 80], ids=["name", "ending"])
def test_the_longest_name_that_there_can_be_is_put_away_and_holds_up_no_other(shared: Shared, ending: str) -> None:
    name = "exits" + "离" * 80
    shared.put(name[: (255 - len(ending.encode())) // 3] + ending, as_csv(BANDS, MID))
    shared.put("pay_bands.csv", as_csv(BANDS, MID))

    shared.look()

    assert shared.files(".") == set()
    assert "pay_bands.csv" in shared.files("done")
    assert len(shared.files("refused") | shared.files("done")) == 4


def test_of_two_workers_one_looks(shared: Shared) -> None:
    shared.put("pay_bands.csv", as_csv(BANDS, MID))
    shared.look(1)
    with (shared.root / "in" / ".lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        shared.look(3)
        assert shared.taken == []
    shared.look(2)
    assert shared.taken == ["pay_bands.csv"]


def test_a_share_that_is_not_mounted_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        InFolder(tmp_path / "mnt" / "hr", lambda data, path: None).look()  # type: ignore[arg-type, return-value]
    assert not (tmp_path / "mnt").exists()


def test_it_looks_once_a_minute(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    moments, looks = iter((0.0, 0.0, 1.0, 59.0, 60.5, 60.5, 61.0)), []
    monkeypatch.setattr(folder_module.time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(shared.looker, "look", lambda: looks.append(1))
    for _ in range(5):
        shared.looker.look_if_due()
    assert len(looks) == 2
