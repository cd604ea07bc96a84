from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, select

from bot.demographics import keep_answers
from bot.positions import newest_position
from core.clock import now
from core.tables import AuditEntry, Interview
from tests.bot.console.house import House
from tests.bot.console.many_interviews import add_interviews

PAGE = "/console/fairness?position=sales"


def under(session: Session, policy: str) -> None:
    position = newest_position(session, "sales")
    position.profile = position.profile | {"policy": policy}
    session.add(position)
    session.flush()


def tell(house: House, people: Sequence[Interview], **groups: str) -> None:
    for one in people:
        keep_answers(house.services, one.id, groups)


def fill(house: House, policy: str = "us-ny") -> None:
    at = now() - timedelta(hours=5)
    with house.services.database.unit_of_work() as session:
        under(session, policy)
        women = add_interviews(house.services, session, 30, at, 30, 30, 8)
        men = add_interviews(house.services, session, 30, at, 30, 30, 22)
        add_interviews(house.services, session, 6, at, 6, 6, 3)
    if policy != "cn":
        tell(house, women[:15], sex="female", age="under_40")
        tell(house, women[15:], sex="female", age="40_and_over")
        tell(house, men, sex="male", age="under_40")


async def test_a_group_that_is_held_back_is_said_first_and_both_tests_stand_side_by_side(house: House) -> None:
    fill(house)
    async with house.signed_in("admin") as browser:
        text = (await browser.get(PAGE)).text
    assert "共66人完成面试，其中60人自愿填写了群体信息" in text
    assert "达到及格线”这一步，女的比例是27%，男是73%，影响比0.36，低于五分之四。几乎不会是偶然" in text
    assert "性别 × 年龄" in text
    assert "没有人填写，无法比较" in text, "nobody told race or ethnicity"
    with house.services.database.reading() as session:
        read = session.exec(select(AuditEntry).where(AuditEntry.action == "fairness_read")).all()
        assert [entry.subject for entry in read] == ["sales"]


async def test_under_cn_the_page_says_that_nobody_is_asked(house: House) -> None:
    fill(house, "cn")
    async with house.signed_in("admin") as browser:
        text = (await browser.get(PAGE)).text
    assert "不询问群体信息" in text
    assert "<table" not in text


async def test_few_people_are_refused_in_words(house: House) -> None:
    with house.services.database.unit_of_work() as session:
        under(session, "us-ny")
        people = add_interviews(house.services, session, 3, now() - timedelta(hours=5), 3, 3, 1)
        others = add_interviews(house.services, session, 9, now() - timedelta(hours=5), 9, 9, 5)
    tell(house, people, sex="female")
    tell(house, others, sex="male")
    async with house.signed_in("admin") as browser:
        text = (await browser.get(PAGE)).text
    assert "有的群体不足5人，显示出来可能认出个人" in text
    assert ">9<" not in text


async def test_a_strange_position_or_year_falls_back_to_what_there_is(house: House) -> None:
    async with house.signed_in("admin") as browser:
        answer = await browser.get("/console/fairness?position=../x&year=99999")
    assert answer.status_code == 200
    assert "还没有人完成面试" in answer.text


async def test_pages_of_a_person_and_programs_never_tell_the_groups(house: House) -> None:
    with house.services.database.unit_of_work() as session:
        under(session, "us-ny")
        (one,) = add_interviews(house.services, session, 1, now() - timedelta(hours=5), 1, 1, 1)
    tell(house, [one], sex="another", race_ethnicity="pacific_islander")
    telling = ("another", "pacific_islander", "太平洋岛民", "种族")
    async with house.signed_in("admin") as browser, house.visitor("admin") as program:
        for path in (f"/console/interviews/{one.id}", f"/console/review/{one.id}"):
            text = (await browser.get(path)).text
            assert not [word for word in telling if word in text], path
        for path in (f"/api/interviews/{one.id}", f"/api/interviews/{one.id}/report", "/api/interviews"):
            text = (await program.get(path)).text
            assert not [word for word in telling if word in text], path


async def test_without_a_year_the_newest_with_a_finished_interview_is_shown(house: House) -> None:
    last_year = now().astimezone().year - 1
    with house.services.database.unit_of_work() as session:
        at = now().replace(year=last_year, month=6, day=1)
        add_interviews(house.services, session, 12, at, 12, 12, 4)
        add_interviews(house.services, session, 3, now() - timedelta(hours=5), 1)
    async with house.signed_in("admin") as browser:
        text = (await browser.get(PAGE)).text
    assert f"<option selected>{last_year}</option>" in text
    assert "共12人完成面试" in text
