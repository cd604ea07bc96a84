"""Feedback from draft to release, and what the candidate does with it."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from bot.accounts import Account
from bot.after_interview import RatingUnusable, ask_for_review, rate_interview, ratings_by_position
from bot.console.decisions import decide, note_report_read
from bot.console.policy_advance import advance_due
from bot.console.review_queue import read_queue
from bot.conversation import messages_after
from bot.feedback import FeedbackOutdated, draft_due, release_feedback
from core.clock import hands_restored, turn_forward
from core.tables import AuditEntry, Candidate, Feedback, InboxMessage, Interview, InterviewRating, Position
from scoring.report import newest_report
from tests.bot.console.house import House, csrf_of
from tests.bot.console.test_review_pages import hidden_fields, set_review, text_of
from tests.builders import BUILDER, invited_interview, scored_interview

REVIEWER = Account(id="user:reviewer", name="reviewer", role="recruiter")


def told(house: House, interview_id: str) -> list[str]:
    return [m["text"] for m in messages_after(house.services, interview_id, 0) if m["kind"] == "status"]


async def send(browser: httpx.AsyncClient, interview_id: str, text: str, do: str) -> httpx.Response:
    path = f"/console/feedback/{interview_id}"
    return await browser.post(path, data=hidden_fields(await browser.get(path)) | {"text": text, "do": do})


@pytest.mark.parametrize(("language", "words"), [("zh", "您已进入下一轮"), ("en", "made it to the next round")])
async def test_after_a_decision_a_draft_waits_for_a_person_and_goes_out_once(
    house: House, language: str, words: str
) -> None:
    interview_id = scored_interview(house.services, language)
    assert draft_due(house.services) == 0
    decide(house.services, interview_id, "advance", "很好", BUILDER)
    assert (draft_due(house.services), draft_due(house.services)) == (1, 0)
    assert told(house, interview_id) == []
    async with house.signed_in("recruiter") as browser:
        assert interview_id in (await browser.get("/console/feedback")).text
        page = await browser.get(f"/console/feedback/{interview_id}")
        assert words in page.text
        assert (await send(browser, interview_id, " ", "save")).status_code == 422
        assert (await send(browser, interview_id, f"{words}，下周见。", "save")).status_code == 303
        assert told(house, interview_id) == []
        assert (await send(browser, interview_id, f"{words}，下周见。", "release")).status_code == 303
        release_feedback(house.services, interview_id, BUILDER)
        assert told(house, interview_id) == [f"{words}，下周见。"]
        page = await browser.get(f"/console/feedback/{interview_id}")
        assert "<textarea" not in page.text
        changed = {"csrf": csrf_of(page), "text": "别的", "do": "release"}
        assert (await browser.post(f"/console/feedback/{interview_id}", data=changed)).status_code == 422
    with house.services.database.reading() as session:
        row = session.exec(select(Feedback)).one()
        assert "下周见" not in row.text_sealed
        assert (
            session.exec(select(AuditEntry).where(AuditEntry.action == "feedback_released")).one().subject
            == interview_id
        )
        (turn,) = session.exec(select(InboxMessage).where(InboxMessage.turn_id == row.id)).all()
        assert turn.done_at is not None


async def test_where_the_position_says_so_it_goes_out_by_itself_with_the_company(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        position = session.get_one(Position, session.get_one(Interview, interview_id).position_id)
        company = {"zh": "我们做工业软件。", "en": "We make software for plants."}
        position.profile = {**position.profile, "review": {"automatic_feedback": True}, "company": company}
    with house.services.database.reading() as session:
        report = newest_report(session, interview_id)
    assert report is not None
    note_report_read(house.services, interview_id, report, REVIEWER)
    decide(house.services, interview_id, "reject", "缺少大客户经验", REVIEWER, report.id)
    draft_due(house.services)
    (text,) = told(house, interview_id)
    assert "暂不匹配" in text
    assert text.endswith("关于我们：我们做工业软件。")
    assert "缺少大客户经验" not in text


async def test_hold_gets_none_and_a_changed_decision_outdates_the_draft(house: House) -> None:
    interview_id = scored_interview(house.services)
    decide(house.services, interview_id, "hold", "等名额", BUILDER)
    assert draft_due(house.services) == 0
    decide(house.services, interview_id, "advance", "很好", BUILDER)
    draft_due(house.services)
    decide(house.services, interview_id, "hold", "名额没了", BUILDER)
    with pytest.raises(FeedbackOutdated):
        release_feedback(house.services, interview_id, BUILDER)
    async with house.signed_in("recruiter") as browser:
        assert "没有待发出的反馈" in (await browser.get("/console/feedback")).text
        decide(house.services, interview_id, "advance", "名额回来了", BUILDER)
        draft_due(house.services)
        assert interview_id in (await browser.get("/console/feedback")).text


async def test_old_decisions_and_erased_candidates_get_no_draft(house: House) -> None:
    old, erased = scored_interview(house.services), scored_interview(house.services)
    for interview_id in (old, erased):
        decide(house.services, interview_id, "advance", "很好", BUILDER)
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, erased).candidate_id).wrapped_key = None
    with hands_restored():
        turn_forward(timedelta(days=15))
        assert draft_due(house.services) == 0


async def test_feedback_is_for_recruiters_and_unknown_is_said(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("hr") as browser:
        assert (await browser.get("/console/feedback")).status_code == 403
        assert (await browser.get(f"/console/feedback/{interview_id}")).status_code == 403
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/feedback/{interview_id}")
        assert page.status_code == 404
        assert "还没有给这位候选人的反馈" in text_of(page)


async def test_who_asks_for_a_human_review_comes_back_first_into_the_queue(house: House) -> None:
    interview_id, other = scored_interview(house.services), scored_interview(house.services)
    decide(house.services, interview_id, "advance", "很好", BUILDER)

    def order() -> list[str]:
        return list(read_queue(house.services, "zh", BUILDER).order)

    assert order() == [other]
    ask_for_review(house.services, interview_id)
    ask_for_review(house.services, interview_id)
    assert order() == [interview_id, other]
    decide(house.services, interview_id, "advance", "复核过了", BUILDER)
    assert order() == [other]


async def test_the_interview_is_rated_once_after_its_end(house: House) -> None:
    interview_id, open_one = scored_interview(house.services), invited_interview(house.services)
    for subject, stars in ((interview_id, 0), (interview_id, 6), (open_one, 5)):
        with pytest.raises(RatingUnusable):
            rate_interview(house.services, subject, stars)
    rate_interview(house.services, interview_id, 4, "题目清楚")
    rate_interview(house.services, interview_id, 1)
    with house.services.database.reading() as session:
        rating = session.exec(select(InterviewRating)).one()
        assert rating.stars == 4
        assert "题目" not in (rating.words_sealed or "")
        assert ratings_by_position(session) == {"sales": [4]}
    async with house.signed_in("recruiter") as browser:
        seen = text_of(await browser.get("/console/review/figures"))
        assert "不足 10 个" in seen
        assert "4/5 · 题目清楚" in seen


async def test_automatic_feedback_follows_automatic_advance(house: House) -> None:
    set_review(house, automatic_advance=True, automatic_feedback=True)
    interview_id = scored_interview(house.services)
    advance_due(house.services)
    draft_due(house.services)
    assert len(told(house, interview_id)) == 1


async def test_words_written_for_one_decision_are_never_sent_under_another(house: House) -> None:
    interview_id = scored_interview(house.services)
    decide(house.services, interview_id, "advance", "很好", BUILDER)
    draft_due(house.services)
    async with house.signed_in("recruiter") as browser:
        path = f"/console/feedback/{interview_id}"
        stale = hidden_fields(await browser.get(path)) | {"text": "您已进入下一轮，下周见。", "do": "release"}
        with house.services.database.reading() as session:
            report = newest_report(session, interview_id)
        assert report is not None
        note_report_read(house.services, interview_id, report, REVIEWER)
        decide(house.services, interview_id, "reject", "缺少大客户经验", REVIEWER, report.id)
        draft_due(house.services)
        refused = await browser.post(path, data=stale)
        assert refused.status_code == 422
        assert "决定已经更改" in text_of(refused)
        assert "暂不匹配" in refused.text
        assert "下周见" not in refused.text
    assert told(house, interview_id) == []


async def test_the_same_decision_once_more_is_no_news_until_a_human_review_was_asked_for(house: House) -> None:
    set_review(house, automatic_feedback=True)
    interview_id = scored_interview(house.services)
    for value in ("advance", "hold", "advance"):
        decide(house.services, interview_id, value, "很好", BUILDER)  # type: ignore[arg-type]
        draft_due(house.services)
    assert len(told(house, interview_id)) == 1
    ask_for_review(house.services, interview_id)
    decide(house.services, interview_id, "advance", "复核过了", BUILDER)
    draft_due(house.services)
    assert len(told(house, interview_id)) == 2


async def test_automatic_feedback_that_cannot_go_out_leaves_no_draft_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_review(house, automatic_feedback=True)
    interview_id = scored_interview(house.services)
    decide(house.services, interview_id, "advance", "很好", BUILDER)
    with monkeypatch.context() as broken:
        broken.setattr("bot.feedback.add_replies", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            draft_due(house.services)
    draft_due(house.services)
    assert len(told(house, interview_id)) == 1
