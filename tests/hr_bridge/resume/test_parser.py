"""How much of a résumé is read rightly, on 52 of different trades; and single layouts that once went wrong.

All were written before the parser met them. What it made of each batch at first sight, before anything was mended
(precision, recall over all fields): 10 common layouts .96, .94; 8 odd ones .87, .85; 8 odder ones .86, .70; and the
six of resumes/unseen_*.yml, after all that, .97, .96. resumes/zh.yml and en.yml have been worked on since.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import pytest

from hr_bridge.resume.parser import parse_text
from hr_bridge.resume.reader import parse_file
from hr_bridge.resume.sandboxed_reader import MAX_TEXT
from tests.builders_resume import as_docx, as_pdf
from tests.hr_bridge.resume.agreement import TOGETHER, Agreement, compare, load

TODAY = date(2026, 11, 1)


def agreement_on(*names: str) -> Agreement:
    agreement = Agreement()
    for name in names:
        for resume in load(name):
            compare(parse_text(resume["text"], today=TODAY), resume["expected"], agreement)
    return agreement


@pytest.mark.parametrize(("language", "least_resumes"), [("zh", 20), ("en", 16)])
def test_every_field_is_read_on_the_resumes_worked_on(language: str, least_resumes: int) -> None:
    assert len(load(language)) >= least_resumes
    agreement = agreement_on(language)
    for name in agreement.there:
        assert agreement.precision(name) >= 0.9, name
        assert agreement.recall(name) >= 0.9, name
    assert agreement.precision(TOGETHER) >= 0.98
    assert agreement.recall(TOGETHER) >= 0.98


def test_resumes_that_the_parser_was_not_made_on_are_read_nearly_as_well() -> None:
    agreement = agreement_on("unseen_zh", "unseen_en")
    assert agreement.there[TOGETHER] >= 130
    assert agreement.precision(TOGETHER) >= 0.96
    assert agreement.recall(TOGETHER) >= 0.95
    assert agreement.recall("work.employer") == 1.0
    assert agreement.recall("removed") == 1.0


@pytest.mark.parametrize("make", [as_docx, as_pdf], ids=["docx", "pdf"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_word_and_pdf_files_are_read_as_well_as_text(make: Callable[[str], bytes], language: str) -> None:
    agreement = Agreement()
    for resume in load(language)[:8]:
        compare(parse_file(make(resume["text"]), "", today=TODAY), resume["expected"], agreement)
    assert agreement.precision() >= 0.98
    assert agreement.recall() >= 0.98


def test_contact_stands_apart_and_nowhere_else() -> None:
    for name in ("zh", "en", "unseen_zh", "unseen_en"):
        for resume in load(name):
            plain = parse_text(resume["text"], today=TODAY).to_json()
            contact = plain.pop("contact")
            for value in filter(None, (contact["phone"], contact["email"])):
                assert value.removeprefix("+86") not in str(plain)


def test_internships_are_kept_and_count_for_no_years() -> None:
    text = "实习经历\n2024.07-2024.09  长江公司  招聘实习生\n工作经历\n2025.07-2025.12  长江公司  招聘专员"
    resume = parse_text(text, today=TODAY)
    assert [(job.title, job.internship) for job in resume.work] == [("招聘专员", False), ("招聘实习生", True)]
    assert resume.years_of_experience == 0.5


def test_stated_years_count_only_where_no_job_has_dates() -> None:
    assert parse_text("王芳\n8年销售经验\n技能：谈判", today=TODAY).years_of_experience == 8.0
    dated = "王芳\n8年销售经验\n工作经历\n2024.11-至今  启明公司  销售"
    assert parse_text(dated, today=TODAY).years_of_experience == 2.0


def test_two_jobs_told_in_one_sentence_are_two_jobs() -> None:
    resume = parse_text("2019年到2021年在美团做骑手，2021年至今在顺丰速运当快递员。", today=TODAY)
    assert [(job.employer, job.start, job.end) for job in resume.work] == [
        ("美团", "2019", "2021"),
        ("顺丰速运", "2021", None),
    ]


def test_prior_pay_is_hidden_unless_the_policy_allows_it() -> None:
    text = "工作经历\n2019.03-至今  启明公司  销售\n目前月薪：15000元"
    assert "15000" not in str(parse_text(text, today=TODAY).to_json())
    assert "15000" in str(parse_text(text, today=TODAY, mask_pay=False).to_json())


@pytest.mark.parametrize(
    "text", ["", "你好", "。" * 5000, "\n" * 2000, "2019-2020 " * 500, "(" * 3000, "工作经历\n" * 500]
)
def test_a_text_that_is_no_resume_gives_an_empty_one_and_no_error(text: str) -> None:
    resume = parse_text(text, today=TODAY)
    assert resume.education == ()
    assert resume.contact.phone is None


@pytest.mark.parametrize(
    "piece", ["2019-", "138 ", "Aa of ", "bachelor ", "salary ", "（", "中 ", "a@", "姓 ", "\t", "，a", "因", "1"]
)
@pytest.mark.parametrize("heading", ["", "工作经历\n"])
def test_a_text_made_to_keep_the_parser_busy_is_read_in_seconds(heading: str, piece: str) -> None:
    text = (heading + piece * MAX_TEXT)[:MAX_TEXT]
    began = time.process_time()
    parse_text(text, today=TODAY)
    assert time.process_time() - began < 5
