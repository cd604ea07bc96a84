"""What a question names: people, positions, competencies, whom a count is about. Found by their names, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from bot.recruiter_chat.records import Person
from core.content import Language

_WORDS: Final = Path(__file__).with_name("words.yml")
_CHINESE: Final = re.compile(r"[㐀-鿿]")
_UNKNOWN_POSITION_ZH: Final = re.compile(r"([㐀-鿿]{2,6}?)(?:岗位|岗|职位)")
_UNKNOWN_POSITION_EN: Final = re.compile(r"\b(\w+)\s+(?:position|role|job|vacancy)\b")
_SHORTEST_PIECE: Final = 2


@dataclass(frozen=True, slots=True, repr=False)
class Mention:
    """A name in the question and everybody whom it may mean."""

    said: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Slots:
    """`positions`, `competency` and `filter` are keys; what is unknown, never kept or an order stands as written."""

    language: Language
    mentions: tuple[Mention, ...] = ()
    positions: tuple[str, ...] = ()
    competency: str | None = None
    filter: str | None = None
    unknown_position: str | None = None
    unknown_competency: str | None = None
    not_kept: str | None = None
    order: str | None = None
    is_lowest: bool = False
    masked: str = ""
    """The question with what it names replaced, in lower case: no name reaches the comparison or a model."""

    @property
    def is_outside(self) -> bool:
        """Something is asked about that no record holds."""
        return bool(self.order or self.not_kept or self.unknown_position or self.unknown_competency)


def language_of(question: str, otherwise: Language) -> Language:
    """Chinese where a Chinese character stands in it; a question without letters is in the asker's language."""
    if _CHINESE.search(question):
        return "zh"
    return "en" if any(char.isalpha() for char in question) else otherwise


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'").strip()


def read_slots(
    question: str, people: Sequence[Person], titles: Mapping[str, Mapping[str, str]], language: Language
) -> Slots:
    """What the question names. `titles` are those of all positions that the asker may see, by key."""
    text, masks = fold(question), _words()["masks"]
    mentions, text = find_people(text, people, masks[language]["name"])
    not_kept = _first(text, _words()["not_kept"][language])
    positions, text = _positions(text, titles, masks[language]["position"])
    competency, text = _competency(text, language, masks[language]["competency"])
    return Slots(
        language=language,
        mentions=tuple(mentions),
        positions=positions,
        competency=competency,
        filter=_filter(text, language),
        unknown_position=None if positions else _unknown_position(text, language, masks[language]),
        unknown_competency=None if competency else _first(text, _words()["unknown_competency"][language]),
        not_kept=not_kept,
        order=_first(text, _words()["orders"][language]),
        is_lowest=_first(text, _LOWEST[language]) is not None,
        masked=text,
    )


_LOWEST: Final[Mapping[Language, Sequence[str]]] = {
    "zh": ("最低", "最差", "最弱", "垫底", "倒数"),
    "en": ("lowest", "worst", "weakest", "poorest", "bottom", "least"),
}


def find_people(text: str, people: Sequence[Person], mask: str) -> tuple[list[Mention], str]:
    """Everybody named in full, else by a part that stands alone (Maya; 晓芸), and the text with the names masked.

    A longer name wins over a shorter one inside it: 张伟强 is not 张伟.
    """
    by_name: dict[str, list[Person]] = {}
    for person in people:
        by_name.setdefault(fold(person.name), []).append(person)
    parts: dict[str, list[Person]] = {}
    for name, bearers in by_name.items():
        for part in _parts_of(name):
            if part not in by_name:
                parts.setdefault(part, []).extend(bearers)
    found: list[tuple[int, Mention]] = []
    for known in (by_name, parts):
        for name in sorted(known, key=len, reverse=True):
            at = _find(text, name)
            while at is not None:
                found.append((at[0], Mention(text[at[0] : at[1]], tuple(known[name]))))
                # Private-use characters keep the places; they become the mask at the end.
                text = text[: at[0]] + "\ue000" + "\ue001" * (at[1] - at[0] - 1) + text[at[1] :]
                at = _find(text, name)
    mentions = [mention for _, mention in sorted(found, key=lambda each: each[0])]
    return mentions, text.replace("\ue001", "").replace("\ue000", mask.casefold())


