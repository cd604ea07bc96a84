"""Dimensions of a competency on the page, in the JSON and in the PDF: the same figures and sentences."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from pypdf import PdfReader
from sqlmodel import select

from bot.console.report_document import read_report_document
from bot.console.report_pdf import render_pdf
from core.tables import Score
from scoring.score import AnswerScore, AnswerToScore, DimensionShown, Telling
from scoring.workflow import AssessmentSteps
from tests.bot.console.house import House
from tests.builders import finished_interview
from tests.fakes.fixed_scorer import FixedScorer

SHOWN = "问他们排产怎么做"
TOLD = f"需求挖掘3.2级，依据是第1题：“{SHOWN}”。"
UNSEEN = "回答中没有体现，未评分（不按零分计）：表达清晰度、感染力"


class DimensionScorer(FixedScorer):
    """Finds one dimension in the one answer that has SHOWN in it."""

    def score(self, answers: Sequence[AnswerToScore]) -> list[AnswerScore]:
        telling = Telling(2.0, 3, 0, 0, 2, 1, 0, 0)
        return [
            replace(score, dimensions=self._found(asked.answer), telling=telling)
            for asked, score in zip(answers, super().score(answers), strict=True)
        ]

    @staticmethod
    def _found(answer: str) -> tuple[DimensionShown, ...]:
        at = answer.find(SHOWN)
        return (DimensionShown("needs_discovery", at, at + len(SHOWN)),) if at >= 0 else ()


def held_and_scored(house: House) -> str:
    interview_id = finished_interview(house.services)
    steps = AssessmentSteps(house.services.database, house.services.keys, DimensionScorer(), ())
    steps.score_answers(interview_id)
    steps.report_and_hand_over(interview_id)
    return interview_id


async def test_the_json_gives_each_dimension_its_score_level_and_sentence(house: House) -> None:
    interview_id = held_and_scored(house)
    async with house.visitor("recruiter") as program:
        document = (await program.get(f"/api/interviews/{interview_id}/report?language=zh")).json()
    assert document["form"] == "a"
    customers = next(c for c in document["competencies"] if c["key"] == "customer_communication")
    clarity, engagement, needs = customers["dimensions"]
    assert needs == {"key": "needs_discovery", "title": "需求挖掘", "score": 82.4, "level": 3.2, "text": TOLD}
    for unseen in (clarity, engagement):
        assert (unseen["score"], unseen["level"]) == (None, None)
        assert unseen["text"].endswith("不算零分。")


async def test_page_and_pdf_say_the_same(house: House) -> None:
    interview_id = held_and_scored(house)
    async with house.signed_in("recruiter") as browser:
        page = await browser.get(f"/console/interviews/{interview_id}")
    seen = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page.text)))
    assert TOLD in seen
    assert UNSEEN in seen
    document = read_report_document(house.services, interview_id, "zh")
    text = "".join(p.extract_text() for p in PdfReader(BytesIO(render_pdf(document, "林晓芸"))).pages)
    flat = text.replace("\n", "").replace(" ", "")
    assert TOLD in flat
    assert UNSEEN in flat


async def test_a_report_of_a_scorer_without_dimensions_claims_nothing_about_them(house: House) -> None:
    interview_id = finished_interview(house.services)
    steps = AssessmentSteps(house.services.database, house.services.keys, FixedScorer(), ())
    steps.score_answers(interview_id)
    with house.services.database.unit_of_work() as session:
        for score in session.exec(select(Score)).all():
            score.dimensions = None
    steps.report_and_hand_over(interview_id)
    document = read_report_document(house.services, interview_id, "zh")
    assert [competency.dimensions for competency in document.competencies] == [[], [], []]
