"""Positions of a spreadsheet, made after one that is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.exchange import LinkList, take_in
from bot.positions import newest_position
from bot.services import Services
from hr_bridge.imports.report import ImportReport
from tests.bot.console.house import furnished
from tests.bot.outreach.letter_box import change_position

HEADINGS = "岗位代码,岗位名称,英文名称,参照岗位,职级,部门,工作地点,公开月薪下限,公开月薪上限"
GOOD = "sales_north,华北销售代表,Sales North,销售代表,高级,华北销售部,北京,1.2万,16000"


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with furnished(tmp_path, monkeypatch) as services:
        yield services


def taken(services: Services, *rows: str, dry_run: bool = False) -> ImportReport:
    data = "\n".join((HEADINGS, *rows)).encode()
    links = LinkList(Path(services.settings.data_dir) / "links.csv")
    return take_in(services, data, "岗位2026.csv", links, kind=None, preset=None, dry_run=dry_run)


async def test_a_position_takes_after_another_and_differs_in_what_the_row_says(services: Services) -> None:
    assert taken(services, GOOD, dry_run=True).new == 1
    report = taken(services, GOOD)
    assert (report.new, report.refused) == (1, 0)
    with services.database.reading() as session:
        made, model = newest_position(session, "sales_north"), newest_position(session, "sales")
    assert made.version == 1
    assert made.profile["title"] == {"zh": "华北销售代表", "en": "Sales North"}
    assert made.profile["grade"] == "senior"
    assert made.profile["advertised_range"] == {"low": 12.0, "high": 16.0}
    assert made.profile["competencies"] == model.profile["competencies"]
    assert taken(services, GOOD).unchanged == 1
    changed = taken(services, GOOD.replace("北京", "天津"))
    assert changed.changed == 1
    with services.database.reading() as session:
        assert newest_position(session, "sales_north").version == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (GOOD.replace("销售代表,高级", "没有的岗位,高级"), "没有这个参照岗位"),
        (GOOD.replace("sales_north", "Sales North"), "小写字母"),
        (GOOD.replace("高级", "P5"), "初级、中级或高级"),
        (GOOD.replace("1.2万", ""), "要么都填"),
        (GOOD.replace("1.2万", "2万"), "下限高于上限"),
        (GOOD.replace("1.2万", "年薪12万"), "按月填写"),
    ],
)
async def test_a_bad_row_is_named_and_the_good_one_is_kept(services: Services, row: str, reason: str) -> None:
    report = taken(services, row, GOOD.replace("sales_north", "sales_south"))
    assert (report.new, report.refused) == (1, 1)
    (remark,) = report.remarks
    assert reason in remark.why.zh
    assert remark.line == 2


async def test_what_people_changed_in_a_position_since_stays_and_a_closed_model_makes_an_open_one(
    services: Services,
) -> None:
    taken(services, GOOD)
    change_position(services, "sales_north", closed=True, window_days=3)
    assert taken(services, GOOD).unchanged == 1
    assert taken(services, GOOD.replace("北京", "天津")).changed == 1
    taken(services, GOOD.replace("sales_north", "sales_south").replace("销售代表,高级", "sales_north,高级"))
    with services.database.reading() as session:
        north, south = newest_position(session, "sales_north"), newest_position(session, "sales_south")
    assert (north.profile["closed"], north.profile["outreach"]["window_days"]) == (True, 3)
    assert south.profile["closed"] is False
