from __future__ import annotations

import re

from sqlmodel import select

from core.tables import ApiToken, User
from tests.bot.console.house import House, csrf_of


def shown_once(html: str) -> str:
    found = re.search(r'id="secret" value="([^"]+)"', html)
    assert found
    return found[1]


async def test_an_admin_makes_an_account_whose_password_is_shown_once(house: House) -> None:
    async with house.signed_in("admin") as browser:
        csrf = csrf_of(await browser.get("/console/accounts"))
        made = await browser.post(
            "/console/accounts/people", data={"csrf": csrf, "name": "韩梅梅", "role": "recruiter"}
        )
        house.passwords["韩梅梅"] = shown_once(made.text)
        assert house.passwords["韩梅梅"] not in (await browser.get("/console/accounts")).text
        again = await browser.post("/console/accounts/people", data={"csrf": csrf, "name": "韩梅梅", "role": "hr"})
        assert (again.status_code, "已被使用" in again.text) == (422, True)
    async with house.signed_in("韩梅梅") as browser:
        assert (await browser.get("/console")).status_code == 200


async def test_a_closed_account_is_signed_out_at_once(house: House) -> None:
    with house.services.database.reading() as session:
        recruiter = session.exec(select(User).where(User.name == "recruiter")).one().id
    async with house.signed_in("admin") as admin, house.signed_in("recruiter") as browser:
        csrf = csrf_of(await admin.get("/console/accounts"))
        await admin.post(f"/console/accounts/people/{recruiter}", data={"csrf": csrf, "do": "close"})
        assert (await browser.get("/console")).status_code == 303


async def test_a_token_made_here_works_until_it_is_revoked(house: House) -> None:
    async with house.signed_in("admin") as admin:
        csrf = csrf_of(await admin.get("/console/accounts"))
        made = await admin.post("/console/accounts/tokens", data={"csrf": csrf, "name": "ATS", "role": "recruiter"})
        house.tokens["ats"] = shown_once(made.text)
        async with house.visitor("ats") as program:
            assert (await program.get("/api/interviews")).status_code == 200
            with house.services.database.reading() as session:
                token = session.exec(select(ApiToken).where(ApiToken.name == "ATS")).one().id
            await admin.post(f"/console/accounts/tokens/{token}", data={"csrf": csrf})
            assert (await program.get("/api/interviews")).status_code == 401


async def test_a_token_may_be_for_a_system_that_orders_and_an_account_may_not(house: House) -> None:
    async with house.signed_in("admin") as admin:
        csrf = csrf_of(await admin.get("/console/accounts"))
        made = await admin.post("/console/accounts/tokens", data={"csrf": csrf, "name": "ATS", "role": "provider"})
        house.tokens["ats"] = shown_once(made.text)
        person = await admin.post("/console/accounts/people", data={"csrf": csrf, "name": "ATS", "role": "provider"})
    assert person.status_code == 403
    async with house.visitor("ats") as program:
        assert (await program.get("/api/provider/v1/packages")).status_code == 200
        assert (await program.get("/api/positions")).status_code == 403
