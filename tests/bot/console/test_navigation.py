"""The head of the console: a few plain links, the rest in groups, and nothing that a role may not open."""

from __future__ import annotations

import re

import pytest

from tests.bot.console.house import House

GROUPED = re.compile(r'<details class="group"[^>]*><summary(?P<here> aria-current="true")?>(?P<title>[^<]+)</summary>')


def head(page: str) -> str:
    return page.partition("<nav")[2].partition("</nav>")[0]


@pytest.mark.parametrize("role", ["admin", "recruiter", "reviewer", "manager", "hr", "auditor"])
async def test_every_entry_that_is_shown_opens_and_is_marked_where_it_leads(house: House, role: str) -> None:
    async with house.signed_in(role) as browser:
        start = await browser.get("/console/security")
        entries = re.findall(r'href="([^"]+)"', head(start.text))
        assert entries
        for entry in entries:
            page = await browser.get(entry)
            assert page.status_code == 200, entry
            assert re.findall(r'href="([^"]+)" aria-current="page"', head(page.text)) == [entry]


async def test_the_group_of_the_page_is_marked_and_groups_hold_the_rest(house: House) -> None:
    async with house.signed_in("admin") as browser:
        pool = head((await browser.get("/console/pool?position=sales")).text)
        figures = head((await browser.get("/console/review/figures")).text)
    assert [found["title"] for found in GROUPED.finditer(pool)] == ["候选人", "数据", "管理"]
    assert [found["title"] for found in GROUPED.finditer(pool) if found["here"]] == ["候选人"]
    assert [found["title"] for found in GROUPED.finditer(figures) if found["here"]] == ["数据"]
    plain = pool.partition("<details")[0]
    assert re.findall(r">([^<]+)</a>", plain) == ["面试", "复核", "提问", "岗位"]


async def test_a_group_of_one_is_a_plain_link_and_an_empty_one_is_not_there(house: House) -> None:
    async with house.signed_in("hr") as browser:
        shown = head((await browser.get("/console/security")).text)
    assert [found["title"] for found in GROUPED.finditer(shown)] == ["管理"]
    assert re.findall(r">([^<]+)</a>", shown) == ["申请人", "薪酬审批", "人事档案"]
