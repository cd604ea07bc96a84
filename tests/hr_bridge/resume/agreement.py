"""How far a parsed résumé agrees with what its writer says it holds: right, found and there, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hr_bridge.resume.resume import Resume

TOGETHER = "all"


@dataclass
class Agreement:
    """Counts by field; a value counts as right when it is exactly the expected one, in the right entry."""

    right: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, found: Iterable[Any], expected: Iterable[Any]) -> None:
        found_counts, expected_counts = Counter(found), Counter(expected)
        for key in (name, TOGETHER):
            self.right[key] += (found_counts & expected_counts).total()
            self.found[key] += found_counts.total()
            self.there[key] += expected_counts.total()

    def precision(self, name: str = TOGETHER) -> float:
        return self.right[name] / max(1, self.found[name])

    def recall(self, name: str = TOGETHER) -> float:
        return self.right[name] / max(1, self.there[name])


def load(name: str) -> list[dict[str, Any]]:
    """The résumés of one file in resumes/: id, text and what is expected."""
    path = Path(__file__).parent / "resumes" / f"{name}.yml"
    loaded: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def compare(resume: Resume, expected: dict[str, Any], agreement: Agreement) -> None:
    """Adds one résumé to the counts. Entries are told apart by school or employer, so a date counts in its entry only."""
    for name, found, wanted in _fields(resume, expected):
        agreement.add(name, found, wanted)


def _fields(resume: Resume, expected: dict[str, Any]) -> Iterator[tuple[str, list[Any], list[Any]]]:
    contact = resume.contact
    yield (
        "contact",
        _given(contact.name, contact.phone, contact.email),
        _given(*(expected[key] for key in ("name", "phone", "email"))),
    )
    for name in ("school", "degree", "major", "start", "end"):
        yield (
            f"education.{name}",
            [(one.school, getattr(one, name)) for one in resume.education if getattr(one, name) is not None],
            [(one["school"], one[name]) for one in expected["education"] if one[name] is not None],
        )
    for name in ("employer", "title", "start", "end"):
        yield (
            f"work.{name}",
            [
                (one.start if name == "employer" else one.employer, getattr(one, name))
                for one in resume.work
                if getattr(one, name) is not None
            ],
            [
                (one["start"] if name == "employer" else one["employer"], one[name])
                for one in expected["work"]
                if one[name] is not None
            ],
        )
    yield "years", _given(resume.years_of_experience), _given(expected["years"])
    yield "skills", list(resume.skills), expected["skills"]
    yield "certificates", list(resume.certificates), expected["certificates"]
    yield "removed", list(resume.removed), expected["removed"]


def _given(*values: Any) -> list[Any]:
    return [value for value in values if value is not None]
