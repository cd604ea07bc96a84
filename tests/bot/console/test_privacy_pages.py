from __future__ import annotations

from tests.bot.console.house import House, csrf_of


async def test_a_hold_on_a_position_is_shown_by_its_title(house: House) -> None:
    async with house.signed_in("admin") as browser:
        csrf = csrf_of(await browser.get("/console/privacy"))
        form = {"csrf": csrf, "subject": "sales", "reason": "劳动仲裁需要留存"}
        assert (await browser.post("/console/privacy/holds", data=form)).status_code == 303
        page = (await browser.get("/console/privacy")).text
    assert "“销售代表”岗位的全部候选人" in page
    assert ">sales<" not in page
