"""Where strangers' files are opened: a child process with limits on memory and time and nothing else in reach."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

MEMORY_BYTES: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 15
SANDBOXES: Final = 2
"""Children at once in one process: each may take MEMORY_BYTES and a core."""

_ROOT: Final = Path(__file__).resolve().parents[1]
_sandboxes = threading.BoundedSemaphore(SANDBOXES)


class NoSandboxFree(Exception):
    """As many children as may be are at work."""


class ChildTooSlow(Exception):
    """The child used up its time."""


class ChildDied(Exception):
    """The child ended without an answer."""


def ask_child(module: str, data: bytes, *, wall_seconds: float, patience_s: float) -> bytes:
    """What `python -m module` prints about `data`, which it reads from stdin. Blocks up to `patience_s` for a free
    sandbox and `wall_seconds` in it. Raises NoSandboxFree, ChildTooSlow or ChildDied."""
    if not _sandboxes.acquire(timeout=patience_s):
        raise NoSandboxFree
    try:
        child = subprocess.run(
            [sys.executable, "-s", "-E", "-B", "-m", module],
            input=data,
            capture_output=True,
            cwd=_ROOT,
            env={},
            timeout=wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ChildTooSlow from error
    finally:
        _sandboxes.release()
    if child.returncode == -signal.SIGXCPU:
        raise ChildTooSlow
    if child.returncode != 0:
        raise ChildDied
    return child.stdout


def limit_this_process(cpu_seconds: int = CPU_SECONDS) -> None:
    """Called by the child: bound memory and time, and leave no file descriptor to open: no file, no socket."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
