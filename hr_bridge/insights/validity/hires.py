"""Which interview each person who was hired goes back to: everybody counts once, where they were interviewed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class HireLine:
    """A line of what the HR system told: this candidate became this employee."""

    candidate: str
    """The HR system's id of the candidate, or ours."""
    employee: str
    started_on: date
    pay: Mapping[str, object]
    """{"base", "currency", "period", "months"} as agreed, each null where it was not told."""


@dataclass(frozen=True, slots=True)
class ScoredInterview:
    """`number` is its `person` in the frames."""

    number: int
    family: str
    finished_on: date | None


@dataclass(frozen=True, slots=True)
class HiredPerson:
    """One person: the interview that led to the hire, the hire that counts, and every employee id they go by."""

    interview: ScoredInterview
    hire: HireLine
    employees: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hired:
    """`moved` are people with hires in several families, by the one where they count; `doubled` lines that are set
    aside because their person counts already."""

    people: tuple[HiredPerson, ...]
    moved: frozenset[int]
    doubled: Mapping[str, int]


def find_hired(hires: Sequence[HireLine], interviews: Mapping[str, Sequence[ScoredInterview]]) -> Hired:
    """Match hires with scored interviews (by the candidate's id, each candidate's in order of time).

    Lines that share a candidate or an employee are one person: the earliest that has a scored interview counts, with
    the last interview finished by the day they started, or the first where none was by then.
    """
    people: list[HiredPerson] = []
    moved: set[int] = set()
    doubled: Counter[str] = Counter()
    for lines in _persons(hires):
        known = sorted((line for line in lines if interviews.get(line.candidate)), key=lambda line: line.started_on)
        if not known:
            continue
        first = known[0]
        interview = _before(interviews[first.candidate], first.started_on)
        people.append(HiredPerson(interview, first, tuple(dict.fromkeys(line.employee for line in lines))))
        families = {_before(interviews[line.candidate], line.started_on).family for line in known}
        if len(families) > 1:
            moved.add(interview.number)
        if len(lines) > 1:
            doubled[interview.family] += len(lines) - 1
    return Hired(tuple(people), frozenset(moved), doubled)


def _before(interviews: Sequence[ScoredInterview], started_on: date) -> ScoredInterview:
    done = [each for each in interviews if each.finished_on is not None and each.finished_on <= started_on]
    return done[-1] if done else interviews[0]


def _persons(hires: Iterable[HireLine]) -> list[list[HireLine]]:
    """Lines that hang together by a candidate or an employee."""
    leader: dict[tuple[str, str], tuple[str, str]] = {}

    def lead(name: tuple[str, str]) -> tuple[str, str]:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    lines = list(hires)
    for line in lines:
        leader[lead(("candidate", line.candidate))] = lead(("employee", line.employee))
    groups: dict[tuple[str, str], list[HireLine]] = defaultdict(list)
    for line in lines:
        groups[lead(("employee", line.employee))].append(line)
    return list(groups.values())
