"""Runs a Supervisor over small programs, for tests that kill them or it.

`python -m tests.bot.supervised FOLDER NAME=CODE …`
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rich.console import Console

from bot.supervisor import Program, Supervisor


def main() -> None:
    folder = Path(sys.argv[1])
    programs = []
    for argument in sys.argv[2:]:
        name, _, code = argument.partition("=")
        code = f"import os, pathlib; pathlib.Path('{name}.pid').write_text(str(os.getpid())); {code}"
        is_app = name.startswith("app")
        programs.append(
            Program(name, [sys.executable, "-c", code], dict(os.environ), _has_written(folder, name), is_app)
        )
    console = Console(width=200)
    Supervisor(
        programs,
        folder=folder,
        logs=folder / "log",
        console=console,
        announce=lambda: console.print("the links"),
        grace_s=1.0,
    ).run()


def _has_written(folder: Path, name: str) -> Callable[[datetime], bool]:
    file = folder / f"{name}.pid"
    return lambda since: file.exists() and file.stat().st_mtime > since.timestamp()


if __name__ == "__main__":
    main()
