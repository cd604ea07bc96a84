from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from sqlmodel import select

from core.tables import User
from tests.bot.console.house import HOST, House, free_port, furnish, furnished, listening
from tests.bot.console.oidc_provider import Provider


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    port = free_port()
    made = Provider(f"http://127.0.0.1:{port}")
    async with listening(made.app(), port):
        yield made


@pytest.fixture
async def company_house(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    settings = {
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": provider.client_id,
        "OIDC_CLIENT_SECRET": provider.secret,
    }
    with furnished(tmp_path, monkeypatch, **settings, SECOND_FACTOR_ROLES="recruiter") as services:
        house = furnish(services)
        with services.database.unit_of_work() as session:
            session.exec(select(User).where(User.name == "recruiter")).one().email = "li@example.com"
        yield house


async def sent_back(house: House, browser: httpx.AsyncClient) -> str:
    """Go to the provider, and return the address that it sends the browser back to."""
    leaving = await browser.get("/console/sign-in/company/start")
    assert leaving.status_code == 303
    async with httpx.AsyncClient() as outside:
        back = (await outside.get(leaving.headers["location"])).headers["location"]
    assert back.startswith(f"{HOST}/console/sign-in/company?")
    return back


async def sign_in(house: House, browser: httpx.AsyncClient) -> str:
    return (await browser.get(await sent_back(house, browser))).headers["location"]


async def test_who_has_an_account_by_a_vouched_for_email_comes_in_and_is_linked(
    company_house: House, provider: Provider
) -> None:
    async with company_house.visitor() as browser:
        assert "用公司账号登录" in (await browser.get("/console/sign-in")).text
        assert await sign_in(company_house, browser) == "/console/home"
        assert (await browser.get("/console")).status_code == 200, "the service asked for its own factors"
    # Over there they are called otherwise now, and somebody else has the e-mail.
    provider.claims = {"sub": "77", "email": "new@example.com", "email_verified": True}
    async with company_house.visitor() as browser:
        assert await sign_in(company_house, browser) == "/console/home"
    provider.claims = {"sub": "78", "email": "li@example.com", "email_verified": True}
    async with company_house.visitor() as browser:
        assert await sign_in(company_house, browser) == "/console/sign-in?company=no_account"


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "77", "email": "stranger@example.com", "email_verified": True},
        {"sub": "77", "email": "li@example.com", "email_verified": False},
        {"sub": "77", "email": "li@example.com"},
        {"sub": "77"},
    ],
)
async def test_who_has_none_is_told_what_to_do(
    company_house: House, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    async with company_house.visitor() as browser:
        target = await sign_in(company_house, browser)
        assert target == "/console/sign-in?company=no_account"
        assert "公司邮箱" in (await browser.get(target)).text
        assert (await browser.get("/console")).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "x"},
        {"aud": "another"},
        {"aud": ["mianshi", "another"]},
        {"aud": ["mianshi", "another"], "azp": "another"},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000_000},
        {"sub": None},
    ],
)
async def test_a_token_for_another_visit_client_issuer_or_time_lets_nobody_in(
    company_house: House, provider: Provider, wrong: dict[str, Any]
) -> None:
    provider.wrong = wrong
    async with company_house.visitor() as browser:
        assert await sign_in(company_house, browser) == "/console/sign-in?company=refused"


async def test_a_token_signed_by_somebody_else_lets_nobody_in(company_house: House, provider: Provider) -> None:
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "1"})
    async with company_house.visitor() as browser:
        assert await sign_in(company_house, browser) == "/console/sign-in?company=refused"


async def test_a_code_of_another_browser_or_state_is_refused(company_house: House) -> None:
    async with company_house.visitor() as mine, company_house.visitor() as theirs:
        back = await sent_back(company_house, theirs)
        for browser, address in ((mine, back), (theirs, f"{back}x")):
            answer = await browser.get(address)
            assert answer.headers["location"] == "/console/sign-in?company=refused"


async def test_a_closed_account_stays_closed(company_house: House) -> None:
    from core.clock import now

    with company_house.services.database.unit_of_work() as session:
        session.exec(select(User).where(User.name == "recruiter")).one().disabled_at = now()
    async with company_house.visitor() as browser:
        assert await sign_in(company_house, browser) == "/console/sign-in?company=no_account"


async def test_with_the_service_away_the_page_says_so(company_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company_house.services.settings.sign_in, "oidc_issuer", "http://127.0.0.1:9")
    async with company_house.visitor() as browser:
        answer = await browser.get("/console/sign-in/company/start", follow_redirects=True)
    assert "暂时连不上" in answer.text
