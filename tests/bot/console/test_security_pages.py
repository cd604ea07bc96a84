from __future__ import annotations

import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pyotp
import pytest
from sqlmodel import select

from bot.accounts import TooManyTries
from bot.console.access import SESSION_COOKIE
from bot.second_factor import CodeRefused, check_code
from core.clock import hands_restored, now, turn_forward
from core.tables import AuditEntry, RecoveryCode, SecondFactor, User
from tests.bot.console.house import House, csrf_of, furnish, furnished

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


@pytest.fixture
async def strict_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Admins and auditors need a second factor."""
    with furnished(tmp_path, monkeypatch, SECOND_FACTOR_ROLES="admin, auditor") as services:
        yield furnish(services)


def code_of(secret: str, steps_later: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(now().timestamp()) + 30 * steps_later)


async def enrol(browser: httpx.AsyncClient) -> tuple[str, list[str]]:
    """Set a second factor up as a person does; the secret and the recovery codes."""
    page = await browser.get("/console/second-factor")
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert shown is not None
    assert "data:image/svg+xml;base64," in page.text
    secret = shown[1].replace(" ", "")
    answer = await browser.post("/console/second-factor", data={"csrf": csrf_of(page), "code": code_of(secret)})
    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", answer.text)
    assert len(set(codes)) == 10, answer.text
    return secret, codes


async def with_password(house: House, role: str) -> httpx.AsyncClient:
    browser = house.visitor()
    form = {"csrf": csrf_of(await browser.get("/console/sign-in")), "name": role, "password": house.passwords[role]}
    assert (await browser.post("/console/sign-in", data=form)).status_code == 303
    return browser


async def give(browser: httpx.AsyncClient, code: str) -> httpx.Response:
    page = await browser.get("/console/sign-in/code")
    return await browser.post("/console/sign-in/code", data={"csrf": csrf_of(page), "code": code})


async def test_with_a_second_factor_a_password_alone_opens_nothing(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        secret, recovery = await enrol(browser)
        assert (await browser.get("/console")).status_code == 200
    with hands_restored():
        turn_forward(timedelta(seconds=30))
        late = await with_password(house, "recruiter")
        for path in ("/console", "/console/security", "/console/second-factor", "/console/home"):
            answer = await late.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in/code"), path
        assert (await give(late, "000000")).status_code == 422
        assert (await give(late, code_of(secret))).status_code == 303
        assert (await late.get("/console")).status_code == 200
        other = await with_password(house, "recruiter")
        again = await give(other, code_of(secret))
        assert again.status_code == 422, "the same code twice"
        assert "已用过" in again.text
        third = await with_password(house, "recruiter")
        assert (await give(third, recovery[1])).status_code == 303
        fourth = await with_password(house, "recruiter")
        assert (await give(fourth, recovery[1])).status_code == 422


async def test_guessing_codes_is_stopped_for_a_quarter_of_an_hour(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        secret, _ = await enrol(browser)
    with hands_restored():
        turn_forward(timedelta(seconds=60))
        late = await with_password(house, "recruiter")
        assert [(await give(late, f"{number:06}")).status_code for number in range(5)] == [422] * 5
        assert (await give(late, code_of(secret))).status_code == 429
        turn_forward(timedelta(minutes=16))
        assert (await give(late, code_of(secret))).status_code == 303


async def test_guesses_made_at_once_are_no_more_than_guesses_made_in_turn(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        await enrol(browser)
    with house.services.database.reading() as session:
        user = session.exec(select(User).where(User.name == "recruiter")).one()

    def guess(number: int) -> type[Exception] | None:
        try:
            check_code(house.services.database, house.services.keys, user.id, f"{number:06}")
        except (CodeRefused, TooManyTries) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(8)))
    assert (outcomes.count(CodeRefused), outcomes.count(TooManyTries)) == (5, 3)


async def test_a_role_that_needs_it_sets_it_up_before_anything_else(strict_house: House) -> None:
    browser = await with_password(strict_house, "auditor")
    for path in ("/console/home", "/console/review/figures", "/console/security"):
        assert (await browser.get(path)).headers["location"] == "/console/second-factor"
    page = await browser.get("/console/second-factor?language=en")
    assert "Your role needs two-step sign-in" in page.text
    await enrol(browser)
    assert (await browser.get("/console/review/figures")).status_code == 200
    recruiter = await with_password(strict_house, "recruiter")
    assert (await recruiter.get("/console")).status_code == 200


async def test_the_secret_is_sealed_and_codes_are_hashes(house: House, tmp_path: Path) -> None:
    async with house.signed_in("recruiter") as browser:
        secret, codes = await enrol(browser)
    with house.services.database.reading() as session:
        factor = session.exec(select(SecondFactor)).one()
        assert secret not in factor.model_dump_json(exclude={"wrapped_key"})
        kept = {each.code_hash for each in session.exec(select(RecoveryCode))}
    assert len(kept) == 10
    held = b"".join(file.read_bytes() for file in tmp_path.glob("mianshi.sqlite*"))
    assert secret.encode() not in held
    assert not any(code.encode() in held for code in codes)


async def test_turning_it_off_takes_a_code(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        _, recovery = await enrol(browser)
        csrf = csrf_of(await browser.get("/console/security"))
        refused = await browser.post("/console/second-factor/remove", data={"csrf": csrf, "code": "123456"})
        assert refused.status_code == 422
        assert (
            await browser.post("/console/second-factor/remove", data={"csrf": csrf, "code": recovery[0]})
        ).status_code == 303
    async with house.signed_in("recruiter") as browser:
        assert "未开启" in (await browser.get("/console/security")).text


async def test_a_person_sees_their_devices_and_signs_one_out(house: House) -> None:
    async with house.signed_in("hr") as stranger, house.signed_in("recruiter") as here:
        phone = house.visitor(**{"User-Agent": IPHONE})
        form = {
            "csrf": csrf_of(await phone.get("/console/sign-in")),
            "name": "recruiter",
            "password": house.passwords["recruiter"],
        }
        await phone.post("/console/sign-in", data=form)
        page = await here.get("/console/security")
        assert "Safari · iPhone" in page.text
        assert here.cookies[SESSION_COOKIE] not in page.text
        row = re.search(r'Safari · iPhone.*?action="(/console/security/sessions/\w+)"', page.text, re.DOTALL)
        assert row is not None
        await stranger.post(row[1], data={"csrf": csrf_of(await stranger.get("/console/security"))})
        assert (await phone.get("/console")).status_code == 200, "another person's session is not theirs to end"
        await here.post(row[1], data={"csrf": csrf_of(page)})
        assert (await phone.get("/console")).status_code == 303
        assert (await here.get("/console")).status_code == 200


async def test_setting_it_up_ends_the_other_sessions(house: House) -> None:
    async with house.signed_in("recruiter") as elsewhere, house.signed_in("recruiter") as browser:
        await enrol(browser)
        assert (await elsewhere.get("/console")).status_code == 303
    with house.services.database.reading() as session:
        user = session.exec(select(User).where(User.name == "recruiter")).one()
        noted = [each.action for each in session.exec(select(AuditEntry).where(AuditEntry.actor == f"user:{user.id}"))]
    assert "second_factor_on" in noted
