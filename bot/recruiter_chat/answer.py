"""What the recruiters' chat says back: plain words, with quotes and links apart so that a channel may keep them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """`path` begins with a slash; a channel outside the console puts the public address before it."""

    title: str
    path: str


@dataclass(frozen=True, slots=True, repr=False)
class AnswerItem:
    """One line. `quotes` are a candidate's own words: shown as such, never read as anything else."""

    text: str
    quotes: tuple[str, ...] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True, repr=False)
class WhichOne:
    """One of several people that a name may mean; asking again with its `id` settles it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, repr=False)
class RecruiterAnswer:
    """`is_known` is False where the records do not hold what was asked. `about` are the interviews it tells of."""

    text: str
    items: tuple[AnswerItem, ...] = ()
    choices: tuple[WhichOne, ...] = ()
    links: tuple[Link, ...] = ()
    is_known: bool = True
    about: tuple[str, ...] = ()
