from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.audit_pack.drafts import DRAFTS, write_drafts
from bot.audit_pack.pack import FolderNotEmpty
from bot.services import Services
from core.content import Language
from scoring.rubric import load_competency
from tests.bot.console.house import furnished

MARK = {"zh": "草稿，供律师审阅", "en": "Draft for a lawyer"}


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch, COMPANY_NAME="东湖 & 软件") as services:
        yield services


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_draft_is_marked_and_filled_from_the_settings(
    services: Services, tmp_path: Path, language: Language
) -> None:
    folder = write_drafts(services, language, tmp_path / "drafts")
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"{name}.md" for name in DRAFTS)
    for file in folder.iterdir():
        text = file.read_text("utf-8")
        assert MARK[language] in text, file.name
        assert not re.search(r"{{|{%|None", text), file.name
        if language == "zh":
            assert not re.search(r"[\u4e00-\u9fff][,;!?]", text), file.name
    notice = (folder / "ll144-notice.md").read_text("utf-8")
    assert "东湖 & 软件" in notice
    assert load_competency("resilience").title.text(language) in notice
    assessment = (folder / "dpia.md").read_text("utf-8")
    assert ("录音和文字稿 90 天" if language == "zh" else "recordings and transcripts 90 days") in assessment


def test_earlier_drafts_are_not_written_over(services: Services, tmp_path: Path) -> None:
    write_drafts(services, "en", tmp_path / "drafts")
    with pytest.raises(FolderNotEmpty):
        write_drafts(services, "en", tmp_path / "drafts")
