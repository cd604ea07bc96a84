"""Who was hired, who left and who stayed: the one definition that board, channels, fairness, validity and weights share.

hired    The HR system tells of it, in a file of hires or for the application, on or after the day of the invitation.
         Records that share a candidate or an employee are one person, who counts once: with the earliest such record,
         for the last interview finished by that day (invited by it, where none was finished).
left     A record of leaving on or after the first day, unless the same person starts again within CHANGED_OVER: that is
         a change of position or of number. Only a reason that says something of the person (TELLING) counts as leaving;
         after a layoff, an end of contract, a retirement or for an untold reason it is not known.
stayed   Still there so many days after the first day. Unknown, of leavers too, while the last file of exits is older
         than that day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Generic, Protocol, TypeVar

NINETY_DAYS: Final = timedelta(days=90)
A_YEAR: Final = timedelta(days=365)
CHANGED_OVER: Final = timedelta(days=7)
FOR_CAUSE: Final = ("dismissed", "probation")
TELLING: Final = (*FOR_CAUSE, "voluntary")

Figure = tuple[float | None, str | None]
"""The value, or None and why there is none."""
Exit = tuple[date, str | None]
"""The day, and the reason where one was told."""


@dataclass(frozen=True, slots=True)
class HireLine:
    """What the HR system told: this candidate became this employee, or was hired by their application."""

    candidate: str
    """The HR system's id of the candidate, ours where it gave none."""
    employee: str | None
    """Our id of the employee; None where the application alone says that they were hired."""
    started_on: date
    """The first day at work; of an application the day of the hire."""
    sealed: str = ""
    """The agreed pay, as `core.tables.Hire` keeps it."""


class Past(Protocol):
    """An interview, as far as a hire is found by it."""

    @property
    def invited_on(self) -> date: ...

    @property
    def finished_on(self) -> date | None: ...


P = TypeVar("P", bound=Past)


@dataclass(frozen=True, slots=True)
class HiredPerson(Generic[P]):
    """One person: the interview that led to the hire, and all records of theirs by day."""

    interview: P
    hire: HireLine
    """The record that counts: where there is one, of a file, which knows the employee."""
    hired_on: date
    lines: tuple[HireLine, ...]

    @property
    def employees(self) -> tuple[str, ...]:
        """Every id they go by at work."""
        return tuple(dict.fromkeys(line.employee for line in self.lines if line.employee is not None))

    @property
    def starts(self) -> tuple[date, ...]:
        """The first day, and the days on which they started again."""
        again = (line.started_on for line in self.lines if line.employee and line.started_on > self.hire.started_on)
        return (self.hire.started_on, *again)


def find_hired(
    lines: Iterable[HireLine], interviews: Mapping[str, Sequence[P]]
) -> tuple[list[HiredPerson[P]], list[P]]:
    """Everybody who was hired, and an interview each of those who worked here before they were ever invited.

    `interviews` are each candidate's in order of time.
    """
    people: list[HiredPerson[P]] = []
    earlier: list[P] = []
    for records in _persons(lines):
        done = sorted(
            (one for name in dict.fromkeys(line.candidate for line in records) for one in interviews.get(name, ())),
            key=lambda one: (one.invited_on, one.finished_on or date.max),
        )
        if not done:
            continue
        since = [line for line in records if line.started_on >= done[0].invited_on]
        if not since:
            earlier.append(done[0])
            continue
        hire = next((line for line in since if line.employee is not None), since[0])
        people.append(HiredPerson(_led_to(done, hire.started_on), hire, since[0].started_on, tuple(records)))
    return people, earlier


def stay(first_days: Sequence[date], exits: Iterable[Exit], known_until: date | None, span: timedelta) -> Figure:
    """1 where they were still there `span` after the first of `first_days`, 0 where they had left; else None and why.

    The other days are those on which the same person started again. `known_until` is the day on which exits were last
    told, None where they never were.
    """
    if known_until is None:
        return None, "no_exits"
    started_on = first_days[0]
    if known_until - started_on < span:
        # Also of whoever has left already: those who began with them and are still there are not known yet either, and
        # counting the leavers alone would make every share of staying too low.
        return None, "too_early"
    left = next(
        (
            (on, why)
            for on, why in sorted(exits, key=lambda each: each[0])
            if on >= started_on and not any(on <= again <= on + CHANGED_OVER for again in first_days[1:])
        ),
        None,
    )
    if left is not None and left[0] - started_on < span:
        return (0.0, None) if left[1] in TELLING else (None, "left_otherwise")
    return 1.0, None


def _led_to(done: Sequence[P], started_on: date) -> P:
    invited = [one for one in done if one.invited_on <= started_on]
    finished = [one for one in invited if one.finished_on is not None and one.finished_on <= started_on]
    return (finished or invited)[-1]


def _persons(lines: Iterable[HireLine]) -> list[list[HireLine]]:
    """Records that hang together by a candidate or an employee, each person's by day."""
    leader: dict[tuple[str, str], tuple[str, str]] = {}

    def lead(name: tuple[str, str]) -> tuple[str, str]:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    known = sorted(lines, key=lambda line: line.started_on)
    for line in known:
        if line.employee is not None:
            leader[lead(("employee", line.employee))] = lead(("candidate", line.candidate))
    groups: dict[tuple[str, str], list[HireLine]] = defaultdict(list)
    for line in known:
        groups[lead(("candidate", line.candidate))].append(line)
    return list(groups.values())
