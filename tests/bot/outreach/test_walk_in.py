from __future__ import annotations

import io
import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from pypdf import PdfReader
from sqlmodel import select

from bot.console.poster_pdf import render_poster
from bot.gateway import chat_page, walk_in_page
from bot.gateway.error_responses import install_error_responses
from bot.gateway.rate_limit import RateLimit
from bot.outreach.walk_in import forget_walk_ins, join_url, waiting_for_a_code
from bot.services import Services
from core.clock import turn_forward
from core.content import Language
from core.tables import Candidate, Interview, WalkIn
from hr_bridge.position import load_positions
from tests.bot.console.house import HOST, furnish
from tests.bot.outreach.letter_box import change_position, send
from tests.bot.outreach.mail_server import MailServer


@pytest.fixture(autouse=True)
def _fresh_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_in_page, "registering_rate", RateLimit(burst=20, per_second=0.01))
    monkeypatch.setattr(walk_in_page, "trying_rate", RateLimit(burst=30, per_second=0.01))


def browser(services: Services, language: str = "zh-CN") -> httpx.AsyncClient:
    app = FastAPI()
    app.state.services = services
    for router in (chat_page.router, walk_in_page.router):
        app.include_router(router)
    install_error_responses(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST, headers={"Accept-Language": language})


def candidates(services: Services) -> list[tuple[str, str | None]]:
    with services.database.reading() as session:
        found = []
        for interview in session.exec(select(Interview)):
            candidate = session.get_one(Candidate, interview.candidate_id)
            key = services.keys.unwrap(candidate.wrapped_key)
            found.append((key.open(candidate.name_sealed), interview.origin))
        return found


async def register(
    visitor: httpx.AsyncClient, url: str, contact: str, name: str = "王芳"
) -> tuple[httpx.Response, str]:
    answer = await visitor.post(url, data={"name": name, "contact": contact})
    found = re.search(r'name="id" value="(\w+)"', answer.text)
    return answer, found[1] if found else ""


async def test_who_scans_the_code_and_confirms_an_address_lands_in_the_interview(
    house_with_mail: Services, mail: MailServer
) -> None:
    url = join_url(house_with_mail, "sales")
    async with browser(house_with_mail) as visitor:
        assert "销售代表" in (await visitor.get(url)).text
        answer, walk_in_id = await register(visitor, url, "fang@example.com")
        assert "验证码已发送到 f***@example.com" in answer.text
        assert candidates(house_with_mail) == []
        digits = re.search(r"\d{6}", str(mail.mails[0]["Subject"]))
        assert digits is not None
        wrong = await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": "abc", "sent_to": "f***"})
        assert (wrong.status_code, "验证码不对" in wrong.text) == (403, True)
        right = await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": digits[0]})
        assert right.status_code == 303
        assert re.fullmatch(rf"{HOST}/i/[\w-]{{32}}", right.headers["location"])
        assert "面试须知" in (await visitor.get(right.headers["location"])).text
        again = await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": digits[0]})
        assert "验证码已失效" in again.text
    assert candidates(house_with_mail) == [("王芳", "扫码")]


