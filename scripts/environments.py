"""Makes the two virtual environments, side by side, from the lock files. Standard library only, Python 3.9 or newer.

    scripts/environments.py          .venv (Python 3.11 or 3.12) and .venv-rasa (3.10)
    scripts/environments.py --dev    the same, and in .venv what the tests and linters need

PYTHON and PYTHON310 name the interpreters; without them they are looked for. An environment carries the hash of
the lock files it was made from, so a second run has nothing to do.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "var" / "log"
STAMP = ".lock.sha256"
TORCHAUDIO_CURE = ROOT / "scripts" / "torchaudio_without_cuda.py"
OURS = ((3, 11), (3, 12))
RASA = ((3, 10),)
PROBE = "import sys, venv, ensurepip, ssl; print('%d.%d' % sys.version_info[:2])"


class SetUpFailed(Exception):
    """One sentence that says what to do."""


def find_python(variable: str, versions: tuple[tuple[int, int], ...], remedy: str) -> str:
    """The first interpreter of one of `versions` that runs and can make a virtual environment.

    In this order: the environment variable `variable`, `pythonX.Y` on the PATH (a pyenv shim may be there and
    fail), pyenv's own folders, what uv knows. Raises SetUpFailed with the remedy.
    """
    wanted = ["{}.{}".format(*version) for version in versions]
    named = os.environ.get(variable)
    if named:
        if _version_of(named) in wanted:
            return shutil.which(named) or named
        raise SetUpFailed(
            f"{variable}={named} is not a Python {' or '.join(wanted)} that can make virtual environments: {remedy}"
        )
    for candidate in _candidates(wanted):
        if _version_of(candidate) in wanted:
            return candidate
    raise SetUpFailed(f"No Python {' or '.join(wanted)} found: {remedy}")


def _candidates(wanted: list[str]) -> list[str]:
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    found = [shutil.which(f"python{version}") or "" for version in wanted]
    for version in wanted:
        found += sorted(glob.glob(f"{pyenv}/versions/{version}*/bin/python"), reverse=True)
    if shutil.which("uv"):
        found += [_output(["uv", "python", "find", "--no-project", version]) for version in wanted]
    return [candidate for candidate in found if candidate]


def _version_of(python: str) -> str:
    return _output([python, "-c", PROBE])


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@dataclass
class Environment:
    """One virtual environment being made; pip's words go to a log, its progress to the screen."""

    name: str
    folder: Path
    python: str
    locks: list[Path]
    stamp: str
    process: subprocess.Popen[bytes] | None = None
    stages: list[list[str]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return LOGS / f"install-{self.folder.name.lstrip('.')}.log"

    @property
    def pip(self) -> list[str]:
        return [str(self.folder / "bin" / "python"), "-m", "pip", "--no-input", "--disable-pip-version-check"]

    def begin(self) -> None:
        """Lay out what is to be done and start the first command."""
        self.log.write_bytes(b"")
        if _version_of(str(self.folder / "bin" / "python")) != _version_of(self.python):
            self.stages.append([self.python, "-m", "venv", "--clear", str(self.folder)])
        requirements = [word for lock in self.locks for word in ("-r", str(lock))]
        self.stages.append([*self.pip, "install", "--progress-bar", "off", *requirements])
        if self.name == "ours":
            self.stages.append([*self.pip, "install", "--progress-bar", "off", "--no-deps", "-e", str(ROOT)])
            self.stages.append([str(self.folder / "bin" / "python"), str(TORCHAUDIO_CURE)])
        self.next()

    def next(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.stages.pop(0), cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)

    def done(self) -> bool:
        """True when the last command ended well. Raises SetUpFailed when one did not."""
        assert self.process is not None
        code = self.process.poll()
        if code is None:
            return False
        if code != 0:
            raise SetUpFailed(f"{self.folder.name} could not be made: {_reason(self.log)} (all of it in {self.log})")
        if self.stages:
            self.next()
            return False
        (self.folder / STAMP).write_text(self.stamp)
        return True

    def progress(self) -> str:
        """Where pip is, in a few words."""
        text = self.log.read_text(errors="replace")
        if "Successfully installed" in text:
            return "finishing"
        of = len(locked_names(self.locks))
        if "Installing collected packages" in text:
            unpacked = len(list(self.folder.glob("lib/python3*/site-packages/*.dist-info")))
            return f"unpacking {min(unpacked, of)} of {of} packages"
        seen = len(set(re.findall(r"^(?:Collecting|Requirement already satisfied:) (\S+)", text, re.MULTILINE)))
        return f"fetching {seen} of {of} packages" if seen else "starting"


def locked_names(locks: list[Path]) -> list[str]:
    return [line.split("==")[0] for lock in locks for line in lock.read_text().splitlines() if "==" in line]


def _reason(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["no output"])[0].strip()


def stamp_of(locks: list[Path], python: str) -> str:
    """A hash of everything an environment is made from."""
    files = [*locks, ROOT / "pyproject.toml", TORCHAUDIO_CURE]
    parts = [_version_of(python).encode(), *(path.read_bytes() for path in files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def planned(dev: bool) -> list[Environment]:
    """Both environments with their interpreters found. Raises SetUpFailed."""
    ours = find_python(
        "PYTHON",
        OURS,
        "install one with its venv module (Debian: apt-get install python3.11-venv, or `pyenv install 3.11`), "
        "or set PYTHON=/path/to/python3.11",
    )
    rasa = find_python(
        "PYTHON310",
        RASA,
        "Rasa needs it; run `uv python install 3.10` or `pyenv install 3.10`, or set PYTHON310=/path/to/python3.10",
    )
    locks = [ROOT / "requirements.lock"]
    if dev or _has_dev():
        locks.append(ROOT / "requirements-dev.lock")
    rasa_locks = [ROOT / "requirements-rasa.lock"]
    return [
        Environment("ours", ROOT / ".venv", ours, locks, stamp_of(locks, ours)),
        Environment("Rasa", ROOT / ".venv-rasa", rasa, rasa_locks, stamp_of(rasa_locks, rasa)),
    ]


def _has_dev() -> bool:
    # Once the tests' packages are in, `make run` keeps them current instead of making the stamps differ for ever.
    return (ROOT / ".venv" / "bin" / "pytest").exists()


def is_current(environment: Environment) -> bool:
    stamp = environment.folder / STAMP
    return stamp.exists() and stamp.read_text() == environment.stamp


def make(environments: list[Environment]) -> None:
    """Install all at once and say where each is, every two seconds on a terminal, else every fifteen."""
    LOGS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for environment in environments:
        say(f"{environment.folder.name}: Python {_version_of(environment.python)}, {environment.python}")
        environment.begin()
    waiting, spoken = list(environments), 0.0
    live = sys.stdout.isatty()
    try:
        while waiting:
            for environment in list(waiting):
                if environment.done():
                    waiting.remove(environment)
                    say(f"{environment.folder.name}: ready after {time.monotonic() - began:.0f} s", over=live)
            if waiting and time.monotonic() - spoken >= (2 if live else 15):
                spoken = time.monotonic()
                line = " · ".join(f"{one.folder.name}: {one.progress()}" for one in waiting)
                say(f"{line} · {spoken - began:.0f} s", over=live, end="" if live else "\n")
            time.sleep(0.5)
    finally:
        for environment in waiting:
            if environment.process is not None and environment.process.poll() is None:
                environment.process.terminate()


def say(line: str, over: bool = False, end: str = "\n") -> None:
    sys.stdout.write(("\r\033[K" if over else "") + line + end)
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--dev"]):
        sys.stderr.write(f"usage: environments.py [--dev], not {' '.join(arguments)}\n")
        return 2
    try:
        stale = [one for one in planned("--dev" in arguments) if not is_current(one)]
        if stale:
            say("Installing (minutes the first time, logs in var/log):")
            make(stale)
    except SetUpFailed as failure:
        sys.stderr.write(f"\n{failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; run the command again and it goes on.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