def people_by_prefix(word: str, people: Sequence[Person]) -> tuple[Person, ...]:
    """For a command, where the word is a name: whoever has it, else whose name, or a part of it, begins so."""
    word = fold(word)
    exact = tuple(person for person in people if fold(person.name) == word)
    if exact or not word:
        return exact
    return tuple(
        person
        for person in people
        if fold(person.name).startswith(word) or any(part.startswith(word) for part in fold(person.name).split())
    )


def position_keys(text: str, titles: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    return _positions(fold(text), titles, "")[0]


def _parts_of(name: str) -> Iterable[str]:
    if _CHINESE.search(name):
        return (name[1:],) if len(name) >= 3 else ()
    return tuple(part for part in name.split() if len(part) >= 3)


def _find(text: str, word: str) -> tuple[int, int] | None:
    """Where the word stands; a Latin one as a word of its own."""
    if _CHINESE.search(word):
        at = text.find(word)
        return None if at < 0 else (at, at + len(word))
    found = re.search(rf"(?<![^\W_㐀-鿿]){re.escape(word)}(?![^\W_㐀-鿿])", text)
    return found.span() if found else None


def _first(text: str, words: Iterable[str]) -> str | None:
    return next((word for word in sorted(words, key=len, reverse=True) if _find(text, fold(word))), None)


def _positions(text: str, titles: Mapping[str, Mapping[str, str]], mask: str) -> tuple[tuple[str, ...], str]:
    """The positions with the longest piece of their title in the text, and the text with it masked."""
    best: dict[str, tuple[int, int]] = {}
    for key, title in titles.items():
        for piece in (*_title_pieces(title["zh"]), *_title_pieces(title["en"]), key.replace("_", " ").casefold()):
            if (span := _find(text, piece)) and span[1] - span[0] > sum(best.get(key, (0, 0))[1:]) - best.get(
                key, (0, 0)
            )[0]:
                best[key] = span
    if not best:
        return (), text
    longest = max(end - start for start, end in best.values())
    start, end = next(span for span in best.values() if span[1] - span[0] == longest)
    keys = tuple(key for key, span in best.items() if span[1] - span[0] == longest)
    return keys, text[:start] + mask.casefold() + text[end:]


@cache
def _title_pieces(title: str) -> tuple[str, ...]:
    """A Chinese title and every piece of it of two characters and more from its front; an English one and its words
    that say what the job is about."""
    title = fold(title)
    if _CHINESE.search(title):
        return tuple(title[:length] for length in range(len(title), _SHORTEST_PIECE - 1, -1))
    words = [word for word in re.findall(r"\w+", title) if len(word) >= 5 and word not in _NOT_TELLING]
    return (title, *words, *(f"{word}s" for word in words))


_NOT_TELLING: Final = frozenset({"representative", "senior", "junior", "specialist", "assistant", "manager"})


def _competency(text: str, language: Language, mask: str) -> tuple[str | None, str]:
    """The competency with the longest name in the text, and the text with it masked."""
    best: tuple[int, str, tuple[int, int]] | None = None
    for key, names in _words()["competencies"].items():
        for name in names[language]:
            span = _find(text, fold(name))
            if span and (best is None or span[1] - span[0] > best[0]):
                best = (span[1] - span[0], key, span)
    if best is None:
        return None, text
    _, key, (start, end) = best
    return key, text[:start] + mask.casefold() + text[end:]


def _filter(text: str, language: Language) -> str | None:
    """Whom a count or list is about: the longest of the phrases that stand in the text."""
    found = [
        (len(phrase), name)
        for name, phrases in _words()["filters"].items()
        for phrase in phrases[language]
        if _find(text, fold(phrase))
    ]
    return max(found)[1] if found else None


def _unknown_position(text: str, language: Language, masks: Mapping[str, str]) -> str | None:
    pattern = _UNKNOWN_POSITION_ZH if language == "zh" else _UNKNOWN_POSITION_EN
    for found in pattern.finditer(text):
        word = found[1]
        general = (*_words()["no_position"][language], masks["position"])
        # Chinese words are not set apart: 每个岗位 may be preceded by anything.
        if (
            word in general
            or (language == "zh" and word.startswith(general))
            or (language == "zh" and word.endswith(general))
        ):
            continue
        return word
    return None


@cache
def _words() -> Any:
    return yaml.safe_load(_WORDS.read_text("utf-8"))
