"""A competency as somebody wrote it: raw YAML in which anything may be missing, and how its fields are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, get_args

from core.content import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

Draft = Mapping[str, Any]


class Weakness(NamedTuple):
    """The `field`, the `rule` that it breaks, and the `facts` that the rule's sentence names."""

    field: str
    rule: str
    facts: Mapping[str, Any] = {}


def part(node: Any, name: Any) -> Any:
    """Return what `node` has under `name`, or None."""
    return node.get(name) if isinstance(node, Mapping) else None


def parts(node: Any) -> list[Draft]:
    """Return those entries of a list that have named fields, such as questions."""
    return [entry for entry in node if isinstance(entry, Mapping)] if isinstance(node, list | tuple) else []


def words(node: Any, language: Language) -> str:
    """Return what a phrase says in `language`, or nothing."""
    text = part(node, language)
    return text.strip() if isinstance(text, str) else ""


def phrases(node: Any, language: Language) -> tuple[str, ...]:
    """Return the indicators of a list in `language`."""
    said = part(node, language)
    return tuple(p.strip() for p in said if isinstance(p, str) and p.strip()) if isinstance(said, list | tuple) else ()


def indicator_lists(draft: Draft) -> Iterator[tuple[str, Any]]:
    """Yield every list of indicators with the name of its field, those of the dimensions last."""
    for name in ("indicators_for", "indicators_against"):
        yield name, draft.get(name)
    for dimension in parts(draft.get("dimensions")):
        yield f"dimensions.{dimension.get('key')}.indicators", dimension.get("indicators")


def sentences(node: Any, field: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield field, zh and en of everything that is said in both languages."""
    if isinstance(node, list | tuple):
        for number, entry in enumerate(node):
            yield from sentences(entry, f"{field}.{part(entry, 'key') or number}")
    elif isinstance(node, Mapping):
        zh, en = words(node, "zh"), words(node, "en")
        if zh and en:
            yield field, zh, en
        for name, entry in node.items():
            yield from sentences(entry, f"{field}.{name}" if field else str(name))


def field_name(draft: Draft, steps: tuple[int | str, ...]) -> str:
    """Return the field as its author finds it: questions and dimensions by their key rather than by number."""
    node: Any = draft
    names = []
    for step in steps:
        inside = isinstance(node, list) and isinstance(step, int) and step < len(node)
        node = node[step] if inside else part(node, step)
        names.append(str((isinstance(step, int) and part(node, "key")) or step))
    return ".".join(names)
