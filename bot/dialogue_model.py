"""The trained dialogue model: where it is, whether it is current, how it is made."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.rasa_environment import RASA_PYTHON, rasa_environment
from core.errors import Rejected
from core.settings import ROOT

MODEL = ROOT / "models" / "mianshi.tar.gz"
STAMP = ROOT / "models" / "mianshi.sha256"
DOMAIN = "domain.yml"
FILES = ("config.yml", DOMAIN, "requirements-rasa.lock")
FOLDERS = ("dialogue/data", "dialogue/rasa_components")
NO_INPUT = "dialogue/rasa_components/server.py"
"""How the server is started says nothing about the model."""


def inputs(root: Path = ROOT) -> Iterator[Path]:
    """Every file that the model is made from."""
    yield from (root / name for name in FILES)
    for folder in FOLDERS:
        yield from sorted(
            path
            for path in (root / folder).rglob("*")
            if path.is_file() and path.suffix in (".py", ".yml", ".yaml") and path != root / NO_INPUT
        )


def fingerprint(root: Path = ROOT) -> str:
    """SHA-256 over names and contents of all inputs."""
    digest = hashlib.sha256()
    for path in inputs(root):
        for part in (str(path.relative_to(root)).encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def is_current() -> bool:
    """True when a model is there and nothing it is made from has changed since."""
    return MODEL.exists() and STAMP.exists() and STAMP.read_text().strip() == fingerprint()


def train(home: Path) -> None:
    """Train and put the model in place. `home` stands for Rasa's home folder. Raises Rejected with Rasa's reason.

    The model is moved into place when it is complete, so a Rasa that starts meanwhile finds the old one or the new
    one, never half of one.
    """
    made_from = fingerprint()
    home.mkdir(parents=True, exist_ok=True)
    MODEL.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=MODEL.parent) as folder:
        command = [
            *(str(RASA_PYTHON), "-m", "rasa", "train", "--config", "config.yml", "--domain", DOMAIN),
            *("--data", "dialogue/data", "--out", folder, "--fixed-model-name", "mianshi"),
        ]
        done = subprocess.run(command, cwd=ROOT, env=rasa_environment(home), capture_output=True, text=True)
        made = Path(folder) / MODEL.name
        if done.returncode != 0 or not made.exists():
            raise Rejected(f"the dialogue model could not be trained: {_reason(done.stdout + done.stderr)}")
        os.replace(made, MODEL)
        STAMP.write_text(made_from + "\n")


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "Error" in line or "rror:" in line or "invalid" in line.lower()]
    return (telling or lines or ["Rasa said nothing"])[-1]
