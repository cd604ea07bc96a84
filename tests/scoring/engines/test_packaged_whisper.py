from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scoring.engines import packaged_whisper
from scoring.engines.packaged_whisper import RecogniserPackagesMissing, is_prepared


def test_the_packaged_parts_join_to_the_model_that_is_known_and_only_once(tmp_path: Path) -> None:
    folder = packaged_whisper.packaged_whisper(tmp_path / "models" / "whisper-base")
    made = (folder / "model.bin").stat()

    assert made.st_size == 145_217_532
    assert is_prepared(folder)
    assert packaged_whisper.packaged_whisper(folder) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == made.st_mtime_ns
    assert [path.name for path in folder.parent.iterdir()] == ["whisper-base"]


def test_a_part_that_is_not_the_known_one_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package, name in (("ours_part1", "model.bin.part1"), ("ours_part2", "model.bin.part2")):
        (tmp_path / package / "data").mkdir(parents=True)
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "data" / name).write_bytes(b"weights of somebody else")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(packaged_whisper, "_PACKAGES", ("ours_part1", "ours_part2"))

    with pytest.raises(RecogniserPackagesMissing, match="make setup"):
        packaged_whisper.packaged_whisper(tmp_path / "models" / "whisper-base")

    assert list((tmp_path / "models").iterdir()) == []
    assert "ours_part1" not in sys.modules


def test_a_missing_package_names_the_command_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged_whisper, "_PACKAGES", ("no_such_part1", "no_such_part2"))

    with pytest.raises(RecogniserPackagesMissing, match=r"make setup.*no-such-part1"):
        packaged_whisper.packaged_whisper(tmp_path / "whisper-base")
