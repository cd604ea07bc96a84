from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.console.interview_list import ListFilter, list_interviews
from bot.console.texts import all_texts
from bot.outreach.letters import KINDS, PROBLEMS
from bot.outreach.reminder import plan_what_follows
from core.clock import hands_restored, turn_forward
from core.tables import Device, Letter
from tests.bot.console.house import House, csrf_of, furnish, furnished
from tests.bot.outreach.letter_box import only, send
from tests.builders import BUILDER


@pytest.fixture
async def writing_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house whose mail server nobody has started."""
    settings = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "9", "SMTP_FROM": "jobs@example.com"}
    with furnished(tmp_path, monkeypatch, **settings) as services, hands_restored():
        yield furnish(services)


def change(house: House, letter_id: str, **fields: object) -> None:
    with house.services.database.unit_of_work() as session:
        letter = session.get_one(Letter, letter_id)
        for name, value in fields.items():
            setattr(letter, name, value)


def test_every_kind_and_problem_of_a_letter_has_its_words() -> None:
    wanted = {f"letters.kind_{kind}" for kind in KINDS} | {f"letters.problem_{problem}" for problem in PROBLEMS}
    assert wanted <= set(all_texts())


async def test_the_page_shows_what_was_and_what_will_be_sent(writing_house: House) -> None:
    made = send(writing_house.services)
    async with writing_house.signed_in("recruiter") as browser:
        page = (await browser.get(f"/console/interviews/{made.id}")).text
        assert page.count("将于以下时间发送：") == 3
        assert "提前一天提醒" in page

        change(
            writing_house,
            only(writing_house.services, made.id, "invitation").id,
            state="parked",
            problem="bounced",
            problem_code=550,
        )
        page = (await browser.get(f"/console/interviews/{made.id}")).text
        assert "被退回：地址或号码不存在" in page
        assert "(550)" in page
        assert "通知未送达" in (await browser.get("/console")).text


async def test_a_letter_that_bounced_is_sent_again_on_request(writing_house: House) -> None:
    made = send(writing_house.services)
    letter = only(writing_house.services, made.id, "invitation")
    change(writing_house, letter.id, state="parked", problem="bounced")
    async with writing_house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/interviews/{made.id}")
        path = f"/console/interviews/{made.id}/letters/{letter.id}"
        assert path in page.text
        assert (await browser.post(path, data={"csrf": csrf_of(page)})).status_code == 303
        other = f"/console/interviews/{send(writing_house.services).id}/letters/{letter.id}"
        assert (await browser.post(other, data={"csrf": csrf_of(page)})).status_code == 404
        assert (await browser.post(path, data={"csrf": "0"})).status_code == 403
    assert only(writing_house.services, made.id, "invitation").state == "pending"


async def test_a_slot_is_set_moved_and_taken_back_on_the_page(writing_house: House) -> None:
    made = send(writing_house.services)
    path = f"/console/interviews/{made.id}"
    async with writing_house.signed_in("recruiter") as browser:
        csrf = csrf_of(await browser.get(path))
        wrong = await browser.post(f"{path}/slot", data={"csrf": csrf, "do": "book", "slot": "2001-01-01T10:00"})
        assert "约定时间要在现在之后" in (await browser.get(wrong.headers["location"])).text
        slot = f"{only(writing_house.services, made.id, 'invitation').planned_at + timedelta(days=2):%Y-%m-%dT10:00}"
        await browser.post(f"{path}/slot", data={"csrf": csrf, "do": "book", "slot": slot})
        page = (await browser.get(path)).text
        assert f'value="{slot}"' in page
        assert "Asia/Shanghai" in page
        await browser.post(f"{path}/slot", data={"csrf": csrf, "do": "drop"})
        assert f'value="{slot}"' not in (await browser.get(path)).text


async def test_the_list_says_who_opened_the_link_and_who_did_not_come(writing_house: House) -> None:
    opened, silent = send(writing_house.services), send(writing_house.services, email="han@example.com")
    with writing_house.services.database.unit_of_work() as session:
        planned = only(writing_house.services, opened.id, "invitation").planned_at
        session.add(Device(interview_id=opened.id, secret_hash="x", created_at=planned))
    rows = {row.id: row for row in list_interviews(writing_house.services, ListFilter(), BUILDER).rows}
    assert (rows[opened.id].opened, rows[silent.id].opened) == (True, False)
    async with writing_house.signed_in("recruiter") as browser:
        assert "已打开链接" in (await browser.get("/console")).text

    turn_forward(timedelta(days=7, hours=1))
    plan_what_follows(writing_house.services)
    assert not any(row.no_show for row in list_interviews(writing_house.services, ListFilter(), BUILDER).rows)
    turn_forward(timedelta(days=3))
    assert all(row.no_show for row in list_interviews(writing_house.services, ListFilter(), BUILDER).rows)


async def test_without_a_road_the_page_says_to_copy_the_link(house: House) -> None:
    made = send(house.services)
    async with house.signed_in("recruiter") as browser:
        assert "还没有配置邮件或短信" in (await browser.get(f"/console/interviews/{made.id}")).text
