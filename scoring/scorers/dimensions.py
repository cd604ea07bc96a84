"""Which passages of an answer show which dimension of the competency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from scoring.rubric import Competency, Dimension
from scoring.score import DimensionShown, Language
from scoring.scorers.indicators import ALIKE, likeness
from scoring.transcript import Passage

_WHOLE_WORD_UP_TO: Final = 4
"""Letters of an English cue that must be the whole word, but for its ending: "plan" is not about a planet."""
_ENDING: Final = r"(?:s|es|d|ed|ing|\w(?:ed|ing))?\b(?!')"
_NEGATED: Final[dict[Language, re.Pattern[str]]] = {
    "zh": re.compile(r"(?:没|不|别|未)[^，。；！？,]{0,3}$"),
    "en": re.compile(r"(?:\bnot|n't|\bnever|\bno|\bwithout)(?: \w+)?\s*$"),
}
_SPACES: Final = re.compile(r"\s+")


def dimensions_shown(
    answer: str,
    quotes: Sequence[Passage],
    passages: Sequence[Passage],
    competency: Competency | None,
    language: Language,
) -> tuple[DimensionShown, ...]:
    """Return each dimension with each passage that shows it, quotes before the rest.

    A passage shows a dimension by one of its cues; where a competency came without cues, a quote by saying nearly the
    same as an indicator. What is quoted is not named once more by a part of it.
    """
    if competency is None:
        return ()
    shown = []
    for dimension in competency.dimensions:
        if dimension.cues.phrases(language):
            rest = [p for p in passages if not any(q.start <= p.start and p.end <= q.end for q in quotes)]
            found = [p for p in (*quotes, *rest) if has_cue(answer[p.start : p.end], dimension, language)]
        else:
            phrases = dimension.indicators.phrases(language)
            found = [p for p in quotes if likeness(answer[p.start : p.end], phrases) >= ALIKE]
        shown += [DimensionShown(dimension.key, p.start, p.end) for p in found]
    return tuple(shown)


def has_cue(text: str, dimension: Dimension, language: Language) -> bool:
    """True where a cue of the dimension stands in `text` and is not negated."""
    pattern = _cues(dimension.cues.phrases(language), language)
    plain = _SPACES.sub("" if language == "zh" else " ", text.lower().replace("’", "'"))
    return pattern is not None and any(
        not _NEGATED[language].search(plain[: found.start()]) for found in pattern.finditer(plain)
    )


@cache
def _cues(cues: tuple[str, ...], language: Language) -> re.Pattern[str] | None:
    if not cues:
        return None
    if language == "zh":
        return re.compile("|".join(re.escape(cue) for cue in cues))
    return re.compile(
        r"\b(?:" + "|".join(re.escape(cue) + (_ENDING if len(cue) <= _WHOLE_WORD_UP_TO else "") for cue in cues) + ")"
    )
