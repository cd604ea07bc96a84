from __future__ import annotations

import csv
import io
from datetime import timedelta

import httpx
import openpyxl
import pytest

from bot.positions import newest_position
from core.clock import now
from core.tables import Position
from tests.bot.console.house import House
from tests.bot.console.many_interviews import add_interviews

PAGE = "/console/board"


def fill(house: House) -> None:
    at = now() - timedelta(days=40)
    with house.services.database.unit_of_work() as session:
        add_interviews(house.services, session, 120, at, 48, 40, 20, "招聘网站")
        add_interviews(house.services, session, 120, at, 84, 70, 40, "内推")
        add_interviews(house.services, session, 3, at, 1, channel="=HYPERLINK(1)")


async def read(browser: httpx.AsyncClient, query: str = "") -> str:
    answer = await browser.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.text


async def test_the_board_says_first_in_plain_words_what_the_intervals_support(house: House) -> None:
    fill(house)
    async with house.signed_in("recruiter") as browser:
        text = await read(browser)
        assert "共邀请243人，133人开始了面试，参与率55%" in text
        assert "建议多用“内推”：参与率比其他渠道高18到41个百分点（70%，120人中84人；其他渠道40%）" in text
        assert "还没有设置单价" in text
        assert "=HYPERLINK(1)" in text
        await browser.post("/console/language", data={"csrf": _csrf(text), "language": "en", "next": PAGE})
        english = await read(browser)
    assert "More to “Referral”: +18 to +41 points participation" in english
    assert "110 of 133" in english


def _csrf(text: str) -> str:
    return text.split('name="csrf" value="')[1][:64]


async def test_a_period_without_anybody_is_said_in_one_sentence(house: House) -> None:
    fill(house)
    async with house.signed_in("admin") as browser:
        assert "没有邀请任何人" in await read(browser, "?since=2020-01-01&until=2020-02-01")
        assert "没有邀请任何人" in await read(browser, "?position=software_engineer")
        assert "没有邀请任何人" in await read(browser, "?since=nonsense&until=2020-02-01&position=nobody")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_the_export_holds_the_numbers_and_no_formula(house: House, kind: str) -> None:
    fill(house)
    day = (now() - timedelta(days=20)).date()
    async with house.signed_in("recruiter") as browser:
        answer = await browser.get(f"{PAGE}/board.{kind}?changed_on={day}")
        assert (await browser.get(f"{PAGE}/board.exe")).status_code == 404
    assert answer.status_code == 200
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[0][:3] == ["表", "名称", "指标"]
        cells = [row[1:] for row in rows]
    else:
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert book.sheetnames == ["主要数字", "渠道和环节", "按岗位", "按工作地点", "改动前后"]
        cells = [["" if cell.value is None else str(cell.value) for cell in row] for sheet in book for row in sheet]
        assert {cell.data_type for sheet in book for row in sheet for cell in row} <= {"s", "n"}
    wanted = next(row for row in cells if row[:2] == ["内推", "开始（参与率）"])
    assert [float(each) for each in wanted[2:5]] == [0.7, 84, 120]
    names = {row[0] for row in cells}
    assert "'=HYPERLINK(1)" in names
    assert not [name for name in names if name.startswith("=")]


async def test_a_new_version_of_a_position_is_offered_as_a_day_to_compare(house: House) -> None:
    changed = now() - timedelta(days=20)
    with house.services.database.unit_of_work() as session:
        add_interviews(house.services, session, 60, changed - timedelta(days=5), 40, 20)
        old = newest_position(session, "sales")
        old.created_at = changed - timedelta(days=100)
        profile = old.profile | {"planned_minutes": old.profile["planned_minutes"] | {"opening": 3.0}}
        session.add(Position(key="sales", version=old.version + 1, profile=profile, created_at=changed))
        session.flush()
        add_interviews(house.services, session, 60, changed + timedelta(days=5), 40, 38)
    day = changed.astimezone().date()
    async with house.signed_in("admin") as browser:
        text = await read(browser)
        assert "planned_minutes.opening：2.0 → 3.0" in text
        assert f"changed_on={day}#change" in text
        compared = await read(browser, f"?changed_on={day}")
    assert "参与率从67%到67%" in compared
    assert "完成率从50%升到95%" in compared


async def test_prices_of_the_house_make_a_cost_per_interview(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(house)
    monkeypatch.setattr(house.services.settings.cost, "interview", 0.5)
    monkeypatch.setattr(house.services.settings.cost, "channels", "内推=800/hire")
    async with house.signed_in("admin") as browser:
        text = await read(browser)
    assert "0.50 CNY" in text
    assert "合计55.00 CNY，110场完成的面试；未设置单价、按0计：复核每分钟、每条短信" in text
