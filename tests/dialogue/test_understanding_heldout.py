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
from dialogue.understanding import Understood, understand
from tests.dialogue.conftest import ServedModel

Parse = Callable[[str], Awaitable[dict[str, Any]]]


class Phrasing(NamedTuple):
    intent: str
    language: str
    text: str


def heldout() -> list[Phrasing]:
    with (ROOT / "data/understanding/heldout.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [Phrasing(*row) for row in rows]


def trained() -> Iterator[Phrasing]:
    for file in sorted((ROOT / "dialogue/data/nlu").glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines():
                yield Phrasing(block["intent"], "", line.removeprefix("- "))


def bare(text: str) -> str:
    """Letters and digits alone: what makes two phrasings the same."""
    return re.sub(r"[\W_]+", "", text.casefold())


def test_no_phrasing_is_in_both_halves() -> None:
    both = {bare(phrasing.text) for phrasing in trained()} & {bare(phrasing.text) for phrasing in heldout()}

    assert both == set()


def test_no_phrasing_is_trained_twice() -> None:
    texts = [phrasing.text for phrasing in trained()]

    assert sorted({text for text in texts if texts.count(text) > 1}) == []


def test_each_half_has_150_commands_and_150_answers_and_every_command_in_both_languages() -> None:
    for half in (heldout(), list(trained())):
        assert sum(phrasing.intent == "answer" for phrasing in half) >= 150
        assert sum(phrasing.intent != "answer" for phrasing in half) >= 150
    commands = {(phrasing.intent, phrasing.language) for phrasing in heldout() if phrasing.intent != "answer"}
    assert len(commands) == 11 * 2


@pytest.mark.servers
async def test_unseen_answers_are_kept_and_unseen_commands_done(rasa_parse: Parse) -> None:
    results: list[tuple[Phrasing, Understood]] = []
    for phrasing in heldout():
        results.append((phrasing, await understand(phrasing.text, rasa_parse)))
    answers = [(p, u) for p, u in results if p.intent == "answer"]
    commands = [(p, u) for p, u in results if p.intent != "answer"]
    lost = [p.text for p, u in answers if u.outcome == "command"]
    asked = [p.text for p, u in answers if u.outcome == "ask"]
    done = [p.text for p, u in commands if u.outcome == "command" and u.intent == p.intent]
    wrong = [f"{p.text} ({u.intent})" for p, u in commands if u.outcome == "command" and u.intent != p.intent]
    questioned = [f"{p.text} ({u.intent})" for p, u in commands if u.outcome == "ask"]
    missed = [p.text for p, u in commands if u.outcome == "answer"]
    print(f"\n{len(answers)} answers: {len(lost)} lost {lost}, {len(asked)} asked about {asked}")
    print(f"{len(commands)} commands: {len(done)} done, {len(wrong)} taken for another {wrong}")
    print(f"  {len(questioned)} asked about {questioned}, {len(missed)} taken for an answer {missed}")

    assert lost == []
    assert len(asked) <= 0.04 * len(answers)
    assert len(done) >= 0.92 * len(commands)


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
