"""Positions: the demo profiles hold what they must, and the plan editor refuses more than fits."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from hr_bridge.pay.band import Band
from hr_bridge.position import PositionInvalid, PositionProfile, check_position, load_positions

Profile = dict[str, Any]


def profile(key: str = "sales") -> Profile:
    """A demo position as the plan editor sends it back."""
    return next(position for position in load_positions() if position.key == key).model_dump(mode="json")


def refusal(change: Callable[[Profile], object]) -> str:
    edited = profile()
    change(edited)
    with pytest.raises(PositionInvalid) as refused:
        check_position(edited)
    return str(refused.value)


@pytest.fixture(params=["sales", "software_engineer", "production_supervisor"])
def position(request: pytest.FixtureRequest) -> PositionProfile:
    return next(position for position in load_positions() if position.key == request.param)


def test_there_are_the_three_demo_positions() -> None:
    assert [position.key for position in load_positions()] == ["production_supervisor", "sales", "software_engineer"]


def test_the_bands_are_those_of_the_worked_examples() -> None:
    bands = {position.key: position.grades for position in load_positions()}
    assert bands["sales"]["mid"] == Band(10, 13)
    assert bands["software_engineer"]["mid"] == Band(12, 15)
    assert bands["software_engineer"]["senior"] == Band(15, 18)
    assert bands["production_supervisor"]["mid"] == Band(14, 20)


def test_team_leadership_is_premium_for_the_production_supervisor() -> None:
    supervisor = next(position for position in load_positions() if position.key == "production_supervisor")
    assert [(premium.key, premium.threshold) for premium in supervisor.premium_competencies] == [("leadership", 85)]


def test_a_demo_position_keeps_to_the_budget(position: PositionProfile) -> None:
    assert position.scored_questions <= 8
    assert 3 * len(position.resume_competencies) <= position.scored_questions
    assert position.estimated_minutes <= position.time_budget_minutes == 20
    assert math.isclose(sum(position.weights.values()), 1)


def test_a_demo_position_has_facts_to_ask_and_to_tell(position: PositionProfile) -> None:
    assert position.policy == "cn"
    assert {"expected_salary", "start_date"} < {fact.key for fact in position.must_have_facts}
    assert 3 <= len(position.must_have_facts) <= 4
    assert {"hours", "probation", "social_insurance", "training", "next_steps"} <= {
        fact.topic for fact in position.approved_facts
    }
    assert len(position.approved_facts) >= 6


def test_the_internal_band_is_not_what_candidates_are_shown(position: PositionProfile) -> None:
    band, shown = position.grades[position.grade], position.advertised_range
    assert (shown.low, shown.high) != (band.low, band.high)


def test_no_text_for_candidates_gives_the_internal_band_away(position: PositionProfile) -> None:
    band = position.grades[position.grade]
    told = [position.summary, *position.approved_facts]
    for phrase in told:
        for text in (phrase.zh, phrase.en):
            assert not re.search(rf"{band.low:g}\D{{1,3}}{band.high:g}", text), text


def test_chinese_is_chinese_and_ends_with_chinese_punctuation(position: PositionProfile) -> None:
    sentences = [position.summary, *position.approved_facts]
    sentences += [competency.why for competency in position.competencies]
    sentences += [fact.question for fact in position.must_have_facts]
    for phrase in sentences:
        assert phrase.zh.endswith(("。", "？")), phrase.zh
        assert not re.search(r"[,?!;]|[A-Za-z]+\s+[A-Za-z]+", phrase.zh), phrase.zh
        assert not re.search(r"[一-鿿，。？]", phrase.en), phrase.en


def test_nothing_is_asked_about_marriage_children_age_or_health(position: PositionProfile) -> None:
    asked = [fact.question for fact in position.must_have_facts]
    asked += [option.title for fact in position.must_have_facts for option in fact.options]
    for phrase in asked:
        assert not re.search(r"婚|育|孩|怀孕|年龄|岁|健康|病|家庭", phrase.zh)
        assert not re.search(r"\b(marri|child|pregnan|famil|health|age\b|ill\b)", phrase.en, re.IGNORECASE)


def test_a_profile_survives_the_way_through_json(position: PositionProfile) -> None:
    stored = position.model_dump(mode="json")
    assert stored["grades"]["mid"] == f"{position.grades['mid'].low:g}-{position.grades['mid'].high:g}"
    assert check_position(stored) == position


def test_a_profile_cannot_be_changed_in_place(position: PositionProfile) -> None:
    with pytest.raises(ValueError, match="frozen"):
        position.pass_line = 10  # type: ignore[misc]


def test_nine_scored_questions_are_refused() -> None:
    def ask_more(edited: Profile) -> None:
        edited["competencies"][0]["questions"].append("customer_communication_t3")

    assert refusal(ask_more) == (
        "The position cannot be used: the plan has 9 scored questions, but max_scored_questions is 8."
    )


def test_half_the_questions_from_the_resume_are_refused() -> None:
    def lean_on_the_resume(edited: Profile) -> None:
        for competency in edited["competencies"]:
            competency["resume_question"] = True
            del competency["questions"][1]

    assert "3 of 6 scored questions are drawn from the résumé, but at most a third may" in refusal(lean_on_the_resume)


def test_a_plan_longer_than_its_time_is_refused() -> None:
    said = refusal(lambda edited: edited.update(time_budget_minutes=15))
    assert said == (
        "The position cannot be used: the interview would take about 20 minutes, but time_budget_minutes is 15."
    )


def test_the_operator_template_of_ten_minutes_and_five_questions_fits() -> None:
    edited = profile("production_supervisor")
    edited["competencies"] = [dict(competency, resume_question=False) for competency in edited["competencies"]]
    for form in ("questions", "parallel_questions"):
        del edited["competencies"][0][form][1]
    edited |= {
        "time_budget_minutes": 10,
        "max_scored_questions": 5,
        "planned_minutes": {"opening": 1, "facts": 0.5, "scored_question": 1.6, "own_questions": 0.5},
    }
    assert check_position(edited).estimated_minutes == pytest.approx(10)


def test_a_demo_position_has_two_forms_of_as_many_questions_of_the_same_kinds(position: PositionProfile) -> None:
    assert position.forms == ("a", "b")
    kinds = [[key.rpartition("_")[2][0] for key in position.core_questions_of(form)] for form in position.forms]
    assert kinds[0] == kinds[1]
    assert not {*position.core_questions_of("a")} & {*position.core_questions_of("b")}


def test_a_position_of_one_form_is_still_a_position() -> None:
    edited = profile()
    for competency in edited["competencies"]:
        del competency["parallel_questions"]
    assert check_position(edited).forms == ("a",)


@pytest.mark.parametrize(
    ("parallel", "said"),
    [
        (["resilience_s4"], "resilience has 2 questions in form a and 1 in form b"),
        ([], "resilience has 2 questions in form a and 0 in form b"),
        (
            ["resilience_t4", "resilience_s4"],
            "resilience_t4 stands for resilience_s1 in form b, but is of another kind",
        ),
        (["resilience_s1", "resilience_t4"], "questions names resilience_s1 twice"),
        (["results_s3", "resilience_t4"], "results_s3 is not about resilience"),
    ],
)
def test_forms_that_are_not_alike_are_refused(parallel: list[str], said: str) -> None:
    assert said in refusal(lambda edited: edited["competencies"][1].update(parallel_questions=parallel))


def test_weights_that_do_not_add_up_are_refused() -> None:
    def weigh_less(edited: Profile) -> None:
        edited["competencies"][0]["weight"] = 0.3

    assert "add up to 0.9 instead of 1" in refusal(weigh_less)


def test_two_competencies_are_too_few() -> None:
    assert "holds 2, but a position has 3 to 5" in refusal(lambda edited: edited["competencies"].pop())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda edited: edited["grades"].pop("mid"), "no band for mid"),
        (lambda edited: edited["grades"].update(mid="13-10"), "grades.mid"),
        (lambda edited: edited.update(advertised_range={"low": 12, "high": 9}), "advertised_range"),
        (lambda edited: edited.update(policy="mars"), "no policy profile “mars”"),
        (lambda edited: edited.update(pass_line=101), "pass_line"),
        (lambda edited: edited.update(languages=["zh", "zh"]), "languages names zh twice"),
        (lambda edited: edited.update(favourite_colour="red"), "favourite_colour"),
        (
            lambda edited: edited["competencies"][1].update(questions=["results_s1"]),
            "results_s1 is not about resilience",
        ),
        (
            lambda edited: edited["competencies"][1].update(
                key="results", questions=["results_s2"], parallel_questions=["results_s3"]
            ),
            "results twice",
        ),
        (lambda edited: edited["competencies"][2].update(questions=[]), "competencies.2.questions"),
        (lambda edited: edited["must_have_facts"][0].update(options=[]), "must_have_facts.0.options"),
        (
            lambda edited: edited.update(premium_competencies=[{"key": "safety", "threshold": 85}]),
            "safety is not among",
        ),
        (lambda edited: edited.update(expected_levels={"mid": {"safety": 4}}), "safety is not among"),
        (lambda edited: edited.pop("summary"), "summary"),
    ],
)
def test_a_fault_is_one_sentence_with_its_place(change: Callable[[Profile], object], said: str) -> None:
    sentence = refusal(change)
    assert said in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_a_language_model_is_off_unless_a_position_turns_it_on_and_says_who_runs_it() -> None:
    assert not any(position.llm.is_on for position in load_positions())

    assert "names_vendor must say" in refusal(lambda p: p["llm"].update(second_rater=True))
    assert "names_vendor must say" in refusal(lambda p: p["llm"].update(report_prose=True))

    edited = profile()
    edited["llm"] = {"second_rater": True, "names_vendor": {"zh": "公司自建", "en": "our own servers"}}
    assert check_position(edited).llm.second_rater
