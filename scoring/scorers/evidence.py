"""The one to three passages that say most, verbatim, each with the indicator of the competency that it comes nearest to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.engines.reader import Reading
from scoring.score import Evidence, Language
from scoring.transcript import Passage, Transcript

MOST_QUOTES: Final = 3
_LONGEST: Final[dict[Language, int]] = {"en": 170, "zh": 60}
_STRONG: Final = 0.75
"""A neighbour joins, and a further quote is given, when it is at least this strong beside the best passage."""
_GAP: Final = 8
"""Characters between neighbours: more means that something was left out between them, a plea for instance."""

NameIndicator = Callable[[str], str]


def evidence(
    transcript: Transcript,
    reading: Reading,
    token_scores: npt.NDArray[np.float64],
    language: Language,
    indicator_of: NameIndicator,
) -> tuple[Evidence, ...]:
    """Return the strongest passages in the order of the answer; none where the answer has no passage."""
    strengths = _strengths(transcript.passages, reading, token_scores)
    if not strengths:
        return ()
    best = max(strengths)
    taken: set[int] = set()
    quotes: list[Passage] = []
    for i in sorted(range(len(strengths)), key=lambda i: -strengths[i]):
        if len(quotes) == MOST_QUOTES or strengths[i] < _STRONG * best:
            break
        if i in taken:
            continue
        first, last = _grow(i, transcript.passages, strengths, taken, best, _LONGEST[language])
        taken.update(range(first, last + 1))
        quotes.append(Passage(transcript.passages[first].start, transcript.passages[last].end))
    return tuple(
        Evidence(quote=quote, indicator=indicator_of(quote), start=p.start, end=p.end)
        for p in sorted(quotes, key=lambda p: p.start)
        for quote in (transcript.answer[p.start : p.end],)
    )


def _strengths(passages: Sequence[Passage], reading: Reading, token_scores: npt.NDArray[np.float64]) -> list[float]:
    starts, ends = np.array(reading.starts), np.array(reading.ends)
    floor = 1e-3
    strengths = []
    for p in passages:
        inside = (starts < p.end) & (ends > p.start)
        strengths.append(max(floor, float(token_scores[inside].mean())) if inside.any() else floor)
    return strengths


def _grow(
    i: int, passages: Sequence[Passage], strengths: Sequence[float], taken: set[int], best: float, longest: int
) -> tuple[int, int]:
    """Widen passage `i` to neighbours that are strong, untaken and, together, not too long to read at a glance."""

    def may_join(n: int, start: int, end: int) -> bool:
        near = max(passages[n].start - end, start - passages[n].end) <= _GAP
        short = max(end, passages[n].end) - min(start, passages[n].start) <= longest
        return n not in taken and near and short and strengths[n] >= _STRONG * best

    first = last = i
    while True:
        start, end = passages[first].start, passages[last].end
        sides = [n for n in (first - 1, last + 1) if 0 <= n < len(passages) and may_join(n, start, end)]
        if not sides:
            return first, last
        n = max(sides, key=lambda side: strengths[side])
        first, last = min(first, n), max(last, n)
