from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from bot.outreach.invitation_list import invite_listed, with_headings
from core.clock import hands_restored, turn_forward
from core.tables import Candidate, Interview, InvitationList
from tests.bot.console.house import House, csrf_of
from tests.hr_bridge.imports.tables import as_xlsx

PATH = "/console/invite/list"
PASTED = "李雷\t13800001234\t销售代表\t校招\n韩梅梅\t139000\tsales\t内推\n王芳\t13900005678\t宇航员\t\n张伟\t13700001111\tsales\t招聘会\n"


async def upload(
    browser: httpx.AsyncClient, pasted: str = "", file: bytes = b"", name: str = "a.xlsx"
) -> httpx.Response:
    form = {"csrf": csrf_of(await browser.get(PATH)), "pasted": pasted}
    return await browser.post(PATH, data=form, files={"file": (name, file)})


def invited(house: House) -> list[tuple[str, str | None]]:
    """Name and origin of everybody who is invited."""
    with house.services.database.reading() as session:
        found = []
        for interview in session.exec(select(Interview).order_by(Interview.id)):  # type: ignore[arg-type]
            candidate = session.get_one(Candidate, interview.candidate_id)
            found.append(
                (house.services.keys.unwrap(candidate.wrapped_key).open(candidate.name_sealed), interview.origin)
            )
        return found


async def test_a_pasted_list_is_shown_with_its_errors_and_invites_after_a_yes(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        answer = await upload(browser, PASTED)
        assert answer.status_code == 303, answer.text
        preview = await browser.get(answer.headers["location"])
        assert "共 4 行：可邀请 2 人，有问题 2 行" in preview.text
        assert "确认邀请 2 人" in preview.text
        assert "没有这个岗位" in preview.text
        assert re.findall(r'data-label="行号">第 (\d+) 行<', preview.text) == [
            "2",
            "3",
            "1",
            "4",
        ]  # as they were pasted
        assert "138****1234" in preview.text
        assert "13800001234" not in preview.text
        assert invited(house) == []

        confirmed = await browser.post(answer.headers["location"], data={"csrf": csrf_of(preview)})
        waiting = await browser.get(confirmed.headers["location"])
        assert '<progress value="0" max="2"' in waiting.text
        assert "data-reloads" in waiting.text
        invite_listed(house.services)
        done = await browser.get(confirmed.headers["location"])
        assert "已邀请 2 人" in done.text
        assert "data-reloads" not in done.text
        assert invited(house) == [("李雷", "校招"), ("张伟", "招聘会")]

        links = await browser.get(f"{answer.headers['location']}/links.csv")
        assert links.text.count("/i/") == 2


async def test_confirming_twice_and_the_same_list_again_invite_nobody_twice(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        for _ in range(2):
            where = (await upload(browser, PASTED)).headers["location"]
            csrf = csrf_of(await browser.get(PATH))
            for _ in range(2):
                await browser.post(where, data={"csrf": csrf})
                invite_listed(house.services)
        assert len(invited(house)) == 2
        assert "此前已邀请 2 人" in (await browser.get(where)).text


async def test_a_worker_that_was_cut_off_goes_on_with_the_rest(house: House) -> None:
    with hands_restored():
        async with house.signed_in("recruiter") as browser:
            where = (await upload(browser, PASTED)).headers["location"]
            await browser.post(where, data={"csrf": csrf_of(await browser.get(PATH))})
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("bot.outreach.invitation_list._person", _dies)
                with pytest.raises(KeyboardInterrupt):
                    invite_listed(house.services)
            invite_listed(house.services)  # the lease still holds
            assert len(invited(house)) == 1
            turn_forward(timedelta(minutes=3))
            invite_listed(house.services)
            assert len(invited(house)) == 2


def _dies(*_: object) -> dict[str, str]:
    raise KeyboardInterrupt


async def test_a_workbook_is_read_with_its_own_headings(house: House) -> None:
    book = as_xlsx(("姓名", "邮箱", "岗位", "渠道", "语言"), ("Maya", "maya@example.com", "sales", "内推", "en"))
    async with house.signed_in("recruiter") as browser:
        where = (await upload(browser, file=book)).headers["location"]
        assert "可邀请 1 人" in (await browser.get(where)).text


@pytest.mark.parametrize(
    ("pasted", "file", "sentence"),
    [
        ("", b"", "请粘贴名单"),
        ("", b"%PDF-1.7 \x00\x01", "不是 CSV 或 XLSX"),
        ("", b"PK\x03\x04broken", "请重新导出"),
        ("手机\t岗位\n13800001234\tsales", b"", "缺少：姓名"),
    ],
)
async def test_what_is_no_list_is_explained(house: House, pasted: str, file: bytes, sentence: str) -> None:
    async with house.signed_in("recruiter") as browser:
        answer = await upload(browser, pasted, file)
        assert answer.status_code == 422
        assert sentence in answer.text


async def test_a_list_is_seen_by_who_made_it_for_a_day(house: House) -> None:
    async with house.signed_in("recruiter") as browser, house.signed_in("admin") as other:
        where = (await upload(browser, PASTED)).headers["location"]
        assert (await other.get(where)).status_code == 303
        with hands_restored():
            turn_forward(timedelta(hours=25))
            invite_listed(house.services)
            with house.services.database.reading() as session:
                assert session.exec(select(InvitationList)).all() == []


async def test_only_recruiters_invite_and_nothing_huge_is_read(house: House) -> None:
    async with house.signed_in("hr") as browser:
        assert (await browser.get(PATH)).status_code == 403
    async with house.signed_in("recruiter") as browser:
        assert (await upload(browser, file=b"x" * 2_200_000)).status_code == 413
        assert (await browser.post(PATH, data={"csrf": "0", "pasted": PASTED})).status_code == 403


@pytest.mark.parametrize(
    ("pasted", "first"),
    [
        ("李雷,13800001234,sales,内推", "姓名,手机,岗位,渠道"),
        ("李雷，13800001234，sales，内推", "姓名,手机,岗位,渠道"),
        ("李雷\t13800001234\tsales", "姓名\t手机\t岗位\t渠道"),
        ("name,phone,position\nLi,13800001234,sales", "name,phone,position"),
        ("姓名\t手机 \t岗位*\n李雷\t13800001234\tsales", "姓名\t手机 \t岗位*"),
    ],
)
def test_headings_are_put_where_there_are_none(pasted: str, first: str) -> None:
    assert with_headings(pasted.encode()).decode().splitlines()[0] == first
