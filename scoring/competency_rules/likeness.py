"""What is said twice, and Chinese that merely mirrors the English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.content import Language
from scoring.competency_rules.draft import LANGUAGES, Draft, Weakness, indicator_lists, parts, phrases, sentences, words
from scoring.competency_rules.wording import likeness, mirrors, shingles
from scoring.rubric import load_library
from scoring.scorers.indicators import phrase_vectors

_TWINS: Final = 0.45
"""Share of common pieces from which two texts count as one."""

_SAME_MEANING: Final = 0.78
"""Cosine of USE-m3 vectors. Unlike questions of the library reach .75, and of fourteen close rewordings that we tried
three lie above .78: this adds to the comparison of the words, it does not replace it."""

_TRANSLATED: Final = 0.55
"""Mean cosine between the first, second, ... phrases of the two languages. Twelve plain translations had .66 on average;
the library's lists of `_TELLING` phrases or more stay below .48."""

_TELLING: Final = 4
_MIRRORED: Final = 3
"""So many sentences with the same marks and proportions in a file are no accident; one or two are."""

_FEWEST_WORDS: Final = 6
_CHARACTERS_A_WORD: Final = (0.6, 4.5)
"""Chinese characters to an English word; the library has .7 to 4."""


class _Shelf(NamedTuple):
    """Texts with their fields, ready to be compared."""

    fields: tuple[str, ...]
    texts: tuple[str, ...]
    pieces: tuple[frozenset[str], ...]
    vectors: npt.NDArray[np.float32]


def said_twice(draft: Draft) -> Iterator[Weakness]:
    """Yield every anchor, indicator and question that the draft or another competency of the library says already."""
    for language in LANGUAGES:
        own = _shelf(tuple(_said(draft, language)), language)
        library = _library(language)
        others = [n for n, field in enumerate(library.fields) if not field.startswith(f"{draft.get('key')}.")]
        for n, field in enumerate(own.fields):
            twin = _twin(own, n, own, list(range(n))) or _twin(own, n, library, others)
            if twin is not None:
                yield Weakness(field, "twin", {"where": twin[0], "words": twin[1]})


def mirrored(draft: Draft) -> Iterator[Weakness]:
    """Yield where the Chinese follows the English sign by sign, or cannot say the same."""
    pairs = list(sentences(draft))
    like = [field for field, zh, en in pairs if mirrors(zh, en)]
    if len(like) >= _MIRRORED * 2 or len(like) >= max(_MIRRORED, len(pairs) / 3):
        yield from (Weakness(f"{field}.zh", "mirror") for field in like)
    for field, zh, en in pairs:
        count = len(en.split())
        if not any("一" <= sign <= "鿿" for sign in zh):
            yield Weakness(f"{field}.zh", "not_chinese")
        elif count >= _FEWEST_WORDS and not _CHARACTERS_A_WORD[0] <= len(zh) / count <= _CHARACTERS_A_WORD[1]:
            yield Weakness(f"{field}.zh", "lengths", {"characters": len(zh), "words": count})
    for field, node in indicator_lists(draft):
        left, right = phrases(node, "zh"), phrases(node, "en")
        if len(left) == len(right) >= _TELLING:
            if (phrase_vectors(left) * phrase_vectors(right)).sum(axis=1).mean() >= _TRANSLATED:
                yield Weakness(f"{field}.zh", "mirror_list")


def _said(draft: Draft, language: Language) -> Iterator[tuple[str, str]]:
    """Yield field and text of everything that may be said only once."""
    for name in ("anchors", "resume_questions"):
        node = draft.get(name)
        if isinstance(node, Mapping):
            yield from ((f"{name}.{key}.{language}", words(phrase, language)) for key, phrase in node.items())
    for name, node in indicator_lists(draft):
        yield from ((f"{name}.{language}.{n}", phrase) for n, phrase in enumerate(phrases(node, language), 1))
    for question in parts(draft.get("questions")):
        for name in ("text", "clarify"):
            yield f"questions.{question.get('key')}.{name}.{language}", words(question.get(name), language)


@cache
def _library(language: Language) -> _Shelf:
    said = (
        (f"{competency.key}.{field}", text)
        for competency in load_library().values()
        for field, text in _said(competency.model_dump(), language)
    )
    return _shelf(tuple(said), language)


def _shelf(said: tuple[tuple[str, str], ...], language: Language) -> _Shelf:
    fields, texts = tuple(field for field, text in said if text), tuple(text for _, text in said if text)
    vectors = phrase_vectors(texts) if texts else np.zeros((0, 0), np.float32)
    return _Shelf(fields, texts, tuple(shingles(text, language) for text in texts), vectors)


def _twin(own: _Shelf, n: int, shelf: _Shelf, others: list[int]) -> tuple[str, str] | None:
    """Return field and text of the first of `others` that says what the n-th text says, in like words or meaning.

    Meaning is compared only between questions and between indicators: anchors and explanations are built alike.
    """
    if not others:
        return None
    nearness = shelf.vectors[others] @ own.vectors[n]
    telling = not own.fields[n].startswith("anchors.") and ".clarify." not in own.fields[n]
    size = len(own.pieces[n])
    for m, near in zip(others, nearness, strict=True):
        comparable = size * _TWINS <= len(shelf.pieces[m]) <= size / _TWINS
        if (comparable and likeness(own.pieces[n], shelf.pieces[m]) >= _TWINS) or (telling and near >= _SAME_MEANING):
            return shelf.fields[m], shelf.texts[m]
    return None
