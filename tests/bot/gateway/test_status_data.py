"""The copy of all data and the explanation, behind the code."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from bot.console.decisions import decide, note_report_read
from bot.feedback import draft_due, release_feedback
from bot.recordings import begin_recording, receive_chunk
from core.clock import now
from core.tables import AuditEntry, Interview, Recording, Resume
from scoring.report import newest_report
from scoring.rubric import load_competency
from tests.bot.gateway.chat_door import Door, Invited, changed, invite
from tests.bot.gateway.test_after_interview import BY, visitor
from tests.bot.gateway.test_status_page import door, enter, page_of
from tests.builders import ANSWERS, scored_interview

__all__ = ["door"]


def scored(door: Door, language: str = "zh") -> Invited:
    invited = invite(door, language)
    scored_interview(door.services, "en" if language == "en" else "zh", interview_id=invited.interview_id)
    return invited


def decided(door: Door, invited: Invited) -> None:
    """A person opened the evidence, decided, and released the feedback."""
    with door.database.reading() as session:
        report = newest_report(session, invited.interview_id)
    note_report_read(door.services, invited.interview_id, report, BY)
    decide(door.services, invited.interview_id, "advance", "比林晓芸更合适。", BY)
    draft_due(door.services)
    release_feedback(door.services, invited.interview_id, BY)


async def test_the_copy_holds_their_words_scores_and_recipients_and_nobody_elses(door: Door) -> None:
    async with visitor(door) as browser:
        invited = scored(door)
        decided(door, invited)
        with door.database.unit_of_work() as session:
            interview = session.get_one(Interview, invited.interview_id)
            key = door.services.key_of(session, interview)
            parsed = json.dumps({"skills": ["谈判"]}, ensure_ascii=False)
            session.add(
                Resume(
                    id="RESUME1",
                    interview_id=interview.id,
                    file_sealed=key.seal_bytes(b"%PDF-1.7 x", "resume file"),
                    parsed_sealed=key.seal(parsed, "resume"),
                    uploaded_at=now(),
                )
            )
        await enter(door, browser, invited)
        answer = await browser.get(f"{page_of(invited)}/data.json")
        assert answer.headers["content-disposition"].startswith("attachment")
        text, copy = answer.text, answer.json()
        page = (await browser.get(f"{page_of(invited)}/data")).text
        resume = await browser.get(f"{page_of(invited)}/resumes/RESUME1")
    assert resume.content == b"%PDF-1.7 x"
    assert copy["person"]["phone"] == "+8613800001234"
    (interview,) = copy["interviews"]
    said = ANSWERS["zh"]["results_s1"].answer
    assert said in [a["text"] for asked in interview["answers"] for a in asked["answers"]]
    assert said in page
    parts = {part["key"]: part for part in interview["results"][-1]["competencies"]}
    assert parts["results"]["evidence"]
    assert parts["results"]["weight"] > 0
    assert [(made["value"], made["by"]) for made in interview["decisions"]] == [("advance", "person")]
    assert {"person"} == {seen["who"] for seen in interview["seen_by"]}
    assert interview["resumes"][0]["read_as"] == {"skills": ["谈判"]}
    assert "林晓芸" not in text  # in the decider's note, and no business of this candidate
    assert "林晓芸" not in page
    assert not [word for word in ("recommended", "regrade", '"band"', '"point"') if word in text]  # the pay band
    for key_ in parts:
        for anchor in load_competency(key_).anchors.values():
            assert anchor.zh not in text
            assert anchor.zh not in page


async def test_the_explanation_tells_who_did_what_in_both_languages(door: Door) -> None:
    for language, sentences in (
        ("zh", ("由招聘方的工作人员作出决定，不是由系统决定", "有1位工作人员看过评分和依据", "及格线80分", "比重")),
        ("en", ("The system did not.", "Looked at the scores and what they rest on: 1.", "pass line 80", "weight")),
    ):
        async with visitor(door) as browser:
            invited = scored(door, language)
            decided(door, invited)
            await enter(door, browser, invited)
            page = (await browser.get(f"{page_of(invited)}/explanation")).text
        for sentence in sentences:
            assert sentence in page
        for said in ANSWERS["en" if language == "en" else "zh"].values():
            for quote in said.quotes[:1]:
                assert quote.rstrip("。.") in page
        for anchors in (load_competency("results").anchors, load_competency("resilience").anchors):
            assert not [each for each in anchors.values() if each.text("en" if language == "en" else "zh") in page]
        assert "林晓芸" not in page


async def test_before_a_decision_was_told_the_explanation_says_so(door: Door) -> None:
    async with visitor(door) as browser:
        invited = scored(door)
        await enter(door, browser, invited)
        page = (await browser.get(f"{page_of(invited)}/explanation")).text
    assert "结果还没有告诉您" in page
    assert "作出决定，不是由系统决定" not in page


async def test_a_recording_comes_as_it_was_sent_and_only_to_its_own_candidate(door: Door) -> None:
    async with visitor(door) as browser, visitor(door) as stranger:
        mine, other = invite(door), invite(door)
        for invited in (mine, other):
            with changed(door, invited.interview_id) as interview:
                interview.consented_at = now()
            begin_recording(door.services, invited.interview_id, "clip", "web")
            receive_chunk(door.services, invited.interview_id, "clip", 0, b"OggS-" + invited.interview_id.encode())
        with door.database.unit_of_work() as session:
            clips = {row.interview_id: row.id for row in session.exec(select(Recording))}
            for row in session.exec(select(Recording)):
                row.received_at, row.kind = now(), "ogg"
        await enter(door, browser, mine)
        got = await browser.get(f"{page_of(mine)}/recordings/{clips[mine.interview_id]}")
        assert (got.content, got.headers["content-type"]) == (b"OggS-" + mine.interview_id.encode(), "audio/ogg")
        assert "attachment" in got.headers["content-disposition"]
        assert (await browser.get(f"{page_of(mine)}/recordings/{clips[other.interview_id]}")).status_code == 404
        assert (await stranger.get(f"{page_of(mine)}/recordings/{clips[mine.interview_id]}")).status_code == 403
        assert clips[mine.interview_id] in (await browser.get(f"{page_of(mine)}/data")).text
    with door.database.reading() as session:
        copied = session.exec(select(AuditEntry).where(AuditEntry.action == "recording_copied")).one()
    assert copied.actor.startswith("candidate:")


@pytest.mark.parametrize("what", ["data", "data.json", "explanation", "recordings/X", "resumes/X"])
async def test_nothing_of_it_opens_without_the_code(door: Door, what: str) -> None:
    async with visitor(door) as stranger:
        invited = scored(door)
        answer = await stranger.get(f"{page_of(invited)}/{what}")
    assert answer.status_code == 403
    assert "获取验证码" in answer.text
    assert "万" not in answer.text
