from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from core.tables import Candidate, Delivery, Interview
from hr_bridge.connectors.records.shapes import CheckBody
from tests.bot.console.house import House, csrf_of, deliver_all, house_with_records
from tests.builders import scored_interview

PARKED = {"state": "parked", "attempts": 6, "next_attempt_at": None, "problem": "The HR records answered 422: no."}


async def test_a_delivered_result_is_shown_as_the_records_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house_with_records(tmp_path, monkeypatch) as (house, client):
        interview_id = scored_interview(house.services, name="林晓芸")
        await deliver_all(house.services, client)
        with house.services.database.reading() as session:
            candidate_id = session.get_one(Interview, interview_id).candidate_id
        check = CheckBody(kind="background_check", title="学历核验", outcome="学历属实")
        await client.put_check(candidate_id, "check-1", check)
        async with house.signed_in("hr") as browser:
            listed = await browser.get("/hr")
            file = await browser.get(f"/hr/candidates/{candidate_id}")
    assert "林晓芸" in listed.text
    assert "尝试 1 次" in listed.text
    for words in (
        "86.1",
        "中级",
        "10–13",
        "学历属实",
        "年底做到了二百零六万。",
        "没有笔试记录",
        "138****1234",
        '<td data-label="送往">人事档案</td>',
        "已送达",
    ):
        assert words in file.text
    assert "13800001234" not in listed.text + file.text


async def test_with_the_service_down_the_page_says_so_and_shows_our_own_deliveries(house: House) -> None:
    interview_id = scored_interview(house.services, name="林晓芸", delivery={"attempts": 3})
    with house.services.database.reading() as session:
        candidate_id = session.get_one(Interview, interview_id).candidate_id
    async with house.signed_in("hr") as browser:
        for path in ("/hr", f"/hr/candidates/{candidate_id}"):
            page = await browser.get(path)
            assert page.status_code == 200, path
            assert "人事档案服务暂时连不上" in page.text
            assert "等待送达" in page.text
            assert "尝试 3 次" in page.text
            assert "林晓芸" in page.text


async def test_a_parked_delivery_is_tried_again_on_request(house: House) -> None:
    scored_interview(house.services, delivery=PARKED)
    with house.services.database.reading() as session:
        delivery_id = session.exec(select(Delivery)).one().id
    async with house.signed_in("hr") as browser:
        page = await browser.get("/hr")
        assert "需人工处理" in page.text
        assert "The HR records answered 422" in page.text
        answer = await browser.post(f"/hr/deliveries/{delivery_id}/retry", data={"csrf": csrf_of(page)})
        assert answer.status_code == 303
        unknown = await browser.post("/hr/deliveries/nothing/retry", data={"csrf": csrf_of(page)})
        assert unknown.status_code == 404
    with house.services.database.reading() as session:
        row = session.exec(select(Delivery)).one()
        assert (row.state, row.next_attempt_at is None) == ("unknown", False)


async def test_deliveries_of_an_erased_candidate_carry_no_name(house: House) -> None:
    scored_interview(house.services, name="林晓芸", delivery=PARKED)
    with house.services.database.unit_of_work() as session:
        session.exec(select(Candidate)).one().wrapped_key = None
    async with house.signed_in("hr") as browser:
        page = await browser.get("/hr")
    assert "已删除资料的候选人" in page.text
    assert "林晓芸" not in page.text


async def test_what_a_webhooks_receiver_has_lost_is_sent_again_on_request_and_a_records_result_is_not(
    house: House,
) -> None:
    sent = {"state": "sent", "attempts": 3, "next_attempt_at": None, "remote_id": "r"}
    with_records = scored_interview(house.services, name="林晓芸", delivery=sent)
    with_webhook = scored_interview(house.services, name="陈思远", delivery=sent | {"connector": "webhook"})
    with house.services.database.reading() as session:
        quiet, lost = (session.get_one(Interview, one).candidate_id for one in (with_records, with_webhook))
        delivery = session.exec(select(Delivery).where(Delivery.interview_id == with_webhook)).one().id
    async with house.signed_in("hr") as browser:
        assert "再次发送" not in (await browser.get(f"/hr/candidates/{quiet}")).text
        page = await browser.get(f"/hr/candidates/{lost}")
        assert "再次发送" in page.text
        answer = await browser.post(f"/hr/deliveries/{delivery}/retry", data={"csrf": csrf_of(page)})
        assert answer.status_code == 303
    with house.services.database.reading() as session:
        row = session.get_one(Delivery, delivery)
        assert (row.state, row.attempts, row.remote_id) == ("pending", 0, None)
