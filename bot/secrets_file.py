"""The secrets in `.env`: made once, readable by the owner alone, never overwritten."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

from core.encryption import new_master_key
from core.settings import ENV_FILE

MAKERS: dict[str, Callable[[], str]] = {
    "MASTER_KEY": new_master_key,
    "SESSION_KEY": secrets.token_urlsafe,
    "RASA_TOKEN": secrets.token_urlsafe,
    "ACTION_SECRET": secrets.token_urlsafe,
    "RECORDS_TOKEN": secrets.token_urlsafe,
    "RECORDS_KEY": lambda: Fernet.generate_key().decode(),
}


def missing_secrets(path: Path = ENV_FILE) -> list[str]:
    """Names of the secrets that neither `.env` nor the process's environment holds."""
    there = dotenv_values(path) if path.exists() else {}
    return [name for name in MAKERS if not (os.environ.get(name) or there.get(name))]


def write_missing_secrets(path: Path = ENV_FILE) -> list[str]:
    """Make what is missing and return its names. The file is replaced in one go, mode 0600 from its first byte."""
    missing = missing_secrets(path)
    if missing:
        lines = path.read_text().splitlines() if path.exists() else []
        kept = [line for line in lines if line.partition("=")[0].strip() not in missing]
        made = [f"{name}={MAKERS[name]()}" for name in missing]
        descriptor, draft = tempfile.mkstemp(prefix=".env-", dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join([*kept, *made]) + "\n")
        os.replace(draft, path)
    elif path.exists() and not is_private(path):
        path.chmod(0o600)
    return missing


def is_private(path: Path = ENV_FILE) -> bool:
    """True when nobody but the owner can read the file."""
    return stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
