"""The audit page names every action: what the source can write is found in the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.candidate_rights.requests import KINDS
from bot.console.audit_pages import DETAILS, action_words, known_actions
from bot.console.duplicates import VERDICTS
from bot.console.texts import LANGUAGES, all_texts, say
from bot.roles import ROLES

SOURCE = Path(__file__).parents[3]


@dataclass(frozen=True)
class Written:
    """One place that writes to the log; `codes` is empty where the code could not be read from the source."""

    place: str
    codes: frozenset[str]


def written() -> Iterator[Written]:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted((SOURCE / "bot").rglob("*.py"))}
    constants = {
        node.target.id: node.value.value
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    for path, tree in trees.items():
        passing = {function.name: at for function in ast.walk(tree) if (at := _handed_on(function)) is not None}
        own = {
            id(call) for function in ast.walk(tree) if _handed_on(function) is not None for call in ast.walk(function)
        }
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            at = passing.get(call.func.id, 2 if call.func.id == "record" else None)
            if call.func.id == "AuditEntry":
                said = {each.arg: each.value for each in call.keywords}["action"]
            elif at is not None:
                said = call.args[at]
            else:
                continue
            if isinstance(said, ast.Name) and said.id == "action" and id(call) in own:
                continue  # its callers are looked at in its place
            yield Written(f"{path.relative_to(SOURCE)}:{call.lineno}", frozenset(_codes(said, constants)))


def _handed_on(function: ast.AST) -> int | None:
    """At which place a function takes the action that it writes to the log; None where it does not."""
    if not isinstance(function, ast.FunctionDef):
        return None
    names = [each.arg for each in function.args.args]
    calls = (each for each in ast.walk(function) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name))
    writes = any(call.func.id in ("record", "AuditEntry") for call in calls)  # type: ignore[attr-defined]
    return names.index("action") if writes and "action" in names else None


def _codes(said: ast.expr, constants: dict[str, object]) -> Iterator[str]:
    match said:
        case ast.Constant(value=str(code)):
            yield code
        case ast.Name(id=name) if isinstance(constants.get(name), str):
            yield str(constants[name])
        case ast.IfExp(body=body, orelse=other):
            yield from (*_codes(body, constants), *_codes(other, constants))
        case ast.Subscript(value=ast.Dict(values=values)):
            for value in values:
                yield from _codes(value, constants)
        case ast.JoinedStr(values=[ast.Constant(value=str(begin)), *_]) if begin.endswith(":"):
            yield begin.removesuffix(":")


def test_every_place_that_writes_to_the_log_can_be_read() -> None:
    places = list(written())
    assert len(places) > 80
    assert [place.place for place in places if not place.codes] == []


def test_every_action_in_the_source_has_words_and_no_words_are_left_over() -> None:
    codes = {code for place in written() for code in place.codes}
    assert codes - set(known_actions()) == set()
    assert set(known_actions()) - codes == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_behind_the_colon_is_worded_too(language: str) -> None:
    details = {
        "decided": ("advance", "hold", "reject"),
        "access_changed": ROLES,
        "asked": KINDS,
        "duplicate": (*VERDICTS, "reopened"),
    }
    for code, values in details.items():
        for value in values:
            assert f"{DETAILS[code]}{value}" in all_texts()
            assert action_words(language, f"{code}:{value}") != action_words(language, code)
    assert action_words("zh", "decided:reject") == f"作出决定：{say('zh', 'common.decision_reject')}"


def test_a_code_of_another_release_is_shown_as_it_is() -> None:
    assert action_words("zh", "no_longer_written:at_all") == "no_longer_written:at_all"
