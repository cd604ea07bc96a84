"""The folder of an audit pack."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Final

from bot.audit_pack.content import AuditContent, read_audit
from bot.audit_pack.report import render_audit_report
from bot.audit_pack.tables import audit_tables
from bot.console.texts import say
from bot.services import Services
from core.content import Language
from core.errors import Refused
from core.settings import ROOT

CARDS: Final = ("model-card.md", "model-card-speech.md")
BENCHMARKS: Final = ROOT / "benchmarks" / "results.json"


class FolderNotEmpty(Refused):
    """An earlier pack must not be mixed with a new one."""


def write_pack(
    services: Services, position: str, policy: str, year: int | None, language: Language, out: Path | None, today: date
) -> Path:
    """Write the pack and return its folder.

    Raises PositionUnknown, PolicyUnknown, or FolderNotEmpty where the folder holds something already.
    """
    content = read_audit(services, position, policy, today.year if year is None else year, language)
    folder = out or Path(f"audit-{position}-{policy}-{content.year}")
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(f"{folder} is not empty; name another folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in audit_tables(content).items():
        (folder / name).write_bytes(data)
    (folder / "report.pdf").write_bytes(render_audit_report(content))
    (folder / "scorer.json").write_text(_scorer(content), encoding="utf-8")
    for (version, told), words in content.notices_as_given.items():
        (folder / f"notice-version-{version}-{told}.txt").write_text(words + "\n", encoding="utf-8")
    for card in CARDS:
        (folder / card).write_bytes((ROOT / "docs" / card).read_bytes())
    (folder / "README.md").write_text(say(language, "audit.readme"), encoding="utf-8")
    return folder


def _scorer(content: AuditContent) -> str:
    """Which scorer made the reports, the position's weights that it counted with, and what was measured of it."""
    profile = content.profile
    measured = json.loads(BENCHMARKS.read_text(encoding="utf-8")) if BENCHMARKS.exists() else None
    told = {
        "scorers": dict(content.scorers),
        "position": {"key": profile.key, "version": content.position.version, "pass_line": profile.pass_line},
        "weights": profile.weights,
        "language_model": profile.llm.model_dump(mode="json"),
        "model_cards": list(CARDS),
        "benchmarks": measured,
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
