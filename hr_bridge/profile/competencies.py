"""The competencies by key, by the titles that other systems may use, and in the words of O*NET."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from core.content import Content, Phrase, read_content
from core.errors import Rejected


class CompetenciesUnusable(Rejected):
    """The packaged list has a fault."""


class NamedCompetency(Content):
    """What a competency is called, and the O*NET elements that speak of the same."""

    title: Phrase
    work_styles: tuple[str, ...] = ()


class _Content(Content):
    competencies: dict[str, NamedCompetency]
    work_styles: dict[str, Phrase]


@cache
def _content() -> _Content:
    return read_content(files("hr_bridge") / "profile" / "competencies.yml", _Content, CompetenciesUnusable)


COMPETENCIES: Final[Mapping[str, NamedCompetency]] = MappingProxyType(_content().competencies)
"""By key; nothing outside of it is ever weighed."""
WORK_STYLES: Final[Mapping[str, Phrase]] = MappingProxyType(_content().work_styles)
"""The names of the O*NET elements in use, by id."""


def competency_named(text: str) -> str | None:
    """Return the key of the competency with this key or title, whatever the case; None where there is none."""
    wanted = text.strip().casefold()
    for key, competency in COMPETENCIES.items():
        if wanted in (key, competency.title.zh.casefold(), competency.title.en.casefold()):
            return key
    return None
