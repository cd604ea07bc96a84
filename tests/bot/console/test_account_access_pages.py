from __future__ import annotations

from sqlmodel import select

from bot.access_grants import access_of
from core.tables import AuditEntry, User
from tests.bot.console.house import House, csrf_of
from tests.builders import scored_interview


def id_of(house: House, name: str) -> str:
    with house.services.database.reading() as session:
        return session.exec(select(User.id).where(User.name == name)).one()


async def test_an_admin_limits_an_account_and_it_counts_from_the_next_click(house: House) -> None:
    interview_id, user_id = scored_interview(house.services), id_of(house, "recruiter")
    path = f"/console/accounts/people/{user_id}"
    async with house.signed_in("recruiter") as recruiter, house.signed_in("admin") as admin:
        assert (await recruiter.get(f"/console/interviews/{interview_id}")).status_code == 200
        page = await admin.get(path)
        form = {"csrf": csrf_of(page), "role": "recruiter", "limited": "yes", "seen_position": "software_engineer"}
        assert (await admin.post(f"{path}/access", data=form)).status_code == 303
        assert (await recruiter.get(f"/console/interviews/{interview_id}")).status_code == 404
        assert "限岗位" in (await admin.get("/console/accounts")).text
        await admin.post(f"{path}/access", data=form | {"role": "manager", "seen_position": "sales"})
        assert (await recruiter.get(f"/console/interviews/{interview_id}")).status_code == 200
        assert (await recruiter.get("/console/invite")).status_code == 403
        wrong = await admin.post(f"{path}/access", data=form | {"seen_position": "no_such"})
        assert wrong.status_code == 422
    with house.services.database.reading() as session:
        assert access_of(session, f"user:{user_id}").positions == {"sales"}
        changed = session.exec(select(AuditEntry).where(AuditEntry.subject == f"user:{user_id}")).all()
    assert [each.action for each in changed if each.action.startswith("access_changed")] == [
        "access_changed:recruiter",
        "access_changed:manager",
    ]


async def test_the_last_admin_stays_one_and_two_accounts_have_two_emails(house: House) -> None:
    async with house.signed_in("admin") as admin:
        path = f"/console/accounts/people/{id_of(house, 'admin')}"
        csrf = csrf_of(await admin.get(path))
        assert (await admin.post(f"{path}/access", data={"csrf": csrf, "role": "recruiter"})).status_code == 422
        mail = {"csrf": csrf, "role": "admin", "email": "Li@Example.com"}
        assert (await admin.post(f"{path}/access", data=mail)).status_code == 303
        other = f"/console/accounts/people/{id_of(house, 'recruiter')}/access"
        answer = await admin.post(other, data=mail | {"role": "recruiter"})
        assert "另一个账号已使用这个邮箱" in answer.text


async def test_an_admin_signs_somebody_out(house: House) -> None:
    path = f"/console/accounts/people/{id_of(house, 'recruiter')}"
    async with house.signed_in("recruiter") as recruiter, house.signed_in("admin") as admin:
        page = await admin.get(path)
        end = page.text.split(f'action="{path}/sessions/')[1].split('"')[0]
        await admin.post(f"{path}/sessions/{end}", data={"csrf": csrf_of(page)})
        assert (await recruiter.get("/console")).status_code == 303
