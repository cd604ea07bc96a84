from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from bot.console.interview_list import ListFilter, list_interviews
from bot.console.report_view import read_report
from core.clock import now
from core.encryption import hash_token
from core.tables import AccessLink, AuditEntry, Candidate, Decision, Delivery, Interview, Report
from hr_bridge.imports.importer import import_file
from hr_bridge.imports.set_up import open_keepers
from tests.bot.console.house import HOST, House, csrf_of
from tests.builders import ANSWERS, BUILDER, Said, finished_interview, invited_interview, scored_interview
from tests.hr_bridge.imports.tables import as_csv


def text_of(page: httpx.Response) -> str:
    """What a reader sees, without tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.text))


def set_points(house: House, interview_id: str, **points: object) -> None:
    with house.services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        for name, value in points.items():
            setattr(interview, name, value)


async def test_the_list_shows_who_is_where_with_masked_numbers_only(house: House) -> None:
    invited_interview(house.services, name="韩梅梅", phone="13912345678")
    scored_interview(house.services, name="李雷")
    async with house.signed_in("recruiter") as browser:
        page = await browser.get("/console")
    assert "139****5678" in page.text
    assert "13912345678" not in page.text
    for words in ("韩梅梅", "李雷", "待面试", "已评分", "销售代表", "中级", "待决定"):
        assert words in page.text


async def test_what_waits_for_a_person_stands_first(house: House) -> None:
    invited = invited_interview(house.services)
    going_on = invited_interview(house.services)
    set_points(house, going_on, consented_at=now())
    asks = invited_interview(house.services)
    set_points(house, asks, consented_at=now(), human_asked_at=now())
    newer, older = scored_interview(house.services), scored_interview(house.services)
    set_points(house, older, finished_at=now() - timedelta(days=2))
    expired = invited_interview(house.services)
    set_points(house, expired, expires_at=now() - timedelta(days=1))
    found = list_interviews(house.services, ListFilter(), BUILDER)
    assert [row.id for row in found.rows] == [asks, older, newer, going_on, invited, expired]
    assert found.counts[""] == 6
    assert found.counts["to_decide"] == 2


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (ListFilter(text="梅"), {"韩梅梅"}),
        (ListFilter(text="软件"), {"韩梅梅"}),
        (ListFilter(text="sales REP"), {"李雷"}),
        (ListFilter(text="0000 1234"), {"李雷"}),
        (ListFilter(position="software_engineer"), {"韩梅梅"}),
        (ListFilter(status="scored"), {"李雷"}),
        (ListFilter(status="to_decide"), {"李雷"}),
        (ListFilter(text="123"), set()),
        (ListFilter(status="withdrawn"), set()),
    ],
)
async def test_the_list_is_searched_by_name_position_number_and_status(
    house: House, wanted: ListFilter, names: set[str]
) -> None:
    invited_interview(house.services, name="韩梅梅", position="software_engineer", phone="13912345678")
    scored_interview(house.services, name="李雷")
    assert {row.name for row in list_interviews(house.services, wanted, BUILDER).rows} == names


async def test_the_list_comes_in_pages_and_an_absurd_page_is_the_last(house: House) -> None:
    for number in range(51):
        invited_interview(house.services, name=f"候选人{number}")
    assert len(list_interviews(house.services, ListFilter(), BUILDER).rows) == 50
    last = list_interviews(house.services, ListFilter(page=999), BUILDER)
    assert (last.page, last.pages, len(last.rows)) == (2, 2, 1)
    async with house.signed_in("recruiter") as browser:
        assert "第 2 页，共 2 页" in (await browser.get("/console?p=2")).text


async def test_an_erased_candidate_stays_in_the_list_without_a_name(house: House) -> None:
    interview_id = scored_interview(house.services, name="李雷")
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, interview_id).candidate_id).wrapped_key = None
    async with house.signed_in("recruiter") as browser:
        page = await browser.get("/console")
        assert "已删除资料的候选人" in page.text
        assert "李雷" not in page.text
        assert (await browser.get(f"/console/interviews/{interview_id}")).status_code == 410


async def test_an_invitation_leads_to_the_interview_with_its_link_and_a_reload_invites_nobody(house: House) -> None:
    async with house.signed_in("recruiter") as browser:
        form = {"csrf": csrf_of(await browser.get("/console/invite")), "position": "sales", "name": "李雷"}
        made = await browser.post("/console/invite", data=form | {"phone": "138 0000 1234", "language": "zh"})
        assert made.status_code == 303
        for _ in range(2):
            page = await browser.get(made.headers["location"])
            found = re.search(rf"{HOST}/i/([\w-]{{32}})", page.text)
            assert found
    with house.services.database.reading() as session:
        assert session.exec(select(AccessLink)).one().token_hash == hash_token(found[1])


async def test_the_link_is_shown_to_the_session_that_made_it_alone(house: House) -> None:
    async with house.signed_in("recruiter") as browser, house.signed_in("admin") as other:
        form = {"csrf": csrf_of(await browser.get("/console/invite")), "position": "sales", "name": "李雷"}
        made = await browser.post("/console/invite", data=form | {"phone": "13800001234", "language": "zh"})
        path = made.headers["location"]
        other.cookies.set("mianshi_new_link", browser.cookies["mianshi_new_link"], path=path)
        assert "/i/" not in (await other.get(path)).text
        other.cookies.set("mianshi_new_link", "forged.0000", path=path)
        assert "/i/" not in (await other.get(path)).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"phone": "123"}, "手机号无效"),
        ({"phone": ""}, "填一个即可"),
        ({"name": ""}, "请填写姓名"),
        ({"phone": "", "email": "x"}, "邮箱格式不正确"),
    ],
)
async def test_a_wrong_field_is_named_and_what_was_typed_stays(
    house: House, changes: dict[str, str], sentence: str
) -> None:
    async with house.signed_in("recruiter") as browser:
        form = {"csrf": csrf_of(await browser.get("/console/invite")), "position": "sales", "name": "李雷"}
        form |= {"phone": "13800001234", "language": "zh", "channel": "校招"}
        page = await browser.post("/console/invite", data=form | changes)
    assert page.status_code == 422
    assert sentence in page.text
    assert 'aria-invalid="true"' in page.text
    assert "校招" in page.text


async def test_a_new_link_and_a_revoked_one(house: House) -> None:
    interview_id = invited_interview(house.services)
    path = f"/console/interviews/{interview_id}"
    async with house.signed_in("recruiter") as browser:
        csrf = csrf_of(await browser.get(path))
        await browser.post(f"{path}/link", data={"csrf": csrf, "do": "renew"})
        assert f"{HOST}/i/" in (await browser.get(path)).text
        await browser.post(f"{path}/link", data={"csrf": csrf, "do": "revoke"})
    with house.services.database.reading() as session:
        assert all(link.revoked_at for link in session.exec(select(AccessLink)))


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_report_sets_what_was_said_beside_its_evidence(house: House, language: str) -> None:
    interview_id = scored_interview(house.services, language)
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/interviews/{interview_id}")
    seen = text_of(page)
    marked = [
        html.unescape(re.sub(r"<a[^>]*>\d+</a>", "", found)) for found in re.findall(r"<mark>(.*?)</mark>", page.text)
    ]
    for said in ANSWERS[language].values():
        for quote in said.quotes:
            assert quote in marked
            assert seen.count(quote) >= 1
    assert "86.1" in seen
    assert "千元人民币/月" in seen
    assert page.text.count('<svg class="score-bar"') == 3
    assert {f'id="evidence-{n}"' in page.text for n in range(1, 8)} == {True}


async def test_an_answer_of_markup_is_shown_as_it_was_typed(house: House) -> None:
    typed = "<script>alert(1)</script> & <b>bold</b>"
    answers = {**ANSWERS["zh"], "resilience_s1": Said(typed, ("<b>bold</b>",), 2.0)}
    interview_id = scored_interview(house.services, name="<i>李雷</i>", answers=answers)
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/interviews/{interview_id}")
        listed = await browser.get("/console")
    assert "<script>alert" not in page.text
    assert typed in text_of(page) or html.escape(typed, quote=False) in page.text
    assert "<i>李雷</i>" not in page.text + listed.text


async def test_what_could_not_be_scored_is_told_with_its_reason(house: House) -> None:
    answers = {
        key: said
        if not key.startswith("resilience")
        else Said("嗯。", (), None, unscored_reason="回答太短，没有可以评分的内容。")
        for key, said in ANSWERS["zh"].items()
    }
    interview_id = scored_interview(house.services, answers=answers)
    async with house.signed_in("recruiter") as browser:
        seen = text_of(await browser.get(f"/console/interviews/{interview_id}"))
    assert "未能计分的部分" in seen
    assert "回答太短，没有可以评分的内容。" in seen
    assert "未计分不等于零分" in seen


async def test_a_weak_spot_under_a_good_match_is_put_before_the_reader(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        report = session.exec(select(Report)).one()
        report.competencies = [c | {"score": 60.0} if c["key"] == "resilience" else c for c in report.competencies]
    async with house.signed_in("recruiter") as browser:
        assert "抗压韧性低了 20 分以上" in text_of(await browser.get(f"/console/interviews/{interview_id}"))


async def test_prior_pay_is_masked_in_the_transcript_where_the_policy_hides_it(house: House) -> None:
    interview_id = finished_interview(
        house.services, "en", answers={"resilience_s1": Said("I left because my salary was 12000 yuan.", (), None)}
    )
    with house.services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        from core.tables import Position

        position = session.get_one(Position, interview.position_id)
        position.profile = position.profile | {"policy": "strict"}
    view = read_report(house.services, interview_id, "en", BUILDER)
    assert view is not None
    told = "".join(piece.text for question in view.questions for pieces in question.answers for piece in pieces)
    spoken = " ".join(said.text for said in view.conversation)
    for words in (told, spoken):
        assert "12000" not in words
        assert "my salary was █" in words


async def decision(browser: httpx.AsyncClient, interview_id: str, **fields: str) -> httpx.Response:
    path = f"/console/interviews/{interview_id}"
    page = await browser.get(path)
    seen = re.search(r'name="report" value="(\w+)"', page.text)
    form = {"csrf": csrf_of(page), "report": seen[1] if seen else "", "value": "", "reason": ""}
    return await browser.post(f"{path}/decision", data=form | fields)


async def test_a_decision_is_kept_with_its_author_and_reason_and_sent_on(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        assert (await decision(browser, interview_id, value="hold", reason="等名额")).status_code == 303
        assert (await decision(browser, interview_id, value="advance", reason="名额到位")).status_code == 303
        seen = text_of(await browser.get(f"/console/interviews/{interview_id}"))
    assert seen.index("名额到位") < seen.index("等名额")
    with house.services.database.reading() as session:
        rows = session.exec(select(Decision).order_by(Decision.version)).all()
        assert [(row.version, row.value, row.by) for row in rows] == [
            (1, "hold", "recruiter"),
            (2, "advance", "recruiter"),
        ]
        assert "名额" not in "".join(row.reason_sealed for row in rows)
        assert len(session.exec(select(Delivery).where(Delivery.kind == "decision")).all()) == 2
        assert session.exec(select(AuditEntry).where(AuditEntry.action == "decided:advance")).one()


async def test_a_person_who_has_read_the_evidence_may_reject(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        assert (await decision(browser, interview_id, value="reject", reason="缺少大客户经验")).status_code == 303


async def test_a_rejection_without_having_opened_this_report_is_refused(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.reading() as session:
        report_id = session.exec(select(Report)).one().id
    async with house.signed_in("recruiter") as browser:
        form = {"csrf": csrf_of(await browser.get("/console/password")), "value": "reject", "reason": "x"}
        for report in ("", report_id):
            answer = await browser.post(f"/console/interviews/{interview_id}/decision", data=form | {"report": report})
            assert answer.status_code == 422
            assert "请先看过下面的依据" in answer.text
            with house.services.database.unit_of_work() as session:
                assert session.exec(select(Decision)).all() == []
                for entry in session.exec(select(AuditEntry).where(AuditEntry.action == "evidence_opened")):
                    session.delete(entry)


async def test_a_report_that_was_scored_again_must_be_read_again_before_a_rejection(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/interviews/{interview_id}")
        seen = re.search(r'name="report" value="(\w+)"', page.text)
        assert seen
        with house.services.database.unit_of_work() as session:
            old = session.exec(select(Report)).one()
            fields = old.model_dump(exclude={"id", "version"})
            session.add(Report(**fields, version=2))
        form = {"csrf": csrf_of(page), "report": seen[1], "value": "reject", "reason": "x"}
        assert (await browser.post(f"/console/interviews/{interview_id}/decision", data=form)).status_code == 422


@pytest.mark.parametrize("fields", [{"value": "advance"}, {"reason": "good"}, {"value": "fire", "reason": "good"}])
async def test_half_a_decision_is_none(house: House, fields: dict[str, str]) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        assert (await decision(browser, interview_id, **fields)).status_code == 422
    with house.services.database.reading() as session:
        assert session.exec(select(Decision)).all() == []


async def test_reports_of_interviews_still_open_or_abandoned_say_so(house: House) -> None:
    open_one, abandoned = invited_interview(house.services), invited_interview(house.services)
    set_points(house, abandoned, expires_at=now() - timedelta(days=1))
    async with house.signed_in("recruiter") as browser:
        assert "报告会显示在这里" in (await browser.get(f"/console/interviews/{open_one}")).text
        assert "这不等于暂不匹配" in (await browser.get(f"/console/interviews/{abandoned}")).text
        assert (await browser.get("/console/interviews/nothing")).status_code == 404


async def test_written_tests_and_background_checks_stand_on_the_page_and_count_in_nothing(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, interview_id).candidate_id).external_id = "A-1"
    async with house.signed_in("recruiter") as browser:
        before = await browser.get(f"/console/interviews/{interview_id}")
        head = ("候选人外部编号", "类型", "项目", "结果", "得分", "来源", "日期")
        rows = as_csv(
            head, ("A-1", "背调", "工作核验", "上一份月薪12000元，任职属实", "99", "某背调公司", "2026-11-20")
        )
        keepers = open_keepers(house.services.database, house.services.keys)
        import_file(rows, "checks.csv", keepers, kind="checks", preset=None, dry_run=False)
        after = await browser.get(f"/console/interviews/{interview_id}")
    assert "笔试与背调" not in before.text
    for words in ("笔试与背调", "不计入岗位匹配度", "工作核验", "任职属实", "某背调公司", "2026-11-20"):
        assert words in after.text
    match = re.compile(r'<p class="big">[\d.]+</p>')
    assert match.findall(before.text) == match.findall(after.text) != []
