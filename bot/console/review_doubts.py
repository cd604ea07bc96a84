"""Why a result should be looked at by a person, and in which order people look. Pure: no database, no words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from scoring.findings import SURE_FROM

WEAK_SPOT: Final = 20.0
"""A competency so far below the pass line is put before a person, though the match is over it."""
NEAR_LINE: Final = 5.0
"""Points of match on either side of the pass line within which another scorer might have said otherwise."""
LONG_WAIT_DAYS: Final = 3
MOST_DAYS: Final = 5
"""From here on a wait is as urgent as it can be."""

Kind = Literal[
    "asks_person",
    "weak_spot",
    "apart",
    "near_line",
    "low_confidence",
    "unscored",
    "environment",
    "signals",
    "long_wait",
]
Sort = Literal["urgency", "doubt"]
SORTS: Final[tuple[Sort, ...]] = ("urgency", "doubt")

WEIGHT: Final[Mapping[Kind, int]] = {
    "asks_person": 5,
    "weak_spot": 3,
    "apart": 3,
    "near_line": 2,
    "low_confidence": 2,
    "unscored": 1,
    "environment": 1,
    "signals": 1,
    "long_wait": 0,
}
"""How much each reason adds to the doubt; waiting is urgent but nothing to doubt."""
TELLING_LEVELS: Final[frozenset[Kind]] = frozenset({"weak_spot", "near_line"})
"""Reasons that give the scorer's levels away, kept from those who are still to rate blind."""


@dataclass(frozen=True, slots=True)
class Result:
    """One competency of a report: score 0-100 or None, confidence 0-1."""

    key: str
    score: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Case:
    """One reported interview that nobody has settled. `apart` are competencies rated more than a level apart."""

    id: str
    since: datetime
    """When the report was there: it waits from then on."""
    invited: datetime
    match: float | None
    pass_line: float
    results: Sequence[Result]
    apart: Sequence[str] = ()
    environment: bool = False
    signals: bool = False
    asks_person: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to look, the competencies that it is about, and its figure (points from the line, or days)."""

    kind: Kind
    competencies: tuple[str, ...] = ()
    figure: float | None = None


def weak_spots(match: float | None, pass_line: float, results: Iterable[Result]) -> tuple[str, ...]:
    """The competencies WEAK_SPOT or more below the line where the match is over it."""
    if match is None or match < pass_line:
        return ()
    return tuple(r.key for r in results if r.score is not None and r.score <= pass_line - WEAK_SPOT)


def doubts_of(case: Case, moment: datetime) -> tuple[Doubt, ...]:
    """The reasons to look at `case`, the weightiest first."""
    found: list[Doubt] = []
    if case.asks_person:
        found.append(Doubt("asks_person"))
    if weak := weak_spots(case.match, case.pass_line, case.results):
        found.append(Doubt("weak_spot", weak))
    if case.apart:
        found.append(Doubt("apart", tuple(case.apart)))
    if case.match is not None and abs(case.match - case.pass_line) <= NEAR_LINE:
        found.append(Doubt("near_line", figure=case.match - case.pass_line))
    if unsure := tuple(r.key for r in case.results if r.score is not None and r.confidence < SURE_FROM):
        found.append(Doubt("low_confidence", unsure))
    if unscored := tuple(r.key for r in case.results if r.score is None):
        found.append(Doubt("unscored", unscored))
    if case.environment:
        found.append(Doubt("environment"))
    if case.signals:
        found.append(Doubt("signals"))
    if (days := waited_days(case, moment)) >= LONG_WAIT_DAYS:
        found.append(Doubt("long_wait", figure=days))
    return tuple(found)


def waited_days(case: Case, moment: datetime) -> int:
    """Whole days since the report was there."""
    return max(0, (moment - case.since) // timedelta(days=1))


def in_order(cases: Iterable[Case], moment: datetime, sort: Sort = "urgency") -> list[Case]:
    """The cases, what is on hold last.

    By urgency: who asks for a person, then by whole days waited, on the same day by doubt. By doubt: the sum of the
    reasons' weights. Among equals the longest wait comes first, then who was invited first.
    """

    def place(case: Case) -> tuple[float, ...]:
        doubt = sum(WEIGHT[each.kind] for each in doubts_of(case, moment))
        ahead = () if sort == "doubt" else (not case.asks_person, -min(waited_days(case, moment), MOST_DAYS))
        return (case.held, *ahead, -doubt, case.since.timestamp(), case.invited.timestamp())

    return sorted(cases, key=place)
