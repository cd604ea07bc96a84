from __future__ import annotations

import pytest
from sqlmodel import col, select

from bot.rescore_command import as_document, as_table
from bot.services import Services
from core.clock import now
from core.tables import Candidate, Delivery, Interview, Position, Report, Score
from scoring.rescoring import NothingToRescore, reported_interviews, rescore
from scoring.workflow import AssessmentSteps
from tests.bot.console.house import House, deliver_all, house_with_records
from tests.builders import finished_interview, scored_interview
from tests.fakes.fixed_scorer import FixedScorer

NEW = FixedScorer(level=4.5, model="fixed/2")


def steps(services: Services, scorer: FixedScorer = NEW) -> AssessmentSteps:
    return AssessmentSteps(services.database, services.keys, scorer, ("records",))


def reports(services: Services, interview_id: str) -> list[Report]:
    with services.database.reading() as session:
        rows = select(Report).where(Report.interview_id == interview_id).order_by(col(Report.version))
        return list(session.exec(rows))


async def test_a_new_version_stands_beside_the_old_one(house: House) -> None:
    interview_id = scored_interview(house.services)
    [old] = reports(house.services, interview_id)
    ticks: list[None] = []
    [change] = rescore(house.services.database, steps(house.services), [interview_id], lambda: ticks.append(None))
    before, after = reports(house.services, interview_id)
    assert before == old
    assert (after.version, after.model) == (2, "fixed/2")
    assert (change.before.match, change.before.model) == (old.match, "builder")
    assert change.after is not None
    assert (change.after.match, change.after.level) == (after.match, "senior")
    assert len(ticks) == 1
    with house.services.database.reading() as session:
        scores = session.exec(select(Score).where(Score.interview_id == interview_id)).all()
    assert {(score.version, score.model) for score in scores} == {(1, "builder"), (2, "fixed/2")}
    assert sum(score.version == 1 for score in scores) == sum(score.version == 2 for score in scores)


async def test_the_newest_weights_of_the_position_count_and_the_report_says_which(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        old = session.get_one(Position, session.get_one(Interview, interview_id).position_id)
        competencies = [dict(c) for c in old.profile["competencies"]]
        for competency, weight in zip(competencies, (0.2, 0.2, 0.6), strict=True):
            competency["weight"] = weight
        newest = Position(
            key=old.key,
            version=old.version + 1,
            profile=old.profile | {"competencies": competencies},
            created_at=old.created_at,
        )
        session.add(newest)
        session.flush()
        newest_id = newest.id
    rescore(house.services.database, steps(house.services), [interview_id])
    before, after = reports(house.services, interview_id)
    assert before.position_id != newest_id
    assert after.position_id == newest_id
    async with house.signed_in("recruiter") as browser:
        assert "权重 60%" in (await browser.get(f"/console/interviews/{interview_id}")).text
        assert "权重 60%" not in (await browser.get(f"/console/interviews/{interview_id}?version=1")).text


async def test_one_that_cannot_be_read_keeps_its_report_and_stops_nobody(house: House) -> None:
    broken, whole = scored_interview(house.services, name="李雷"), scored_interview(house.services, name="韩梅梅")
    wanted = reported_interviews(house.services.database)
    with house.services.database.unit_of_work() as session:
        session.get_one(Candidate, session.get_one(Interview, broken).candidate_id).wrapped_key = None
    failed, done = rescore(house.services.database, steps(house.services), wanted)
    assert (failed.interview_id, failed.after) == (broken, None)
    assert failed.problem
    assert "erasure" in failed.problem
    assert done.after is not None
    assert len(reports(house.services, broken)) == 1
    document = as_document([failed, done])
    assert (document["rescored"], document["failed"]) == (1, 1)
    assert document["interviews"][1]["after"]["version"] == 2
    assert as_table([failed, done]).row_count == 2
    assert reported_interviews(house.services.database) == [whole]


async def test_an_interrupted_one_leaves_no_half_of_a_version(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    interview_id = scored_interview(house.services)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("scoring.workflow.plan_delivery", cut_off)
    with pytest.raises(KeyboardInterrupt):
        steps(house.services).rescore(interview_id)
    with house.services.database.reading() as session:
        assert {score.version for score in session.exec(select(Score))} == {1}
    assert [report.version for report in reports(house.services, interview_id)] == [1]


async def test_only_reported_interviews_of_what_was_asked_for_are_taken(house: House) -> None:
    database = house.services.database
    reported = scored_interview(house.services)
    finished_interview(house.services)
    assert reported_interviews(database) == reported_interviews(database, position="sales") == [reported]
    assert reported_interviews(database, interview=reported) == [reported]
    with pytest.raises(NothingToRescore, match="position astronaut"):
        reported_interviews(database, position="astronaut")


async def test_the_page_shows_the_newest_and_links_the_older(house: House) -> None:
    interview_id = scored_interview(house.services)
    rescore(house.services.database, steps(house.services), [interview_id])
    path = f"/console/interviews/{interview_id}"
    async with house.signed_in("recruiter") as browser:
        newest, older = (await browser.get(path)).text, (await browser.get(f"{path}?version=1")).text
        assert (await browser.get(f"{path}?version=0")).status_code == 422
    assert "由评分模型 fixed/2 给出，第2版报告。" in newest
    assert f'href="{path}?version=1"' in newest
    assert 'name="value"' in newest
    assert "由评分模型 builder 给出，第1版报告。" in older
    assert "这是旧版评分" in older
    assert 'name="value"' not in older


async def test_the_hr_system_gets_the_new_version_after_the_result(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house_with_records(tmp_path_factory.mktemp("house"), monkeypatch) as (house, client):
        interview_id = scored_interview(house.services)
        rescore(house.services.database, steps(house.services), [interview_id])
        await deliver_all(house.services, client)
        with house.services.database.reading() as session:
            sent = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
            person = session.get_one(Interview, interview_id).candidate_id
        assert [(row.kind, row.version, row.state) for row in sent] == [("result", 1, "sent"), ("rescoring", 2, "sent")]
        file = await client.candidate_file(person)
    assert file is not None
    assert "fixed/2" in file.model_dump_json()  # the summary names the scorer
    assert '"version":2' in file.model_dump_json()


def test_either_version_s_weights_can_be_asked_for(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        first = session.exec(select(Position).where(Position.key == "sales")).one()
        profile = dict(first.profile)
        shares = {"customer_communication": 0.2, "resilience": 0.3, "results": 0.5}
        profile["competencies"] = [one | {"weight": shares[one["key"]]} for one in profile["competencies"]]
        session.add(Position(key="sales", version=2, profile=profile, created_at=now()))
    under = {
        version: rescore(house.services.database, steps(house.services), [interview_id], weights=version)[0]
        for version in (1, 2, 9)
    }
    with house.services.database.reading() as session:
        reports = session.exec(select(Report).order_by(Report.version)).all()  # type: ignore[arg-type]
        versions = [session.get_one(Position, report.position_id).version for report in reports]
    assert versions == [1, 1, 2]
    assert under[9].after is None
    assert under[9].problem == "the position sales has no version 9"
