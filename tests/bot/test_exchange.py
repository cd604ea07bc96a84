from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.exchange import LINKS, LinkList, looking_at, take_in
from bot.services import Services
from core.tables import Interview
from hr_bridge.connectors.base import HrmsUnavailable
from hr_bridge.imports import folder as folder_module
from tests.bot.console.house import HOST, furnished
from tests.hr_bridge.imports.tables import as_csv

HEAD = ("姓名", "手机", "岗位", "外部编号")


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    monkeypatch.setattr(folder_module, "LOOK_EVERY_S", 0.0)
    with furnished(tmp_path, monkeypatch) as services:
        yield services


async def test_candidates_laid_into_the_folder_get_links_that_stand_in_a_list(
    services: Services, tmp_path: Path
) -> None:
    root = tmp_path / "hr"
    root.mkdir()
    look = looking_at(services, root)
    await look()
    file = root / "in" / "候选人.csv"
    file.write_bytes(as_csv(HEAD, ("=李雷", "13800001234", "sales", "A-1"), ("韩梅梅", "", "sales", "A-2")))

    await look()
    await look()

    listed = (root / "in" / "done" / f"候选人.csv{LINKS}").read_text("utf-8-sig").splitlines()
    assert len(listed) == 2
    assert listed[1].startswith("2,A-1,'=李雷,138 0000 1234,,sales," + HOST)
    assert (root / "in" / "done" / "候选人.csv.report.csv").exists()
    assert not file.exists()
    with services.database.reading() as session:
        assert len(session.exec(select(Interview)).all()) == 1


async def test_a_folder_that_is_away_is_one_clear_sentence(services: Services, tmp_path: Path) -> None:
    with pytest.raises(HrmsUnavailable, match="mount it, or correct HRMS_FOLDER"):
        await looking_at(services, tmp_path / "mnt" / "hr")()


async def test_links_are_added_to_a_list_that_is_there(services: Services, tmp_path: Path) -> None:
    links = LinkList(tmp_path / "links.csv")
    for number in range(2):
        data = as_csv(HEAD, ("李雷", f"1380000123{number}", "sales", f"A-{number}"))
        take_in(services, data, "a.csv", links, kind="candidates", preset=None, dry_run=False)
    lines = links.path.read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert links.path.stat().st_mode & 0o007 == 0
