from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
from sqlmodel import select

from bot.console.texts import all_texts
from core.clock import now
from core.tables import Interview, Question, Report, ReportProse, SecondRating
from scoring.second_rating import Failure
from tests.bot.console.house import House
from tests.builders import scored_interview

QUOTE = "年底做到了二百零六万"
PROSE = "候选人的结果导向突出。"


def text_of(page: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def rate_again(house: House, interview_id: str, source: str, **values: Any) -> None:
    """A second rating of the answer to one question; by default three samples of 4.0."""
    with house.services.database.unit_of_work() as session:
        key = house.services.key_of(session, session.get_one(Interview, interview_id))
        asked = select(Question).where(Question.interview_id == interview_id, Question.source == source)
        row: dict[str, Any] = {"level": 4.0, "samples": [4.0, 4.0, 4.0], "dropped": [], "failure": None, **values}
        session.add(
            SecondRating(
                interview_id=interview_id,
                question_id=session.exec(asked).one().id,
                quotes_sealed=key.seal(json.dumps([QUOTE]), "second rating"),
                model="fake-1",
                prompt_version="rating-1234",
                rated_at=now(),
                **row,
            )
        )


async def page_of(house: House, interview_id: str) -> str:
    async with house.signed_in("recruiter") as browser:
        return text_of(await browser.get(f"/console/interviews/{interview_id}"))


async def test_without_a_second_rater_the_report_speaks_of_none(house: House) -> None:
    shown = await page_of(house, scored_interview(house.services))

    assert "第二评分" not in shown
    assert "AI撰写" not in shown


async def test_both_ratings_stand_side_by_side_with_samples_and_passages(house: House) -> None:
    interview_id = scored_interview(house.services)
    rate_again(house, interview_id, "results_s1", samples=[3.5, 4.0], dropped=["quote_missing"])

    shown = await page_of(house, interview_id)

    assert re.search(rf"3\.9 4\.0 各次取样 3\.5 / 4\.0 · 1 次未采用 {QUOTE}", shown)
    assert "fake-1，提示词 rating-1234" in shown
    assert "相差超过一级" not in shown


async def test_more_than_a_level_apart_goes_to_a_person_and_changes_no_figure(house: House) -> None:
    interview_id = scored_interview(house.services)
    before = await page_of(house, interview_id)
    rate_again(house, interview_id, "results_s1", level=1.5, samples=[1.0, 1.5, 2.0])

    shown = await page_of(house, interview_id)

    assert "结果导向：两次评分相差超过一级" in shown
    assert re.search(r"3\.9 1\.5 各次取样 1\.0 / 1\.5 / 2\.0 相差超过一级，请您判断", shown)
    figures = re.compile(r"岗位匹配度 [\d.]+")
    assert figures.findall(shown) == figures.findall(before) != []


def failures(kind: Any = Failure) -> Iterator[str]:
    for argument in get_args(kind):
        yield from [argument] if isinstance(argument, str) else failures(argument)


def test_every_failure_has_its_sentence() -> None:
    named = set(failures())

    assert {"timeout", "quote_missing", "no_legal_basis"} <= named
    assert {key for key in all_texts() if key.startswith("second.why_")} == {f"second.why_{name}" for name in named}


@pytest.mark.parametrize(("failure", "sentence"), [("timeout", "超时"), ("no_legal_basis", "没有登记数据出境的依据")])
async def test_a_rating_that_was_not_finished_says_why(house: House, failure: str, sentence: str) -> None:
    interview_id = scored_interview(house.services)
    rate_again(house, interview_id, "results_s1", level=None, samples=[], failure=failure)

    shown = await page_of(house, interview_id)

    assert f"3.9 第二评分未完成：{sentence}" in shown


async def test_prose_is_marked_as_written_by_ai(house: House) -> None:
    interview_id = scored_interview(house.services)
    with house.services.database.unit_of_work() as session:
        key = house.services.key_of(session, session.get_one(Interview, interview_id))
        report = session.exec(select(Report)).one()
        session.add(
            ReportProse(
                report_id=report.id,
                text_sealed=key.seal(PROSE, "report prose"),
                model="fake-1",
                prompt_version="prose-1234",
                written_at=now(),
            )
        )

    shown = await page_of(house, interview_id)

    assert re.search(f"AI撰写 {PROSE} 由大语言模型 fake-1 ", shown)
