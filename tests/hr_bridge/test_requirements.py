from __future__ import annotations

import pytest

from hr_bridge.requirements import Requirements, fit_of
from hr_bridge.resume.resume import Education, Resume, Work


def resume(**told: object) -> Resume:
    return Resume(language="zh", **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("has", "asked", "verdict"),
    [
        ("大专", "中专", "met"),
        ("技校", "中专", "met"),
        ("技校", "大专", "below"),
        ("本科", "本科", "met"),
        ("硕士", "本科", "met"),
        (None, "大专", "missing"),
    ],
)
def test_schooling_is_held_against_the_ladder(has: str | None, asked: str, verdict: str) -> None:
    schools = (Education("某校", degree="高中"),) if has == "高中" else (Education("某校", degree=has),)  # type: ignore[arg-type]
    (reason,) = fit_of(resume(education=schools), Requirements.model_validate({"education": asked})).reasons
    assert (reason.verdict, reason.found) == (verdict, has or "")


def test_the_highest_degree_counts() -> None:
    schools = (Education("一职", degree="中专"), Education("电大", degree="本科"))
    (reason,) = fit_of(resume(education=schools), Requirements(education="大专")).reasons
    assert (reason.verdict, reason.found) == ("met", "本科")


@pytest.mark.parametrize(("years", "verdict"), [(3.0, "met"), (2.9, "below"), (None, "missing")])
def test_years_that_are_not_told_are_not_too_few(years: float | None, verdict: str) -> None:
    fit = fit_of(resume(years_of_experience=years), Requirements(years=3))
    assert fit.reasons[0].verdict == verdict
    assert fit.is_below is (verdict == "below")


@pytest.mark.parametrize(
    ("skill", "text", "found"),
    [
        ("Go", "用Go写过订单服务", True),
        ("Go", "负责Google广告投放", False),
        ("C", "C++、Java", False),
        ("C++", "熟悉C++", True),
        ("Java", "JavaScript前端", False),
        ("数据库", "会用各种数据库工具", True),
    ],
)
def test_latin_words_stand_apart_and_chinese_ones_need_not(skill: str, text: str, found: bool) -> None:
    (reason,) = fit_of(resume(skills=(text,)), Requirements(skills=((skill,),))).reasons
    assert reason.verdict == ("met" if found else "missing")


def test_a_skill_is_found_in_what_was_done_and_quoted_there() -> None:
    work = (Work("海川", "班长", description="带过12人的夜班班组，负责排产。后来调到质检。"),)
    (reason,) = fit_of(resume(work=work), Requirements(skills=(("班组长", "班组"),))).reasons
    assert (reason.wanted, reason.found) == ("班组长", "带过12人的夜班班组，负责排产")


def test_a_language_is_told_by_its_tests_or_by_the_resume_itself() -> None:
    wanted = Requirements(languages=("英语",))
    assert fit_of(resume(certificates=("大学英语四级 CET-4",)), wanted).met == 1
    assert fit_of(Resume(language="en"), wanted).met == 1
    assert fit_of(resume(), wanted).reasons[0].verdict == "missing"


def test_a_position_that_asks_for_nothing_is_met_by_everybody() -> None:
    fit = fit_of(resume(), Requirements())
    assert (fit.met, fit.reasons, fit.is_below) == (0, (), False)
