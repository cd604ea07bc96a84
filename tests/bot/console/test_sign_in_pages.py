from __future__ import annotations

import pytest

from bot.console.access import SESSION_COOKIE
from tests.bot.console.house import House, csrf_of


async def test_a_wrong_password_is_told_without_saying_what_was_wrong(house: House) -> None:
    async with house.visitor() as browser:
        csrf = csrf_of(await browser.get("/console/sign-in"))
        wrong = await browser.post("/console/sign-in", data={"csrf": csrf, "name": "admin", "password": "x"})
        unknown = await browser.post("/console/sign-in", data={"csrf": csrf, "name": "nobody", "password": "x"})
    assert wrong.status_code == unknown.status_code == 401
    assert "账号或密码不正确" in wrong.text
    assert wrong.text.replace("admin", "nobody") == unknown.text
    assert SESSION_COOKIE not in browser.cookies


async def test_after_five_failures_the_page_asks_for_patience(house: House) -> None:
    async with house.visitor() as browser:
        csrf = csrf_of(await browser.get("/console/sign-in?language=en"))
        form = {"csrf": csrf, "name": "admin", "password": "x"}
        for _ in range(5):
            await browser.post("/console/sign-in?language=en", data=form)
        answer = await browser.post("/console/sign-in?language=en", data=form | {"password": house.passwords["admin"]})
    assert answer.status_code == 429
    assert "15 minutes" in answer.text


async def test_a_sign_in_form_made_elsewhere_is_refused(house: House) -> None:
    async with house.visitor() as other, house.visitor() as browser:
        foreign = csrf_of(await other.get("/console/sign-in"))
        await browser.get("/console/sign-in")
        form = {"csrf": foreign, "name": "admin", "password": house.passwords["admin"]}
        assert (await browser.post("/console/sign-in", data=form)).status_code == 403


@pytest.mark.parametrize(("role", "home"), [("admin", "/console"), ("recruiter", "/console"), ("hr", "/hr")])
async def test_everybody_lands_where_their_work_is(house: House, role: str, home: str) -> None:
    async with house.signed_in(role) as browser:
        assert (await browser.get("/console/home")).headers["location"] == home


@pytest.mark.parametrize(
    ("wanted", "lands"),
    [
        ("/console/invite", "/console/invite"),
        ("//evil.example", "/console/home"),
        ("https://evil.example/console", "/console/home"),
        ("/\\evil.example", "/console/home"),
        ("/console\\@evil.example", "/console/home"),
        ("javascript:alert(1)", "/console/home"),
    ],
)
async def test_nobody_is_sent_to_another_site_after_signing_in(house: House, wanted: str, lands: str) -> None:
    async with house.visitor() as browser:
        csrf = csrf_of(await browser.get("/console/sign-in"))
        form = {"csrf": csrf, "name": "admin", "password": house.passwords["admin"], "next": wanted}
        assert (await browser.post("/console/sign-in", data=form)).headers["location"] == lands


async def test_signing_out_ends_the_session_on_the_server_too(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        kept = browser.cookies[SESSION_COOKIE]
        csrf = csrf_of(await browser.get("/console/password"))
        await browser.post("/console/sign-out", data={"csrf": csrf})
        browser.cookies.set(SESSION_COOKIE, kept)
        assert (await browser.get("/console")).status_code == 303


async def test_the_language_is_the_persons_own_and_stays(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        page = await browser.get("/console")
        assert '<html lang="zh-CN">' in page.text
        form = {"csrf": csrf_of(page), "language": "en", "next": "/console"}
        assert (await browser.post("/console/language", data=form)).headers["location"] == "/console"
        assert '<html lang="en">' in (await browser.get("/console")).text


async def test_before_signing_in_the_browser_decides_the_language(house: House) -> None:
    async with house.visitor(**{"Accept-Language": "fr, en-GB;q=0.8, zh;q=0.5"}) as browser:
        assert "Sign in" in (await browser.get("/console/sign-in")).text
        assert "登录招聘后台" in (await browser.get("/console/sign-in?language=zh")).text


async def test_a_person_can_change_their_own_password(house: House) -> None:
    async with house.signed_in("hr") as browser:
        csrf = csrf_of(await browser.get("/console/password"))
        form = {"csrf": csrf, "old": house.passwords["hr"], "new": "a much better password"}
        wrong = await browser.post("/console/password", data=form | {"old": "x"})
        assert (wrong.status_code, "当前密码不正确" in wrong.text) == (422, True)
        assert (await browser.post("/console/password", data=form)).status_code == 303
        assert (await browser.get("/hr")).status_code == 303
    house.passwords["hr"] = "a much better password"
    async with house.signed_in("hr") as browser:
        assert (await browser.get("/hr")).status_code == 200
