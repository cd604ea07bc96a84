from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from bot.console.report_document import read_report_document
from bot.console.report_pdf import render_pdf
from tests.bot.console.house import House
from tests.builders import invited_interview, scored_interview

RARE = "喆䶮 🙂 <b>&"


def fonts_of(reader: PdfReader) -> list[DictionaryObject]:
    return [font.get_object() for page in reader.pages for font in page["/Resources"].get_object()["/Font"].values()]


async def test_a_program_reads_the_report_in_sentences_of_its_language(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.visitor("recruiter") as program:
        chinese = (await program.get(f"/api/interviews/{interview_id}/report?language=zh")).json()
        english = (
            await program.get(f"/api/interviews/{interview_id}/report", headers={"Accept-Language": "en"})
        ).json()
    assert (chinese["version"], [v["version"] for v in chinese["versions"]]) == (1, [1])
    assert chinese["strengths"][0]["competency"] == "results"
    assert "第3题" in chinese["strengths"][0]["text"]
    assert "meets what the job needs" in " ".join(f["text"] for f in english["strengths"])
    assert "年底做到了二百零六万" in english["strengths"][0]["text"]
    assert chinese["scorer"] == "由评分模型 builder 给出，第1版报告。"
    assert (chinese["match"], chinese["core_match"]) == (english["match"], english["core_match"])
    results = next(c for c in chinese["competencies"] if c["key"] == "results")
    assert (results["expected"], results["weight"], results["title"]) == (3.0, 0.3, "结果导向")
    assert results["evidence"][0].keys() == {"quote", "indicator", "start", "end"}


async def test_no_report_and_no_such_version_are_told_apart_from_no_interview(house: House) -> None:
    open_one, reported = invited_interview(house.services), scored_interview(house.services)
    async with house.visitor("recruiter") as program:
        assert (await program.get(f"/api/interviews/{open_one}/report")).status_code == 409
        assert (await program.get(f"/api/interviews/{reported}/report?version=7")).status_code == 409
        assert (await program.get("/api/interviews/nothing/report")).status_code == 404
        assert (await program.get(f"/api/interviews/{reported}/report?version=0")).status_code == 422


async def test_the_page_says_it_in_words(house: House) -> None:
    interview_id = scored_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        page = (await browser.get(f"/console/interviews/{interview_id}")).text
    for words in ("优势", "结果导向高于岗位要求：评为3.9级", "没有低于岗位要求的能力", "第6题没有问到", "report.pdf"):
        assert words in page


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_pdf_says_the_same_and_carries_every_font_it_uses(house: House, language: str) -> None:
    interview_id = scored_interview(house.services, language=language)  # type: ignore[arg-type]
    document = read_report_document(house.services, interview_id, language)  # type: ignore[arg-type]
    reader = PdfReader(BytesIO(render_pdf(document, f"林晓芸 {RARE}")))
    text = "".join(page.extract_text() for page in reader.pages).replace("\n", "").replace(" ", "")
    assert "林晓芸喆䶮□<b>&" in text
    for finding in (*document.strengths, *document.unscored):
        assert finding.text.replace(" ", "") in text
    for competency in document.competencies:
        for item in competency.evidence:
            assert item.quote.replace(" ", "") in text
    assert len(fonts_of(reader)) >= 2
    for font in fonts_of(reader):
        descriptor = font["/FontDescriptor"].get_object()
        assert "/FontFile2" in descriptor, font["/BaseFont"]


async def test_one_pdf_after_another_each_has_its_own_characters(house: House) -> None:
    document = read_report_document(house.services, scored_interview(house.services), "zh")
    for name in ("魑魅魍魉", "饕餮"):
        text = PdfReader(BytesIO(render_pdf(document, name))).pages[0].extract_text()
        assert name in text


async def test_a_recruiter_downloads_the_pdf_and_the_page_of_no_report_says_so(house: House) -> None:
    interview_id, open_one = scored_interview(house.services), invited_interview(house.services)
    async with house.signed_in("recruiter") as browser:
        answer = await browser.get(f"/console/interviews/{interview_id}/report.pdf")
        assert (await browser.get(f"/console/interviews/{open_one}/report.pdf")).status_code == 404
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert f'filename="report-{interview_id}-v1.pdf"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) < 300_000
