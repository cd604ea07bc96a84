"""How many questions are understood, on two halves of written ones; docs/recruiter-chat.md holds the figures."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from bot.recruiter_chat.chat import RecruiterChat
from bot.recruiter_chat.intent import Intents, phrases
from bot.recruiter_chat.records import Person
from bot.recruiter_chat.slots import fold
from bot.status import Status
from core.content import Language
from hr_bridge.position import load_positions
from scoring.engines.reader import Reader

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("questions.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
TITLES = {position.key: {"zh": position.title.zh, "en": position.title.en} for position in load_positions()}


def person(name: str) -> Person:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    return Person(name, name, "sales", TITLES["sales"], 80, Status.SCORED, at, at, at, 80, "mid", None, False, False)


PEOPLE = [person(name) for name in ("张伟", "李娜", "王芳", "陈静", "Maya Lindqvist", "Ben Okafor", "Clara Weiss")]


def test_no_question_of_either_half_is_among_the_phrases_and_none_is_in_both() -> None:
    written = {fold(text) for by_language in phrases().values() for texts in by_language.values() for text in texts}
    asked = [fold(row[-1]) for row in ROWS]
    assert not written & set(asked)
    assert len(set(asked)) == len(asked)
    assert min(Counter((row[0], row[1]) for row in ROWS).values()) >= 30


def test_what_is_asked_and_what_it_names_is_found_on_both_halves(intents: Intents, reader: Reader) -> None:
    chat = RecruiterChat(cast(Any, None), intents, reader.meaning_of)
    right: Counter[tuple[str, str]] = Counter()
    misled: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for half, language, intent, named, position, competency, filtered, question in ROWS:
        got, slots = chat.understand(question, PEOPLE, TITLES, cast(Language, language))
        wanted = (named, position, competency, filtered if intent in ("count", "list") else "")
        found = (
            str(len(slots.mentions)),
            ",".join(slots.positions),
            slots.competency or "",
            (slots.filter or "") if intent in ("count", "list") else "",
        )
        total[half, language] += 1
        right[half, language] += got == intent and (intent == "none" or found == wanted)
        misled[half, language] += got not in (intent, "none")
    shares = {each: right[each] / total[each] for each in total}
    print(shares, misled)
    assert shares["seen", "zh"] >= 0.93
    assert shares["seen", "en"] >= 0.90
    assert shares["unseen", "zh"] >= 0.80
    assert shares["unseen", "en"] >= 0.77
    assert all(misled[each] / total[each] <= 0.10 for each in total)
