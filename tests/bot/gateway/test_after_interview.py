"""The page behind the link once the interview is over."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from bot.accounts import Account
from bot.feedback import FeedbackUnknown, release_feedback
from core.clock import now
from core.tables import Decision, Feedback, Interview, InterviewRating, Report
from tests.bot.gateway.chat_door import Door, Invited, changed, invite, open_door

BY = Account(id="user:recruiter", name="recruiter", role="recruiter")


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return open_door(tmp_path)


def visitor(door: Door) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(door.app), base_url="http://mianshi.test")


async def over(door: Door, browser: httpx.AsyncClient, language: str = "zh") -> Invited:
    """An interview that was held to its end in this browser."""
    invited = invite(door, language)
    assert (await browser.post(f"/api/chat/{invited.token}/device")).status_code == 204
    with changed(door, invited.interview_id) as interview:
        interview.consented_at = interview.finished_at = now()
    return invited


def tell(door: Door, invited: Invited, text: str) -> None:
    with door.database.unit_of_work() as session:
        interview = session.get_one(Interview, invited.interview_id)
        key = door.services.key_of(session, interview)
        report = Report(
            interview_id=interview.id,
            version=1,
            position_id=interview.position_id,
            match=90.0,
            core_match=90.0,
            level="mid",
            competencies=[],
            model="m",
            reported_at=now(),
        )
        decision = Decision(
            interview_id=interview.id, value="advance", by="x", reason_sealed=key.seal("x"), version=1, decided_at=now()
        )
        session.add_all([report, decision])
        session.flush()
        session.add(
            Feedback(
                interview_id=interview.id,
                decision_id=decision.id,
                text_sealed=key.seal(text, "feedback"),
                drafted_at=now(),
            )
        )
    release_feedback(door.services, invited.interview_id, BY)


async def test_feedback_is_shown_in_the_browser_of_the_interview_alone_and_only_after_release(door: Door) -> None:
    async with visitor(door) as browser, visitor(door) as other:
        invited = await over(door, browser)
        with pytest.raises(FeedbackUnknown):
            release_feedback(door.services, invited.interview_id, BY)
        assert "给您的反馈" not in (await browser.get(f"/i/{invited.token}")).text
        tell(door, invited, "您已进入下一轮。<b>")
        page = await browser.get(f"/i/{invited.token}")
        assert "给您的反馈" in page.text
        assert "您已进入下一轮。&lt;b&gt;" in page.text
        elsewhere = (await other.get(f"/i/{invited.token}")).text
        assert "您已进入下一轮" not in elsewhere
        assert "面试已完成" in elsewhere


@pytest.mark.parametrize(("language", "thanks"), [("zh", "谢谢您的评价"), ("en", "Thank you for telling us")])
async def test_the_rating_is_asked_once(door: Door, language: str, thanks: str) -> None:
    async with visitor(door) as browser:
        invited = await over(door, browser, language)
        assert 'name="stars"' in (await browser.get(f"/i/{invited.token}")).text
        path = f"/api/chat/{invited.token}/rating"
        assert (await browser.post(path, data={"stars": "7"})).status_code == 422
        sent = await browser.post(path, data={"stars": "5", "words": "clear"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/i/{invited.token}")
        page = (await browser.get(f"/i/{invited.token}")).text
    assert thanks in page
    assert 'name="stars"' not in page
    with door.database.reading() as session:
        assert session.exec(select(InterviewRating)).one().stars == 5


async def test_a_human_review_is_asked_for_with_one_press_and_not_by_strangers(door: Door) -> None:
    async with visitor(door) as browser, visitor(door) as other:
        invited = await over(door, browser)
        assert (await other.post(f"/api/chat/{invited.token}/human-review")).status_code == 403
        assert (await browser.post(f"/api/chat/{invited.token}/human-review")).status_code == 303
        assert "人工复核申请已收到" in (await browser.get(f"/i/{invited.token}")).text
    with door.database.reading() as session:
        assert session.get_one(Interview, invited.interview_id).human_asked_at is not None


async def test_before_the_end_there_is_nothing_to_rate_or_review(door: Door) -> None:
    async with visitor(door) as browser:
        invited = invite(door)
        await browser.post(f"/api/chat/{invited.token}/device")
        assert (await browser.post(f"/api/chat/{invited.token}/rating", data={"stars": "5"})).status_code == 422
        assert (await browser.post(f"/api/chat/{invited.token}/human-review")).status_code == 422
