from __future__ import annotations

import json
import random
from itertools import combinations

import pytest

from core.settings import ROOT
from scoring.integrity import FOLLOWS_FROM, SIMILAR_FROM
from scoring.resemblance import overlap, runs, share_found


def answers(language: str) -> list[dict[str, str]]:
    path = ROOT / "data" / f"interview-answers-{language}" / "answers.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_two_people_are_taken_for_one_and_hardly_a_retouched_copy_slips_through(language: str) -> None:
    rows = answers(language)
    sets = [runs(row["answer"]) for row in rows]
    apart = [
        overlap(one, other)
        for (one, a), (other, b) in combinations(zip(sets, rows, strict=True), 2)
        if a["person"] != b["person"]
    ]
    assert max(apart) < SIMILAR_FROM / 2
    chance, caught, tried = random.Random(7), 0, 0
    for row, own in zip(rows, sets, strict=True):
        words = list(row["answer"]) if language == "zh" else row["answer"].split()
        copy = ("" if language == "zh" else " ").join(word for word in words if chance.random() > 0.06)
        if overlap(own, runs(copy)) > 0:
            tried += 1
            caught += overlap(own, runs(copy)) >= SIMILAR_FROM
    assert tried > 150
    assert caught >= 0.97 * tried


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_real_answer_seems_to_follow_a_question_that_was_not_asked(language: str) -> None:
    rows = answers(language)
    asked = {row["question"]: runs(row["question"]) for row in rows}
    other = [
        share_found(asked[question], runs(row["answer"]))
        for row in rows
        for question in asked
        if question != row["question"]
    ]
    assert max(other) < FOLLOWS_FROM


def test_punctuation_case_and_what_is_added_around_do_not_hide_a_copy() -> None:
    text = "I split the target into 150,000 a month, checked it every Friday with my manager, and called ten customers a day until the gap was closed by June."
    copy = "Well, you know: " + text.upper().replace(",", " --") + " That is all I can say about it, honestly."
    assert overlap(runs(text), runs(copy)) > 0.9


def test_short_texts_are_never_alike() -> None:
    assert overlap(runs("我会先听他说完"), runs("我会先听他说完")) == 0
    assert share_found(runs(""), runs("x")) == 0
