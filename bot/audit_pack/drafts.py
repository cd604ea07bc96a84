"""Drafts for a lawyer: impact assessment, technical file, instructions for use, notice; filled in from the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlmodel import col, select

from bot.audit_pack.pack import FolderNotEmpty
from bot.console.policy_words import rule_value
from bot.positions import newest_positions
from bot.services import Services
from core.clock import now
from core.content import Language
from core.tables import Report
from dialogue.notice import advances_by_itself
from hr_bridge.policy import load_policy
from hr_bridge.position import PositionProfile
from scoring.rubric import load_competency

TEMPLATES: Final = Path(__file__).parent / "draft_templates"
DRAFTS: Final = ("dpia", "ai-act-technical-file", "ai-act-instructions", "ll144-notice")


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """What the drafts say of one open position, in their language."""

    title: str
    policy: str
    pass_line: str
    advances: bool
    competencies: str
    groups: str
    recordings_days: int
    record_days: int


def write_drafts(services: Services, language: Language, out: Path | None) -> Path:
    """Write the drafts and return their folder. Raises FolderNotEmpty."""
    folder = out or Path("audit-drafts")
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(f"{folder} is not empty; name another folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    # Markdown, which no browser runs: what stands in it must not be escaped for HTML.
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)
    facts = _facts(services, language)
    for name in DRAFTS:
        text = environment.get_template(f"{name}.{language}.md").render(facts)
        (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    return folder


def _facts(services: Services, language: Language) -> dict[str, Any]:
    settings = services.settings
    with services.database.reading() as session:
        newest = session.exec(select(Report.model).order_by(col(Report.reported_at).desc())).first()
        profiles = [PositionProfile.model_validate(row.profile) for row in newest_positions(session)]
    return {
        "made": now().astimezone().strftime("%Y-%m-%d"),
        "version": version("mianshi"),
        "company": settings.house.company,
        "positions": _positions([profile for profile in profiles if not profile.closed], language),
        "connectors": ", ".join(settings.connectors),
        "telegram": settings.telegram.is_on,
        "llm": settings.language_model.model,
        "llm_basis": settings.language_model.legal_basis,
        "voice": settings.voice.enabled,
        "mail": bool(settings.mail.host),
        "sms": settings.sms.is_on,
        "scorer": newest or "–",
    }


def _positions(profiles: Sequence[PositionProfile], language: Language) -> Sequence[PositionFacts]:
    found = []
    for profile in profiles:
        policy = load_policy(profile.policy)
        comma = "、" if language == "zh" else ", "
        titles = [load_competency(key).title.text(language) for key in profile.weights]
        found.append(
            PositionFacts(
                title=profile.title.text(language),
                policy=policy.title[language],
                pass_line=f"{profile.pass_line:g}",
                advances=advances_by_itself(profile),
                competencies=comma.join(titles),
                groups=rule_value("demographic_questions", policy.demographic_questions, language),
                recordings_days=policy.recordings_kept_days,
                record_days=policy.decision_record_kept_days,
            )
        )
    return found
