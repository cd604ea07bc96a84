import re
import subprocess
from pathlib import Path

import pytest

from bot.cli import app
from core.settings import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])


def test_every_file_of_the_journey_exists() -> None:
    named = re.findall(r"`([\w./]+\.(?:py|yml))`", (ROOT / "docs" / "journey.md").read_text())

    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_prose_names_exist(page: Path) -> None:
    rooms = r"`((?:bot|core|dialogue|scoring|hr_bridge|scripts|tests|docs)/[\w./-]+\.\w+)`"

    assert [name for name in re.findall(rooms, page.read_text()) if not (ROOT / name).exists()] == []


def test_commands_that_prose_names_exist() -> None:
    prose = "\n".join(page.read_text() for page in PAGES)
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    groups = {group.name for group in app.registered_groups if group.typer_instance}

    assert set(re.findall(r"\bmianshi ([a-z]+)\b(?=[ `\n])", prose)) <= commands | groups
    assert set(re.findall(r"`make ([a-z-]+)", prose)) <= targets


def test_the_readme_is_one_screen_and_honest_about_what_comes_later() -> None:
    readme = (ROOT / "README.md").read_text()

    assert len(readme.splitlines()) < 60
    assert "lawyer" in readme
    assert "not in this release" in readme
    assert len(re.findall(r"^- \*\*", readme, re.MULTILINE)) == 6


def test_every_decision_has_its_four_parts() -> None:
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert headings[:4] == ["Context", "Decision", "Consequences", "Alternatives"], page.name


def test_nothing_committed_names_the_machine_it_was_made_on() -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    suspects = re.compile(rb"--(?:extra-)?index-url|\+cpu$|file:///|/root/", re.MULTILINE)

    named = [ROOT / name for name in files.split("\0") if name.endswith((".lock", ".toml", ".md", "Makefile", ".yml"))]
    assert [str(path) for path in named if path.exists() and suspects.search(path.read_bytes())] == []
