from __future__ import annotations

import re

from tests.bot.console.house import House, csrf_of
from tests.bot.console.test_review_pages import set_review, text_of
from tests.builders import ANSWERS, Said, invited_interview, scored_interview

WEAK = {**ANSWERS["zh"], "resilience_s1": Said("被拒绝就算了。", ("被拒绝就算了。",), 1.4)}


async def test_two_are_set_side_by_side_with_a_quote_each_and_without_pay(house: House) -> None:
    low = scored_interview(house.services, name="周启明", answers=WEAK)
    high = scored_interview(house.services, "en", name="Maya Lindqvist")
    async with house.signed_in("recruiter") as browser:
        queue = await browser.get("/console/review")
        ticked = re.findall(r'name="ticked" value="([\w:]+)"', queue.text)
        sent = await browser.post("/console/review/compare", data={"csrf": csrf_of(queue), "ticked": ticked})
        assert "csrf" not in sent.headers["location"]
        page = await browser.get(sent.headers["location"])
    seen = text_of(page)
    assert seen.index("Maya Lindqvist") < seen.index("周启明")
    assert {low, high} <= set(re.findall(r"/console/review/(\w{26})", page.text))
    for words in ("被拒绝就算了。", "Every evening I wrote down why people had said no", "86.1", "客户沟通"):
        assert words in seen
    assert not re.search("千元|薪资|10-13", seen)


async def test_what_cannot_be_compared_is_said(house: House) -> None:
    ones = [scored_interview(house.services) for _ in range(6)]
    invited = invited_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        for of, sentence in (
            (ones[:1], "2 到 5 位"),
            (ones, "2 到 5 位"),
            ([ones[0], ones[0]], "2 到 5 位"),
            ([ones[0], invited], "没有报告"),
            ([ones[0], "nothing"], "没有报告"),
        ):
            page = await browser.get(f"/console/review/compare?of={','.join(of)}")
            assert page.status_code == 422
            assert sentence in page.text
        set_review(house, blind_review=True)
        assert "还没有独立评级" in (await browser.get(f"/console/review/compare?of={','.join(ones[:2])}")).text
