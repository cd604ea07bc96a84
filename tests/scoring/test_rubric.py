"""The competency library: complete, bilingual, fair to ask, and said only once."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from core.content import Language, Phrase, read_content
from hr_bridge.position import load_positions
from scoring.rubric import (
    RESUME_SLOTS,
    Competency,
    Question,
    RubricInvalid,
    RubricMissing,
    StarPart,
    load_competency,
    load_library,
    parallel_form,
    question,
)
from scoring.score import COMPETENCIES
from scoring.scorers.indicators import phrase_vectors

KEYS = {
    "customer_communication",
    "resilience",
    "results",
    "logical_thinking",
    "problem_solving",
    "learning",
    "leadership",
    "cost_control",
    "safety",
    "teamwork",
    "communication",
    "planning",
    "decision_making",
    "integrity",
    "innovation",
    "adaptability",
    "service",
    "conflict_management",
    "quality",
}
SAME_MEANING = 0.78  # cosine of USE-m3; close rewordings of one question that we tried lie on both sides of it
PARTS: tuple[StarPart, ...] = ("situation", "action", "result")
SEEDS = {"请描述你最成功的一次客户成交经历", "如果你遇到客户拒绝，会如何处理"}
FORBIDDEN = re.compile(
    r"婚|恋爱|对象|配偶|老公|老婆|丈夫|妻子|生育|二胎|孩子|小孩|子女|怀孕|产假|年龄|年纪|几岁|岁数|家庭|家人|父母"
    r"|籍贯|民族|信仰|宗教|党员|身高|体重|残疾|疾病|病史|健康|性别"
    r"|\b(?:marri\w+|wed\w*|spouse|husband|wife|partner'?s?\s+job|child\w*|kids?|pregnan\w*|maternity|famil\w+|parents?"
    r"|age|aged|old(?:er)?\s+are|birth\w*|religio\w+|ethnic\w*|race|gender|health\w*|ill(?:ness)?|disab\w+|height)\b",
    re.IGNORECASE,
)


def library_file(key: str) -> Path:
    return Path(__file__).parents[2] / "scoring" / "library" / f"{key}.yml"


def all_questions() -> Iterator[Question]:
    return (asked for competency in load_library().values() for asked in competency.questions)


def asked_phrases() -> Iterator[Phrase]:
    """Everything that is ever put to a candidate as a question."""
    for competency in load_library().values():
        yield from (competency.resume_questions.experienced, competency.resume_questions.newcomer)
        for asked in competency.questions:
            yield from (asked.text, asked.clarify, *(getattr(asked.follow_ups, part) for part in PARTS))


def said_once(language: Language) -> list[str]:
    """Every anchor, indicator and question of the library."""
    said = []
    for competency in load_library().values():
        said += [anchor.text(language) for anchor in competency.anchors.values()]
        said += [*competency.indicators_for.phrases(language), *competency.indicators_against.phrases(language)]
        said += [phrase for part in competency.dimensions for phrase in part.indicators.phrases(language)]
        said += [asked.text.text(language) for asked in competency.questions]
        said += [asked.clarify.text(language) for asked in competency.questions]
        said += [competency.resume_questions.experienced.text(language)]
        said += [competency.resume_questions.newcomer.text(language)]
    return said


def shingles(text: str, size: int) -> set[str]:
    plain = re.sub(r"[\W_]+", "" if size == 2 else " ", text.lower())
    return {plain[start : start + size] for start in range(len(plain) - size + 1)}


def likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def test_the_library_holds_all_nineteen_competencies() -> None:
    assert set(load_library()) == KEYS == set(COMPETENCIES)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_competency_is_complete(key: str) -> None:
    competency = load_competency(key)
    assert sorted(competency.anchors) == [1, 2, 3, 4, 5]
    assert 2 <= len(competency.dimensions) <= 3
    for language in ("zh", "en"):
        assert len(competency.indicators_for.phrases(language)) >= 6
        assert len(competency.indicators_against.phrases(language)) >= 4
        assert all(len(dimension.indicators.phrases(language)) >= 3 for dimension in competency.dimensions)
    for kind in ("structured", "situational"):
        assert Counter(asked.form for asked in competency.questions_of(kind)) == {"a": 2, "b": 2}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_question_keys_stay_as_positions_know_them(key: str) -> None:
    keys = [asked.key for asked in load_competency(key).questions]
    assert keys == [f"{key}_{mark}{number}" for mark in "st" for number in (1, 2, 3, 4)]


def test_the_other_form_may_stand_for_a_question_and_keeps_kind_and_competency() -> None:
    assert parallel_form("teamwork_s1") == ("teamwork_s3", "teamwork_s4")
    assert parallel_form("results_t3") == ("results_t1", "results_t2")
    for asked in all_questions():
        for key in parallel_form(asked.key):
            other = question(key)
            assert (other.kind, other.competency) == (asked.kind, asked.competency)
            assert asked.key in parallel_form(key)


def test_an_unknown_question_has_no_parallel_form() -> None:
    with pytest.raises(RubricMissing, match="teamwork_s9"):
        parallel_form("teamwork_s9")


def test_customer_communication_splits_into_the_three_published_dimensions() -> None:
    dimensions = load_competency("customer_communication").dimensions
    assert [(dimension.key, dimension.title.zh) for dimension in dimensions] == [
        ("clarity", "表达清晰度"),
        ("engagement", "感染力"),
        ("needs_discovery", "需求挖掘"),
    ]


@pytest.mark.parametrize(("language", "size"), [("zh", 2), ("en", 3)])
def test_nothing_is_said_twice_in_the_library(language: Language, size: int) -> None:
    phrases = [(phrase, shingles(phrase, size)) for phrase in said_once(language)]
    twins = [
        (one, other)
        for (one, left), (other, right) in itertools.combinations(phrases, 2)
        if likeness(left, right) >= 0.45
    ]
    assert twins == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_competency_asks_or_lists_what_another_does_in_other_words(language: Language) -> None:
    questions, indicators = [], []
    for key, competency in load_library().items():
        questions += [(key, asked.text.text(language)) for asked in competency.questions]
        lists = (
            competency.indicators_for,
            competency.indicators_against,
            *(d.indicators for d in competency.dimensions),
        )
        indicators += [(key, phrase) for phrases in lists for phrase in phrases.phrases(language)]
    for said in (questions, indicators):
        vectors = phrase_vectors(tuple(text for _, text in said))
        near = np.argwhere(np.triu(vectors @ vectors.T, 1) >= SAME_MEANING)
        assert [(said[one], said[other]) for one, other in near if said[one][0] != said[other][0]] == []


def test_the_chinese_indicators_are_no_translations_of_the_english() -> None:
    """Twelve plain translations that we tried had a mean cosine of .66."""
    for key, competency in load_library().items():
        for indicators in (competency.indicators_for, competency.indicators_against):
            shared = min(len(indicators.zh), len(indicators.en))
            left, right = phrase_vectors(indicators.zh[:shared]), phrase_vectors(indicators.en[:shared])
            assert (left * right).sum(axis=1).mean() < 0.5, key


def test_no_question_repeats_a_follow_up_of_another() -> None:
    for language in ("zh", "en"):
        follow_ups = [asked.follow_ups.text(part, language) for asked in all_questions() for part in PARTS]
        assert len(follow_ups) == len(set(follow_ups))


def test_chinese_questions_hold_no_english_and_end_with_chinese_punctuation() -> None:
    for phrase in asked_phrases():
        words = re.sub(r"\{\w+\}", "", phrase.zh)
        assert not re.search(r"[A-Za-z]", words), phrase.zh
        assert not re.search(r"[,.?!:;]", words), phrase.zh
        assert phrase.zh in SEEDS or phrase.zh.endswith(("。", "？")), phrase.zh


def test_chinese_rubric_is_chinese_and_anchors_end_with_a_full_stop() -> None:
    for competency in load_library().values():
        for phrase in (competency.definition, *competency.anchors.values()):
            assert phrase.zh.endswith("。"), phrase.zh
            assert not re.search(r"[A-Za-z]|[,.?!:;]", phrase.zh), phrase.zh
        for indicator in (*competency.indicators_for.zh, *competency.indicators_against.zh):
            assert not re.search(r"[A-Za-z]|[,.?!:;]", indicator), indicator


def test_english_holds_no_chinese() -> None:
    for language_text in said_once("en"):
        assert not re.search(r"[一-鿿，。？]", language_text), language_text
    for phrase in asked_phrases():
        assert phrase.en.endswith((".", "?")), phrase.en


def test_no_question_asks_for_marriage_children_age_or_health() -> None:
    for phrase in asked_phrases():
        for text in (phrase.zh, phrase.en):
            assert not FORBIDDEN.search(text), text


def test_a_question_asks_one_thing() -> None:
    for asked in all_questions():
        for text in (asked.text.zh, asked.text.en):
            assert len(re.findall(r"[？?]", text)) <= 1, text


def test_chinese_questions_address_the_candidate_politely() -> None:
    for phrase in asked_phrases():
        assert phrase.zh in SEEDS or not re.search(r"你(?!们)", phrase.zh), phrase.zh


def test_the_seed_sentences_are_asked_about_customer_communication() -> None:
    asked = load_competency("customer_communication").resume_questions
    assert asked.experienced.text("zh") == "请描述你最成功的一次客户成交经历"
    assert asked.newcomer.text("zh") == "如果你遇到客户拒绝，会如何处理"


@pytest.mark.parametrize("key", sorted(KEYS))
def test_somebody_without_a_resume_can_be_asked_too(key: str) -> None:
    asked = load_competency(key).resume_questions
    assert asked.newcomer.fill("zh", {}) or asked.experienced.fill("zh", {})


def test_slots_are_filled_with_what_the_resume_says() -> None:
    asked = load_competency("results").resume_questions.experienced
    facts = {"employer": "海泉商贸", "role": "店长"}
    assert asked.slots == {"employer", "role"} <= RESUME_SLOTS
    assert "海泉商贸" in (asked.fill("zh", facts) or "")
    assert asked.fill("zh", {"employer": "海泉商贸"}) is None


def test_a_slot_value_that_looks_like_a_slot_stays_as_it_is() -> None:
    asked = load_competency("results").resume_questions.experienced
    filled = asked.fill("en", {"employer": "{role} Ltd", "role": "driver"})
    assert filled is not None
    assert "{role} Ltd" in filled


def test_a_question_is_found_by_its_key_and_knows_its_competency() -> None:
    asked = question("customer_communication_t2")
    assert asked.kind == "situational"
    assert asked.competency == "customer_communication"


@pytest.mark.parametrize("key", ["results_s99", "nothing_s1", "", "../results_s1"])
def test_an_unknown_question_is_refused_by_name(key: str) -> None:
    with pytest.raises(RubricMissing, match="holds adaptability"):
        question(key)


def test_an_unknown_competency_is_refused_by_name() -> None:
    with pytest.raises(RubricMissing, match="“charm”"):
        load_competency("charm")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("anchors", 3), None, "anchors must be exactly"),
        (("anchors", 4, "zh"), "", "anchors.4.zh"),
        (("title", "fr"), "Résultats", "title.fr"),
        (("indicators_for", "en"), ["one", "two"], "indicators_for needs at least 6"),
        (("questions", 0, "key"), "safety_s1", "must be called results_s"),
        (("questions", 0, "form"), "b", "needs at least 2 structured ones of form a"),
        (("questions", 0, "form"), "c", "questions.0.form"),
        (("dimensions", 1, "indicators", "zh"), ["我每周问一次"], "the dimension follow_through needs at least 3"),
        (("questions", 0, "kind"), "riddle", "questions.0.kind"),
        (("questions", 1, "key"), "results_s1", "the same key"),
        (("resume_questions", "newcomer", "zh"), "您的{salary}是多少？", "the slots are employer"),
    ],
)
def test_a_bad_file_is_one_sentence_with_file_and_field(
    tmp_path: Path, path: tuple[str | int, ...], value: object, said: str
) -> None:
    content = yaml.safe_load(library_file("results").read_text(encoding="utf-8"))
    *way, last = path
    place = content
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    broken = tmp_path / "results.yml"
    broken.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(RubricInvalid) as refused:
        read_content(broken, Competency, RubricInvalid)
    assert str(refused.value).startswith("results.yml cannot be used: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_yaml_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "results.yml"
    broken.write_bytes(b"key: [results\nt\xff\xfe")
    with pytest.raises(RubricInvalid, match=r"^results\.yml cannot be used: it is not YAML"):
        read_content(broken, Competency, RubricInvalid)


def test_positions_ask_only_questions_of_the_library_of_both_kinds() -> None:
    for position in load_positions():
        kinds = [question(key).kind for key in position.core_questions]
        assert {"structured", "situational"} == set(kinds)
        for competency in position.competencies:
            assert load_competency(competency.key).key == competency.key
