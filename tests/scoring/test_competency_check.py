"""`mianshi competency check`: each weakness is found in a file that has it, and the library has none."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scoring.competency_check import CheckedCompetency, check_competency
from scoring.rubric import RubricInvalid, load_library

LIBRARY = Path(__file__).parents[2] / "scoring" / "library"
GOOD: dict[str, Any] = yaml.safe_load((LIBRARY / "results.yml").read_text(encoding="utf-8"))
Draft = dict[str, Any]


def check(folder: Path, change: Callable[[Draft], object]) -> CheckedCompetency:
    """Check a copy of a good file after one change."""
    draft = copy.deepcopy(GOOD)
    change(draft)
    file = folder / "draft.yml"
    file.write_text(yaml.safe_dump(draft, allow_unicode=True), encoding="utf-8")
    return check_competency(file, "en")


def put(*way: str | int, value: object) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        *path, last = way
        place: Any = draft
        for step in path:
            place = place[step]
        place[last] = value

    return change


def drop(*way: str | int) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        *path, last = way
        place: Any = draft
        for step in path:
            place = place[step]
        del place[last]

    return change


@pytest.mark.parametrize(
    ("change", "field", "rule", "said"),
    [
        (drop("definition"), "definition", "missing", "add it"),
        (drop("anchors", 3), "anchors.3", "missing", "add it"),
        (drop("questions", 0, "clarify"), "questions.results_s1.clarify", "missing", "add it"),
        (drop("questions", 0, "form"), "questions.results_s1.form", "missing", "add it"),
        (put("titel", value={"zh": "结果", "en": "Results"}), "titel", "unknown", "spelling"),
        (put("title", "zh", value=" "), "title.zh", "empty", "fill it in"),
        (put("questions", 0, "kind", value="riddle"), "questions.results_s1.kind", "choice", "structured"),
        (put("anchors", 2, value="拖拖拉拉"), "anchors.2", "unreadable", "files of the library"),
        (drop("dimensions", slice(1, None)), "dimensions", "dimensions", "two or three"),
        (put("indicators_for", "en", value=["I did it"]), "indicators_for.en", "few_indicators", "at least 6"),
        (drop("indicators_against", "zh", slice(2, None)), "indicators_against.zh", "few_indicators", "at least 4"),
        (
            drop("dimensions", 0, "indicators", "zh", 0),
            "dimensions.ownership.indicators.zh",
            "few_indicators",
            "There are 2",
        ),
        (drop("questions", 3), "questions", "few_questions", "Form b has 1 structured"),
        (put("questions", 0, "key", value="safety_s1"), "questions.safety_s1.key", "question_key", "results_s"),
        (put("questions", 1, "key", value="results_s1"), "questions.results_s1.key", "key_twice", "rename"),
        (
            put("resume_questions", "newcomer", value={"zh": "您的{salary}是多少？", "en": "What is your {salary}?"}),
            "resume_questions.newcomer",
            "slots",
            "employer",
        ),
        (
            put(
                "resume_questions",
                "newcomer",
                value={"zh": "您在{school}做成过哪件事？", "en": "What did {school} see you do?"},
            ),
            "resume_questions.newcomer",
            "only_from_resumes",
            "without braces",
        ),
        (put("anchors", 4, "zh", value="结果导向表现非常优秀。"), "anchors.4.zh", "no_behaviour", "observe"),
        (put("anchors", 4, "en", value="Shows very good performance."), "anchors.4.en", "no_behaviour", "observe"),
        (
            put("questions", 0, "text", "zh", value="请讲一次您完成难事的经历，并说说您是怎么完成的。"),
            "questions.results_s1.text.zh",
            "two_asks",
            "keep one",
        ),
        (
            put("questions", 0, "text", "en", value="Tell me about a hard target and how you reached it."),
            "questions.results_s1.text.en",
            "two_asks",
            "follow-up",
        ),
        (
            put("questions", 0, "text", "zh", value="如果给您定了一个很难的指标，您会怎么完成？"),
            "questions.results_s1.text.zh",
            "hypothetical",
            "“如果”",
        ),
        (
            put("questions", 4, "text", "en", value="Tell me about a time you were far behind a target."),
            "questions.results_t1.text.en",
            "past",
            "describe a situation",
        ),
        (
            put("questions", 0, "follow_ups", "action", "en", value="Surely you asked for help?"),
            "questions.results_s1.follow_ups.action.en",
            "leading",
            "“Surely”",
        ),
        (
            put("questions", 0, "clarify", "zh", value="比如结婚以后您是怎么兼顾工作的？"),
            "questions.results_s1.clarify.zh",
            "forbidden",
            "“婚” touches marriage",
        ),
        (
            put("resume_questions", "newcomer", "en", value="How old were you when you reached your first goal?"),
            "resume_questions.newcomer.en",
            "forbidden",
            "touches age",
        ),
        (
            put("indicators_for", "zh", 0, value="开工前一天我照着清单从头到尾点了一次"),
            "indicators_for.zh.1",
            "twin",
            "planning.indicators_for.zh.3",
        ),
        (
            put("questions", 0, "text", "zh", value="请谈谈您发现并排除身边安全隐患的一次经历。"),
            "questions.results_s1.text.zh",
            "twin",
            "safety.questions.safety_s1.text.zh",
        ),
        (
            put("indicators_for", "en", 1, value="my target was forty sign-ups by the month's end"),
            "indicators_for.en.2",
            "twin",
            "indicators_for.en.1",
        ),
        (put("title", "zh", value="Results"), "title.zh", "not_chinese", "holds no Chinese"),
        (put("definition", "zh", value="把事做成。"), "definition.zh", "lengths", "leaves something out"),
    ],
)
def test_a_weakness_is_found_where_it_is(
    tmp_path: Path, change: Callable[[Draft], object], field: str, rule: str, said: str
) -> None:
    found = [finding for finding in check(tmp_path, change).findings if (finding.field, finding.rule) == (field, rule)]

    assert len(found) == 1
    assert said in found[0].sentence


@pytest.mark.parametrize(
    ("language", "lower", "upper"),
    [
        ("zh", "能较好地定下目标并盯着进度做完。", "能非常好地定下目标并盯着进度做完。"),
        ("en", "Sometimes sets a goal and follows it to the end.", "Always sets a goal and follows it to the end."),
    ],
)
def test_anchors_that_differ_in_degree_alone_are_found(tmp_path: Path, language: str, lower: str, upper: str) -> None:
    def change(draft: Draft) -> None:
        draft["anchors"][3][language], draft["anchors"][4][language] = lower, upper

    findings = check(tmp_path, change).findings

    assert [(f.field, f.rule) for f in findings if f.rule == "same_behaviour"] == [
        (f"anchors.4.{language}", "same_behaviour")
    ]


def test_a_list_translated_phrase_by_phrase_is_found(tmp_path: Path) -> None:
    against = {
        "zh": ["我每天都觉得很累", "这不是我的责任", "我们没有足够的时间", "我从来不检查结果"],
        "en": [
            "I feel tired every day",
            "it is not my responsibility",
            "we had not enough time",
            "I never check the results",
        ],
    }

    findings = check(tmp_path, put("indicators_against", value=against)).findings

    assert [(f.field, f.rule) for f in findings] == [("indicators_against.zh", "mirror_list")]


def test_sentences_with_the_marks_and_proportions_of_the_english_are_found(tmp_path: Path) -> None:
    mirror = {
        "zh": "第{}步，我们检查所有的机器，然后，我们写一份报告，最后，我们把它交给经理。",
        "en": "Step {}, we check all the machines, then, we write a report, finally, we give it to the manager.",
    }

    def change(draft: Draft) -> None:
        for n, question in enumerate(draft["questions"][:6], 1):
            question["clarify"] = {language: text.format(n) for language, text in mirror.items()}

    rules = {(finding.field, finding.rule) for finding in check(tmp_path, change).findings}

    assert {(f"questions.results_s{n}.clarify.zh", "mirror") for n in (1, 2, 3, 4)} <= rules


def test_one_run_names_everything_in_the_language_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "charm.yml"
    file.write_text("key: charm\ntitle: {zh: 魅力, en: Charm}\nquestions: []\n", encoding="utf-8")

    checked = check_competency(file, "zh")

    fields = [finding.field for finding in checked.findings]
    assert {"definition", "anchors", "dimensions", "indicators_for", "resume_questions"} <= set(fields)
    assert fields.count("questions") == 4
    assert all(finding.sentence.endswith("。") for finding in checked.findings)
    assert any("情景题的 B 卷只有 0 题" in finding.sentence for finding in checked.findings)


@pytest.mark.parametrize("content", [b"key: [results\n", b"- one\n- two\n", b"", b"\xff\xfe\x00"])
def test_what_is_no_competency_at_all_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "draft.yml"
    file.write_bytes(content)
    with pytest.raises(RubricInvalid, match=r"^draft\.yml cannot be used") as refused:
        check_competency(file, "en")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        "key: 7\nanchors: [1, 2]\nquestions: {a: 1}\nindicators_for: []\ndimensions: x\nresume_questions: 3\n",
        "questions: [1, {key: [x]}, {key: a, kind: structured, text: [1], follow_ups: 2}]\nanchors: {1: {zh: 3}}\n",
        "dimensions: [{key: a, indicators: [1]}]\nindicators_for: {zh: 中文, en: [1, null]}\n",
    ],
)
def test_fields_of_the_wrong_kind_are_findings_and_never_a_crash(tmp_path: Path, content: str) -> None:
    file = tmp_path / "draft.yml"
    file.write_text(content, encoding="utf-8")
    assert {"unreadable", "missing"} <= {finding.rule for finding in check_competency(file, "zh").findings}


@pytest.mark.parametrize("key", sorted(load_library()))
def test_the_library_itself_is_clean(key: str) -> None:
    assert check_competency(LIBRARY / f"{key}.yml", "en").findings == ()


def mianshi(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("mianshi"), "competency", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=120)


def test_the_command_exits_one_with_findings_and_zero_without(tmp_path: Path) -> None:
    draft = copy.deepcopy(GOOD)
    del draft["definition"]
    file = tmp_path / "results.yml"
    file.write_text(yaml.safe_dump(draft, allow_unicode=True), encoding="utf-8")

    weak = mianshi(str(file), "--json")
    clean = mianshi(str(LIBRARY / "results.yml"), "--language", "en")

    assert weak.returncode == 1
    sentence = "缺少这一项，请补上。"
    finding = {"field": "definition", "rule": "missing", "sentence": sentence}
    assert json.loads(weak.stdout) == {"file": "results.yml", "clean": False, "findings": [finding]}
    assert clean.returncode == 0
    assert clean.stdout == "Nothing weak was found.\n"
    assert mianshi(str(file), "--language", "fr").returncode == 2
