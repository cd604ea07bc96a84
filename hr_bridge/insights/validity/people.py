"""The two tables that a study is made from, as polars frames, and how appraisals of other scales are put side by side.

scores    one line an interview and score:  person, family, score, value (0-100)
outcomes  one line a hire and outcome:      person, family, outcome, value (null: missing), why (of what is missing)
`person` is any key that is the same in both. Who was hired is whoever has lines in `outcomes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

SCORES: Final = pl.Schema({"person": pl.Int64, "family": pl.String, "score": pl.String, "value": pl.Float64})
OUTCOMES_OF_HIRES: Final = pl.Schema(
    {"person": pl.Int64, "family": pl.String, "outcome": pl.String, "value": pl.Float64, "why": pl.String}
)
APPRAISALS: Final = pl.Schema(
    {"person": pl.Int64, "source": pl.String, "period": pl.String, "scale": pl.String, "place": pl.Float64}
)
"""`place` is where a mark lies on its scale, 0 worst to 1 best. `person` is null for marks of people who were never
interviewed and for those from before the hire: they tell what a mark of their source is worth, and nothing else."""
FEWEST_TO_STANDARDISE: Final = 5
"""Marks of one source, period and scale under which their mean and spread are chance."""


@dataclass(frozen=True, slots=True)
class People:
    """What a study needs. `moved`, `doubled` and `earlier` count people by family, as `FamilyStudy` says."""

    scores: pl.DataFrame
    outcomes: pl.DataFrame
    moved: Mapping[str, int]
    doubled: Mapping[str, int]
    started: Mapping[int, date] = field(default_factory=dict)
    """The day each hire started."""
    earlier: Mapping[str, int] = field(default_factory=dict)


def standardise(appraisals: pl.DataFrame) -> pl.DataFrame:
    """Turn marks into one performance a person: `person`, `value` (null where none could be used) and `marks`.

    A mark counts as its distance from the mean of its source, period and scale in standard deviations, because a 4 of
    one department or year is not that of another; a person's performance is the mean of theirs, put back on a scale of
    0 to 100 by the mean and spread of all marks. Sources with under five marks, or all alike, are set aside.
    """
    alike = ["source", "period", "scale"]
    place = pl.col("place")
    marks = appraisals.with_columns(
        place.count().over(alike).alias("count"),
        place.mean().over(alike).alias("mean"),
        place.std().over(alike).alias("sd"),
    )
    usable = (pl.col("count") >= FEWEST_TO_STANDARDISE) & (pl.col("sd") > 1e-9)
    z = pl.when(usable).then((place - pl.col("mean")) / pl.col("sd"))
    kept = marks.with_columns(z.alias("z"))
    used = kept.filter(pl.col("z").is_not_null())["place"]
    mean, spread = used.mean(), used.std()
    of_people = (
        kept.filter(pl.col("person").is_not_null())
        .group_by("person", maintain_order=True)
        .agg(pl.col("z").mean().alias("value"), pl.col("z").count().alias("marks"))
    )
    if mean is None or spread is None:
        return of_people
    return of_people.with_columns((100 * (pl.lit(mean) + pl.lit(spread) * pl.col("value"))).alias("value"))
