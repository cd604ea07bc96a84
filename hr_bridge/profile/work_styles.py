"""How important O*NET says that Work Styles are in an occupation, set against all occupations.

Importances as such hardly differ (most lie from 3.5 to 4.5 of 5, because every job wants dependable people), so each is
read as its distance from the element's mean over all 873 occupations, in standard deviations.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from statistics import fmean, pstdev

from hr_bridge.profile.competencies import COMPETENCIES
from hr_bridge.profile.shapes import Importance


def occupation_title(code: str) -> str | None:
    """Return the title of an O*NET-SOC code such as `41-4012.00`, or None where O*NET 27.0 has no such occupation."""
    return _titles().get(code)


def importances(code: str | None) -> dict[str, Importance]:
    """Return, by competency, what O*NET says of an occupation; empty without a code, or where it knows none such."""
    table = _table()
    if code is None or code not in table:
        return {}
    found = {}
    for key, competency in COMPETENCIES.items():
        elements = [element for element in competency.work_styles if element in table[code]]
        if elements:
            value = fmean(table[code][element] for element in elements)
            deviation = fmean(_deviation(element, table[code][element]) for element in elements)
            found[key] = Importance(code, tuple(elements), round(value, 2), deviation)
    return found


def _deviation(element: str, value: float) -> float:
    mean, spread = _spread(element)
    return (value - mean) / spread


@cache
def _spread(element: str) -> tuple[float, float]:
    values = [row[element] for row in _table().values() if element in row]
    return fmean(values), pstdev(values)


@cache
def _rows() -> tuple[dict[str, str], ...]:
    file = files("hr_bridge") / "profile" / "onet" / "work_styles.csv"
    return tuple(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


@cache
def _titles() -> dict[str, str]:
    return {row["occupation"]: row["title"] for row in _rows()}


@cache
def _table() -> dict[str, dict[str, float]]:
    return {
        row["occupation"]: {
            name: float(value) for name, value in row.items() if name not in ("occupation", "title") and value
        }
        for row in _rows()
    }
