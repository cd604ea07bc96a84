"""All scores against all outcomes, family by family, and which of them are more than chance.

A **finding** is an association whose 95 % interval leaves out 0 and whose p value, adjusted for all comparisons of the
study (Holm), is at most .05: at most one study in twenty calls anything a finding that is chance.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any, Final

import numpy as np
import polars as pl

from hr_bridge.insights.validity.association import (
    CHANCE,
    Array,
    Association,
    adjusted,
    associate,
    correct_for_range,
    smallest_seen,
    varies,
    well_seen,
)
from hr_bridge.insights.validity.people import People
from hr_bridge.insights.validity.shapes import (
    BINARY,
    DELIVERY,
    HAS_ZERO,
    MATCH,
    OUTCOMES,
    FamilyStudy,
    Link,
    Outcome,
    OutcomeCount,
    Study,
)
from hr_bridge.insights.validity.thirds import compare_thirds

FEWEST_APPLICANTS: Final = 30
"""Scored applicants under which their spread is not known."""
_NO_VALUES: Final[Array] = np.empty(0)


def study(people: People) -> Study:
    """Work out every family that has scored applicants. Nothing is raised: what cannot be concluded says why."""
    spreads = {
        (family, score): (float(spread or 0.0), int(n))
        for family, score, spread, n in people.scores.group_by("family", "score")
        .agg(pl.col("value").std(), pl.col("value").count().alias("n"))
        .iter_rows()
    }
    applicants = dict(people.scores.group_by("family").agg(pl.col("person").n_unique()).iter_rows())
    hires = dict(people.outcomes.group_by("family").agg(pl.col("person").n_unique()).iter_rows())
    hired = people.outcomes.join(people.scores, on=["person", "family"], suffix="_of_score")
    by_pair: dict[tuple[str, str, str], tuple[Array, Array]] = {
        (str(family), str(score), str(outcome)): (rows["value_of_score"].to_numpy(), rows["value"].to_numpy())
        for (family, score, outcome), rows in hired.group_by("family", "score", "outcome")
    }
    links = [
        _link(family, score, outcome, *by_pair.get((family, score, outcome), (_NO_VALUES, _NO_VALUES)), *spread)
        for (family, score), spread in sorted(spreads.items(), key=lambda item: (item[0][0], _order(item[0][1])))
        for outcome in OUTCOMES
    ]
    links = _judged(links)
    counts = _counts(people.outcomes)
    families = tuple(
        FamilyStudy(
            family=family,
            applicants=applicants.get(family, 0),
            hires=hires.get(family, 0),
            moved=people.moved.get(family, 0),
            doubled=people.doubled.get(family, 0),
            earlier=people.earlier.get(family, 0),
            counts=tuple(counts.get((family, outcome), OutcomeCount(outcome, 0, {})) for outcome in OUTCOMES),
            links=tuple(of_family),
        )
        for family, of_family in groupby(links, key=lambda link: link.family)
    )
    return Study(families, sum(link.association is not None for link in links))


def _order(score: str) -> tuple[int, str]:
    return {MATCH: 0, DELIVERY: 2}.get(score, 1), score


def _link(
    family: str, score: str, outcome: Outcome, scores: Array, outcomes: Array, spread: float, applicants: int
) -> Link:
    known = ~np.isnan(outcomes)
    missing, scores, outcomes = int(np.sum(~known)), scores[known], outcomes[known]
    binary = outcome in BINARY
    found = associate(scores, outcomes, binary=binary)
    common: dict[str, Any] = {
        "family": family,
        "score": score,
        "outcome": outcome,
        "n": len(scores),
        "missing": missing,
        "smallest_hinted": smallest_seen(len(scores)),
        "smallest_seen": 1.0,
        "well_seen": 1.0,
        "scores": scores,
        "outcomes": outcomes,
    }
    if not isinstance(found, Association):
        return Link(verdict="refused", refusal=found, association=None, corrected=None, thirds=None, **common)
    corrected = None
    if applicants >= FEWEST_APPLICANTS and applicants > len(scores) and varies(scores):
        corrected = correct_for_range(found, float(np.std(scores, ddof=1)), spread, applicants)
    thirds = compare_thirds(scores, outcomes, binary=binary, has_zero=outcome in HAS_ZERO)
    return Link(verdict="unclear", refusal=None, association=found, corrected=corrected, thirds=thirds, **common)


def _judged(links: list[Link]) -> list[Link]:
    chances = iter(adjusted([link.association.p for link in links if link.association]))
    judged = []
    for link in links:
        if link.association is not None:
            chance = next(chances)
            if link.association.low > 0 or link.association.high < 0:
                link = replace(link, verdict="finding" if chance <= CHANCE else "hint")
        judged.append(link)
    # Holm stops at the first that fails: with so many findings, one more would have been one from this chance on.
    found = sum(link.verdict == "finding" for link in judged)
    looked = sum(link.association is not None for link in judged)
    chance = CHANCE / max(1, looked - found)
    return [
        replace(link, smallest_seen=smallest_seen(link.n, chance), well_seen=well_seen(link.n, chance))
        for link in judged
    ]


def _counts(outcomes: pl.DataFrame) -> dict[tuple[str, Outcome], OutcomeCount]:
    found: dict[tuple[str, Outcome], OutcomeCount] = {}
    for (family, outcome), rows in outcomes.group_by("family", "outcome"):
        why = rows.filter(pl.col("value").is_null())["why"].value_counts()
        missing = {str(reason or "unknown"): int(count) for reason, count in sorted(why.iter_rows(), key=str)}
        kind = next(each for each in OUTCOMES if each == outcome)
        found[str(family), kind] = OutcomeCount(kind, int(rows["value"].count()), missing)
    return found
