"""Reviewers' own levels: blind beside the scorer's, and in place of them."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from bot.console.agreement import read_agreement, read_review_times
from core.clock import hands_restored, turn_forward
from core.tables import Delivery, Interview, Override, Report, ReviewerRating, Score
from hr_bridge.assessment import CandidateAssessment
from hr_bridge.delivery import PURPOSE
from hr_bridge.match import match
from scoring.report import newest_report
from scoring.workflow import AssessmentSteps
from tests.bot.console.house import House
from tests.bot.console.test_review_pages import decided, hidden_fields, set_review, text_of
from tests.bot.console.test_second_opinion import rate_again
from tests.builders import ANSWERS, BUILDER, Said, scored_interview
from tests.fakes.fixed_scorer import FixedScorer

KEYS = ("customer_communication", "resilience", "results")


async def rate(browser: httpx.AsyncClient, interview_id: str, *levels: int) -> httpx.Response:
    page = await browser.get(f"/console/review/{interview_id}")
    form = hidden_fields(page) | {f"level_{key}": str(level) for key, level in zip(KEYS, levels, strict=False)}
    return await browser.post(f"/console/review/{interview_id}/ratings", data=form)


async def correct(browser: httpx.AsyncClient, interview_id: str, **fields: str) -> httpx.Response:
    page = await browser.get(f"/console/review/{interview_id}")
    form = hidden_fields(page) | {"competency": "resilience", "level": "2", "reason": "第二例是团队做的"} | fields
    return await browser.post(f"/console/review/{interview_id}/correction", data=form)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_no_level_is_shown_until_the_reviewer_has_rated(house: House, language: str) -> None:
    set_review(house, blind_review=True)
    interview_id = scored_interview(house.services, language)
    async with house.signed_in("recruiter") as browser:
        for path in ("/console/review", f"/console/review/{interview_id}"):
            seen = text_of(await browser.get(path))
            assert not re.search(r"86\.1|83\.6|84\.8|90\.8|3\.3 / 5|78%", seen), path
        assert ANSWERS[language]["results_s1"].quotes[0] in seen
        assert (await rate(browser, interview_id, 3, 4)).status_code == 422
        assert (await rate(browser, interview_id, 3, 4, 9)).status_code == 422
        assert (await rate(browser, interview_id, 3, 4, 5)).status_code == 303
        seen = text_of(await browser.get(f"/console/review/{interview_id}"))
        assert "86.1" in seen
        assert "您评 4 级" in seen
    with house.services.database.reading() as session:
        rows = session.exec(select(ReviewerRating).order_by(ReviewerRating.competency)).all()
    assert [(row.competency, row.level, row.machine_level, row.blind) for row in rows] == [
        ("customer_communication", 3, 3.3, True),
        ("resilience", 4, 3.4, True),
        ("results", 5, 3.9, True),
    ]


async def test_a_rating_after_the_levels_were_seen_is_not_blind_and_does_not_count(house: House) -> None:
    set_review(house, blind_review=True)
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        form = hidden_fields(await browser.get(f"/console/review/{interview_id}"))
        shown = await browser.post(f"/console/review/{interview_id}/reveal", data=form)
        assert "86.1" in text_of(await browser.get(shown.headers["location"]))
        await rate(browser, interview_id, 3, 3, 3)
    with house.services.database.reading() as session:
        assert {row.blind for row in session.exec(select(ReviewerRating))} == {False}
        assert read_agreement(session, BUILDER) == ((), ())


async def test_what_one_reviewer_rated_unblinds_nobody_else(house: House) -> None:
    set_review(house, blind_review=True)
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as one, house.signed_in("admin") as other:
        await rate(one, interview_id, 3, 3, 3)
        assert "86.1" not in text_of(await other.get(f"/console/review/{interview_id}"))


async def test_a_correction_makes_a_new_report_keeps_the_old_and_is_delivered_once(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        assert (await correct(browser, interview_id, reason=" ")).status_code == 422
        assert (await correct(browser, interview_id, report="0" * 26)).status_code == 422
        stale = hidden_fields(await browser.get(f"/console/review/{interview_id}"))
        assert (await correct(browser, interview_id)).status_code == 303
        assert (await correct(browser, interview_id, **stale)).status_code == 422
        seen = text_of(await browser.get(f"/console/review/{interview_id}"))
        assert "recruiter把等级由 3.4 改为 2：第二例是团队做的" in seen
        assert "抗压韧性的等级由复核人员更正" in text_of(await browser.get(f"/console/interviews/{interview_id}"))
    with house.services.database.reading() as session:
        first, second = session.exec(select(Report).order_by(Report.version)).all()
        levels = {each["key"]: each for each in second.competencies}
        assert (levels["resilience"]["level"], levels["resilience"]["corrected_from"]) == (2, 3.4)
        scores = {key: each["score"] for key, each in levels.items()}
        assert scores["resilience"] == 50
        assert second.match == match(scores, {"customer_communication": 0.4, "resilience": 0.3, "results": 0.3})
        assert first.match is not None
        assert second.match < first.match
        assert session.exec(select(Score).where(Score.version == 2)).all()
        assert "团队" not in session.exec(select(Override)).one().reason_sealed
        (delivery,) = session.exec(select(Delivery).where(Delivery.kind == "correction")).all()
        assert delivery.version == 2
        key = house.services.key_of(session, session.get_one(Interview, interview_id))
        told = CandidateAssessment.from_json(key.open(delivery.assessment_sealed, PURPOSE))
        assert (told.match, told.version) == (second.match, 2)
        assert "抗压韧性的等级由复核人员更正" in told.summary


async def test_a_correction_outlives_the_next_one_and_a_new_scoring(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        await correct(browser, interview_id)
        await correct(browser, interview_id, competency="results", level="5")
        await correct(browser, interview_id, level="1")
    AssessmentSteps(house.services.database, house.services.keys, FixedScorer(), ()).rescore(interview_id)
    with house.services.database.reading() as session:
        report = newest_report(session, interview_id)
        assert report is not None
        assert report.version == 5
        assert {c["key"]: c["level"] for c in report.competencies if "corrected_from" in c} == {
            "resilience": 1,
            "results": 5,
        }
        assert len(session.exec(select(Override)).all()) == 3


async def test_two_ratings_apart_are_said_until_a_person_has_judged(house: House) -> None:
    interview_id = scored_interview(house.services)
    rate_again(house, interview_id, "resilience_s1", level=2.0)
    async with house.signed_in("recruiter") as browser:
        assert "两次评分相差一级以上：抗压韧性" in text_of(await browser.get("/console/review"))
        await correct(browser, interview_id, level="3")
        assert "两次评分相差一级以上" not in text_of(await browser.get("/console/review"))


async def test_a_competency_that_was_not_scored_gets_a_persons_level(house: House) -> None:
    answers = {
        key: said if not key.startswith("resilience") else Said("嗯。", (), None, unscored_reason="回答太短。")
        for key, said in ANSWERS["zh"].items()
    }
    interview_id = scored_interview(house.services, answers=answers)
    async with house.signed_in("recruiter") as browser:
        assert (await correct(browser, interview_id, level="4")).status_code == 303
        assert (await browser.get(f"/console/interviews/{interview_id}")).status_code == 200
    with house.services.database.reading() as session:
        report = newest_report(session, interview_id)
        assert report is not None
        assert next(c for c in report.competencies if c["key"] == "resilience")["score"] == 92


async def test_the_figures_tell_time_and_agreement_once_there_is_enough(house: House) -> None:
    set_review(house, blind_review=True)
    with hands_restored():
        async with house.signed_in("recruiter") as browser:
            for levels in ((3, 3, 4), (3, 4, 4), (4, 3, 4), (2, 3, 4)):
                interview_id = scored_interview(house.services)
                await rate(browser, interview_id, *levels)
                await browser.get(f"/console/review/{interview_id}")
                turn_forward(timedelta(minutes=3))
                await decided(browser, interview_id)
            seen = text_of(await browser.get("/console/review/figures"))
        with house.services.database.reading() as session:
            ((month, *_), competencies) = read_agreement(session, BUILDER)
            (times,) = read_review_times(session, BUILDER)
    assert month.count == 12
    assert month.kappa is not None
    assert [each.kappa for each in competencies] == [None, None, None]
    assert "不足 10 个" in seen
    assert times.count == 4
    assert times.minutes == pytest.approx(3, abs=0.2)
