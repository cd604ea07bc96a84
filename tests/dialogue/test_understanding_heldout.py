"""How well the served model understands phrasings that it was not trained on. `pytest -s` prints the figures."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml

from core.settings import ROOT
from dialogue.understanding import understand
from tests.dialogue.conftest import ServedModel

Parse = Callable[[str], Awaitable[dict[str, Any]]]


class Phrasing(NamedTuple):
    intent: str
    language: str
    text: str


class Figures(NamedTuple):
    """How many answers were lost or questioned, how many commands done at once, asked about, taken for another."""

    answers: int
    lost: int
    questioned: int
    commands: int
    done: int
    asked: int
    wrong: int


def read(name: str) -> list[Phrasing]:
    with (ROOT / "data/understanding" / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [Phrasing(*row) for row in rows]


def heldout() -> list[Phrasing]:
    return read("heldout.tsv")


def third_author() -> list[Phrasing]:
    return read("third_author.tsv")


def trained(files: str = "*.yml") -> Iterator[Phrasing]:
    for file in sorted((ROOT / "dialogue/data/nlu").glob(files)):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines():
                yield Phrasing(block["intent"], "", line.removeprefix("- "))


def bare(text: str) -> str:
    """Letters and digits alone: what makes two phrasings the same."""
    return re.sub(r"[\W_]+", "", text.casefold())


def test_no_phrasing_is_in_both_halves() -> None:
    both = {bare(phrasing.text) for phrasing in trained()} & {bare(phrasing.text) for phrasing in heldout()}

    assert both == set()


def test_the_further_authors_training_repeats_nothing_that_is_measured_with() -> None:
    measured = {bare(phrasing.text) for phrasing in [*heldout(), *third_author()]}

    assert {bare(phrasing.text) for phrasing in trained("further_authors.yml")} & measured == set()


def test_no_phrasing_is_trained_twice() -> None:
    texts = [phrasing.text for phrasing in trained()]

    assert sorted({text for text in texts if texts.count(text) > 1}) == []


def test_each_half_has_150_commands_and_150_answers_and_every_command_in_both_languages() -> None:
    for half in (heldout(), list(trained())):
        assert sum(phrasing.intent == "answer" for phrasing in half) >= 150
        assert sum(phrasing.intent != "answer" for phrasing in half) >= 150
    commands = {(phrasing.intent, phrasing.language) for phrasing in heldout() if phrasing.intent != "answer"}
    assert len(commands) == 11 * 2


async def measure(name: str, phrasings: list[Phrasing], parse: Parse) -> Figures:
    results = [(phrasing, await understand(phrasing.text, parse)) for phrasing in phrasings]
    answers = [u for p, u in results if p.intent == "answer"]
    commands = [(p, u) for p, u in results if p.intent != "answer"]
    figures = Figures(
        answers=len(answers),
        lost=sum(u.outcome == "command" for u in answers),
        questioned=sum(u.outcome == "ask" for u in answers),
        commands=len(commands),
        done=sum(u.outcome == "command" and u.intent == p.intent for p, u in commands),
        asked=sum(u.outcome == "ask" for p, u in commands),
        wrong=sum(u.outcome == "command" and u.intent != p.intent for p, u in commands),
    )
    print(f"\n{name}: {figures}")
    return figures


@pytest.mark.servers
async def test_unseen_answers_are_kept_and_unseen_commands_done(rasa_parse: Parse) -> None:
    seen = await measure("held out", heldout(), rasa_parse)

    assert seen.lost == 0
    assert seen.questioned <= 0.04 * seen.answers
    assert seen.done >= 0.92 * seen.commands


@pytest.mark.servers
async def test_an_author_who_wrote_nothing_of_the_training_is_understood_too(rasa_parse: Parse) -> None:
    known = {bare(phrasing.text) for phrasing in trained()}

    seen = await measure("third author", third_author(), rasa_parse)
    new = await measure(
        "third author, in no other words", [p for p in third_author() if bare(p.text) not in known], rasa_parse
    )

    assert seen.lost <= 2
    assert seen.questioned <= 0.04 * seen.answers
    assert seen.done >= 0.92 * seen.commands
    assert new.done >= 0.90 * new.commands


@pytest.mark.servers
async def test_a_parse_is_quick_enough_to_stand_before_every_short_message(rasa_parse: Parse) -> None:
    taken = []
    for phrasing in heldout()[::2]:
        start = time.perf_counter()
        await rasa_parse(phrasing.text)
        taken.append((time.perf_counter() - start) * 1000)
    p50, p95 = np.percentile(taken, [50, 95])
    print(f"\nparse over HTTP: p50 {p50:.1f} ms, p95 {p95:.1f} ms, n = {len(taken)}")

    assert p95 < 500


@pytest.mark.servers
async def test_what_is_parsed_is_written_nowhere(rasa_parse: Parse, served_model: ServedModel) -> None:
    marked = "canary4711 麻烦再说一遍"

    await rasa_parse(marked)

    written = [path for path in served_model.folder.rglob("*") if path.is_file()]
    assert any(path.name == "log" for path in written)
    assert [path.name for path in written if holds(path, marked)] == []


def holds(path: Path, text: str) -> bool:
    content = path.read_bytes()
    return any(part in content for part in (text.encode(), text.encode("unicode_escape"), b"canary4711"))
