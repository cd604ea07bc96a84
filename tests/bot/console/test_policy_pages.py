from __future__ import annotations

from sqlmodel import select

from bot.positions import newest_position, seed
from core.clock import now
from core.tables import AuditEntry
from hr_bridge.policy import load_policy, policy_names
from tests.bot.console.house import House, csrf_of
from tests.bot.console.many_interviews import add_interviews

PAGE = "/console/policies"


async def test_every_rule_of_every_policy_is_told_with_effect_source_and_dates(house: House) -> None:
    async with house.signed_in("admin") as browser:
        for name in policy_names():
            text = (await browser.get(f"{PAGE}?policy={name}")).text
            for rule in (*load_policy(name).rules.values(), *load_policy(name).duties):
                assert rule.in_force_from.isoformat() in text
                assert rule.checked_on.isoformat() in text
            assert "with_notice_and_log" not in text.replace('value="', ""), name
        assert "尚未生效" in (await browser.get(f"{PAGE}?policy=us-co")).text
        strange = await browser.get(f"{PAGE}?policy=atlantis&position=x&to=y")
        assert (strange.status_code, "严格（默认）" in strange.text) == (200, True)


async def test_what_would_change_is_shown_before_it_is_saved_as_a_new_version(house: House) -> None:
    with house.services.database.unit_of_work() as session:
        add_interviews(house.services, session, 3, now(), 1)
    async with house.signed_in("admin") as browser:
        preview = await browser.get(f"{PAGE}?position=sales&to=us-ny")
        assert "销售代表：从“中国大陆”换成“美国纽约”" in preview.text
        assert "90天" in preview.text
        assert "366天" in preview.text
        assert "Notice 10 business days before" in preview.text
        assert "还没结束的3场面试仍按原来的版本" in preview.text
        with house.services.database.reading() as session:
            assert newest_position(session, "sales").profile["policy"] == "cn", "looking changes nothing"
        form = {"csrf": csrf_of(preview), "to": "us-ny", "version": "1"}
        assert (await browser.post(f"{PAGE}/sales", data=form)).status_code == 303
        again = await browser.post(f"{PAGE}/sales", data=form)
        assert (again.status_code, "岗位刚刚被别人改过" in again.text) == (422, True)
        alike = await browser.post(f"{PAGE}/sales", data=form | {"version": "2"})
        assert alike.status_code == 422
        assert (await browser.post(f"{PAGE}/sales", data=form | {"to": "atlantis", "version": "2"})).status_code == 422
        assert (await browser.post(f"{PAGE}/nobody", data=form)).status_code == 404
    with house.services.database.reading() as session:
        newest = newest_position(session, "sales")
        assert (newest.version, newest.profile["policy"]) == (2, "us-ny")
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "policy_changed")).one()
        assert entry.subject == newest.id
    seed(house.services.database)
    with house.services.database.reading() as session:
        assert newest_position(session, "sales").version == 2, "set-up does not undo what a person saved"