async def test_without_a_road_the_recruiter_reads_the_code_out(house_with_mail: Services) -> None:
    house_with_mail.settings.mail.host = None
    url = join_url(house_with_mail, "sales")
    async with browser(house_with_mail) as visitor:
        answer, walk_in_id = await register(visitor, url, "13800001234")
        assert "请向现场工作人员索要验证码" in answer.text
        ((position, name, contact, digits),) = waiting_for_a_code(house_with_mail)
        assert (position, name, contact) == ("sales", "王芳", "+8613800001234")
        house = furnish(house_with_mail)
        async with house.signed_in("recruiter") as recruiter:
            page = (await recruiter.get("/console/walk-ins")).text
            assert f"<strong>{digits}</strong>" in page
            assert "13800001234" not in page
        async with house.signed_in("hr") as clerk:
            assert (await clerk.get("/console/walk-ins")).status_code == 403
        assert (await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": digits})).status_code == 303
    assert waiting_for_a_code(house_with_mail) == []
    with house_with_mail.database.reading() as session:
        row = session.exec(select(WalkIn)).one()
        assert "王芳" not in row.name_sealed
        assert digits not in f"{row.code_hash}{row.code_sealed}"


async def test_who_is_invited_already_goes_on_with_that_interview(house_with_mail: Services) -> None:
    house_with_mail.settings.mail.host = None
    send(house_with_mail)
    url = join_url(house_with_mail, "sales")
    async with browser(house_with_mail) as visitor:
        _, walk_in_id = await register(visitor, url, "138 0000 1234")
        digits = waiting_for_a_code(house_with_mail)[0][3]
        right = await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": digits})
        assert right.status_code == 303
        with house_with_mail.database.unit_of_work() as session:
            session.exec(select(Interview)).one().finished_at = session.exec(select(Interview)).one().invited_at
        _, walk_in_id = await register(visitor, url, "13800001234")
        digits = waiting_for_a_code(house_with_mail)[0][3]
        done = await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": digits})
        assert (done.status_code, "您已经完成过" in done.text) == (409, True)
    assert len(candidates(house_with_mail)) == 1


@pytest.mark.parametrize(
    ("name", "contact", "sentence"),
    [
        ("", "13800001234", "请填写姓名"),
        ("王芳", "12345", "正确的手机号或邮箱"),
        ("王芳", "fang@", "正确的手机号或邮箱"),
        ("王" * 81, "13800001234", "请填写姓名"),
    ],
)
async def test_what_cannot_be_is_said_on_the_page(
    house_with_mail: Services, name: str, contact: str, sentence: str
) -> None:
    async with browser(house_with_mail) as visitor:
        answer, _ = await register(visitor, join_url(house_with_mail, "sales"), contact, name)
    assert (answer.status_code, sentence in answer.text) == (422, True)


async def test_nobody_is_sent_codes_without_end(house_with_mail: Services, mail: MailServer) -> None:
    url = join_url(house_with_mail, "sales")
    async with browser(house_with_mail) as visitor:
        statuses = [(await register(visitor, url, "fang@example.com"))[0].status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert len(mail.mails) == 3
        many = [(await register(visitor, url, f"f{n}@example.com"))[0].status_code for n in range(17)]
        assert many[-1] == 429


async def test_a_code_is_guessed_at_five_times_and_lasts_ten_minutes(house_with_mail: Services) -> None:
    house_with_mail.settings.mail.host = None
    url = join_url(house_with_mail, "sales")
    async with browser(house_with_mail) as visitor:
        _, walk_in_id = await register(visitor, url, "13800001234")
        digits = waiting_for_a_code(house_with_mail)[0][3]
        for _ in range(5):
            await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": "x"})
        used_up = await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": digits})
        assert "验证码已失效" in used_up.text
        _, walk_in_id = await register(visitor, url, "13800001234")
        digits = waiting_for_a_code(house_with_mail)[0][3]
        turn_forward(timedelta(minutes=11))
        late = await visitor.post(f"{url}/code", data={"id": walk_in_id, "code": digits})
        assert "验证码已失效" in late.text


async def test_who_registered_is_forgotten_after_a_day_though_nobody_comes_after_them(
    house_with_mail: Services, mail: MailServer
) -> None:
    url = join_url(house_with_mail, "sales")
    async with browser(house_with_mail) as visitor:
        await register(visitor, url, "wang@example.com")
    for hours, left in ((23, 1), (2, 0)):
        turn_forward(timedelta(hours=hours))
        forget_walk_ins(house_with_mail)
        with house_with_mail.database.reading() as session:
            assert len(session.exec(select(WalkIn)).all()) == left


@pytest.mark.parametrize("address", ["wang..fang@example.com", "王芳@example.com"])
async def test_an_address_that_no_code_can_be_sent_to_is_said_to_be_none(
    house_with_mail: Services, address: str
) -> None:
    async with browser(house_with_mail) as visitor:
        answer, _ = await register(visitor, join_url(house_with_mail, "sales"), address)
    assert answer.status_code == 422


async def test_a_made_up_code_and_a_closed_position_lead_nowhere(house_with_mail: Services) -> None:
    url = join_url(house_with_mail, "sales")
    async with browser(house_with_mail, "en-GB") as visitor:
        assert (await visitor.get(f"{HOST}/join/software_engineer.{url.rpartition('.')[2]}")).status_code == 404
        assert "Send me a code" in (await visitor.get(url)).text
        change_position(house_with_mail, closed=True)
        closed = await visitor.get(url)
        assert (closed.status_code, "no longer open" in closed.text) == (410, True)
        answer, _ = await register(visitor, url, "fang@example.com")
        assert answer.status_code == 410


@pytest.mark.parametrize(("language", "position"), [("zh", "sales"), ("en", "production_supervisor")])
def test_a_poster_is_one_page_with_the_advertised_pay(language: Language, position: str) -> None:
    profile = next(one for one in load_positions() if one.key == position)
    reader = PdfReader(io.BytesIO(render_poster(profile, f"{HOST}/join/x.y", "启明科技", language)))
    text = "".join(reader.pages[0].extract_text().split())
    assert len(reader.pages) == 1
    assert "".join(profile.title.text(language).split()) in text
    low = profile.advertised_range.low * 1000
    assert (f"{low:.0f}至" if language == "zh" else f"{low:,.0f}to") in text
    assert ("本次由AI提问并初评" if language == "zh" else "AnAIasks") in text
