"""What goes into a study of validity and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hr_bridge.insights.validity.association import Array, Association, Corrected, Refusal
from hr_bridge.insights.validity.thirds import Thirds

Outcome = Literal["performance", "pay_growth", "stayed_90_days", "stayed_a_year"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("performance", "pay_growth", "stayed_90_days", "stayed_a_year")
BINARY: Final[frozenset[Outcome]] = frozenset({"stayed_90_days", "stayed_a_year"})
HAS_ZERO: Final[frozenset[Outcome]] = frozenset({"performance"})
"""Outcomes of which "20 % higher" can be said: 0 is the worst mark of the scale. Pay growth is a rate already."""

MATCH: Final = "match"
DELIVERY: Final = "delivery"
"""Scores beside the competencies, which go by their keys."""

Verdict = Literal["refused", "unclear", "hint", "finding"]
"""refused: nothing may be said. unclear: the interval holds 0. hint: it does not, and among so many comparisons that
may be chance. finding: more than chance, all comparisons of the study together considered."""


@dataclass(frozen=True, slots=True)
class Link:
    """One score and one outcome in one family. `missing` are hires with the score and without the outcome.

    `smallest_hinted`, `smallest_seen` and `well_seen` are correlations: with `n` people nothing under the first could
    show at all, nothing under the second be a finding among all comparisons of the study, and a true one of the third
    is found four times in five. `scores` and `outcomes` are the pairs, for pictures.
    """

    family: str
    score: str
    outcome: Outcome
    n: int
    missing: int
    verdict: Verdict
    refusal: Refusal | None
    association: Association | None
    corrected: Corrected | None
    thirds: Thirds | None
    smallest_hinted: float
    smallest_seen: float
    well_seen: float
    scores: Array
    outcomes: Array


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """Of so many hires so many have the outcome. The others by why not: `why` → people."""

    outcome: Outcome
    n: int
    missing: dict[str, int]


@dataclass(frozen=True, slots=True)
class FamilyStudy:
    """Everything about one position family. `applicants` were interviewed and scored; `hires` are people among them who
    started; `moved` have since been in another position (they count where they were interviewed), `doubled` are records
    of a person that counts already, `earlier` are people who worked here before they were invited."""

    family: str
    applicants: int
    hires: int
    moved: int
    doubled: int
    earlier: int
    counts: tuple[OutcomeCount, ...]
    links: tuple[Link, ...]

    def linked(self, outcome: Outcome) -> tuple[Link, ...]:
        """The links with one outcome: match, competencies, delivery."""
        return tuple(link for link in self.links if link.outcome == outcome)


@dataclass(frozen=True, slots=True)
class Study:
    """All families; `comparisons` is how many intervals were looked at together."""

    families: tuple[FamilyStudy, ...]
    comparisons: int
