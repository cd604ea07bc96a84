"""Selection rates between groups: the four-fifths rule and Fisher's exact test side by side.

Rates and impact ratios are those of 29 CFR 1607.4(D) and of New York City's rules on automated employment decision tools
(6 RCNY 5-300, 5-301): a group's rate over the rate of the group that is selected most; for scores the rate is the
share above the median of everybody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import median
from typing import Final, Literal

from scipy.stats import fisher_exact

from hr_bridge.insights.course import Course
from hr_bridge.insights.groups import Groups, group_questions
from hr_bridge.insights.proportion import Share
from hr_bridge.insights.suppression import Relation, hidden_cells
from hr_bridge.insights.validity.association import adjusted

FOUR_FIFTHS: Final = 0.8
LEVEL: Final = 0.05
SMALLEST_SHARE: Final = 0.02
"""A group with a smaller share of the people compared is counted and not judged (6 RCNY 5-301(d))."""
ENOUGH: Final = 20
"""People in a group below which seeing no difference says nothing."""
UNKNOWN: Final = "unknown"

Step = Literal["scored", "above_median", "reached_line", "passed", "hired"]
STEPS: Final[tuple[Step, ...]] = ("scored", "above_median", "reached_line", "passed", "hired")
Verdict = Literal["most", "below", "below_unclear", "clear", "none", "too_few", "left_out", "hidden", "nobody_selected"]
Refusal = Literal["nobody", "none_told", "one_group", "too_small"]
Group = tuple[str, ...]
"""Option of each question of the dimension, one for each question of an intersection."""

Place = tuple[tuple[str, ...], Group]
"""A dimension, and a group of it."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group at one step. Everything is None where it is hidden."""

    group: Group
    share: Share | None
    ratio: float | None
    """Impact ratio; None for groups that are not judged."""
    p: float | None
    """Fisher's exact test against the group selected most, two-sided."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class StepTable:
    """All groups of one dimension at one step; `refused` says why there are no lines."""

    step: Step
    dimension: tuple[str, ...]
    """Keys of the questions; two of them for an intersection."""
    lines: Sequence[GroupLine]
    rest: Share
    """People of whom at least one of the questions is not known, or whose group is not shown."""
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class FairnessReport:
    """Tables for every step and dimension of everybody who finished the interview."""

    people: int
    told: int
    """Of whom at least one group is known."""
    tables: Sequence[StepTable]

    @property
    def comparisons(self) -> int:
        """How many groups were tested: one of twenty looks different by chance."""
        return sum(line.p is not None for table in self.tables for line in table.lines)

    @property
    def held_back(self) -> Sequence[tuple[StepTable, GroupLine]]:
        """Groups under four fifths whose difference, taken alone, is hardly chance."""
        return [(table, line) for table in self.tables for line in table.lines if line.verdict == "below"]

    @property
    def surely_held_back(self) -> Sequence[tuple[StepTable, GroupLine]]:
        """Of those, the ones that are hardly chance among so many comparisons (Holm, over all tables)."""
        tested = [(table, line) for table in self.tables for line in table.lines if line.p is not None]
        adjusted_p = adjusted([line.p for _, line in tested if line.p is not None])
        return [
            found for found, p in zip(tested, adjusted_p, strict=True) if found[1].verdict == "below" and p <= LEVEL
        ]


def impact_ratios(shares: Mapping[Group, Share]) -> Mapping[Group, float | None]:
    """Each group's rate over the highest; None for all where nobody was selected, and for a group of nobody."""
    rates = {group: share.rate for group, share in shares.items()}
    highest = max((rate for rate in rates.values() if rate is not None), default=0.0)
    return {group: rate / highest if rate is not None and highest else None for group, rate in rates.items()}


def compare_groups(shares: Mapping[Group, Share]) -> Sequence[GroupLine]:
    """Judge every group against the one selected most; groups under 2 % of the people are left out."""
    together = sum(share.of for share in shares.values())
    judged = {group: share for group, share in shares.items() if share.of and share.of >= SMALLEST_SHARE * together}
    ratios = impact_ratios(judged)
    if not judged or all(not share.count for share in judged.values()):
        return [GroupLine(group, share, None, None, "nobody_selected") for group, share in shares.items()]
    most = max(judged, key=lambda group: (judged[group].rate or 0.0, judged[group].of))
    lines = []
    for group, share in shares.items():
        if group not in judged:
            lines.append(GroupLine(group, share, None, None, "left_out"))
        elif group == most:
            lines.append(GroupLine(group, share, 1.0, None, "most"))
        else:
            ratio, p = ratios[group] or 0.0, fisher_p(share, judged[most])
            lines.append(GroupLine(group, share, ratio, p, _verdict(ratio, p, min(share.of, judged[most].of))))
    return lines


def fisher_p(one: Share, other: Share) -> float:
    """Two-sided p of Fisher's exact test that both rates are alike."""
    table = [[one.count, one.of - one.count], [other.count, other.of - other.count]]
    return float(fisher_exact(table).pvalue)


def fairness_report(
    courses: Iterable[Course], groups: Mapping[str, Groups], questions: Sequence[str]
) -> FairnessReport:
    """Compare everybody who finished; `groups` by interview id. Groups are asked after the interview's end, so nothing
    can be said of those who never came so far."""
    finished = [course for course in courses if course.finished]
    everything = tuple(group_questions())
    alike = _alike(finished, groups, everything)
    answers: Counter[tuple[str, ...]] = Counter()
    for (told, _), count in alike.items():
        answers[told] += count
    dimensions = _dimensions(everything)
    # Whatever is asked for here, the same is hidden: two reports on the same people must not complete each other.
    hidden = _hidden(answers, everything, dimensions)
    shown = [dimension for dimension in dimensions if set(dimension) <= set(questions)]
    tables = [_table(step, dimension, alike, everything, hidden) for step in STEPS for dimension in shown]
    asked = [everything.index(key) for key in questions]
    known = sum(count for told, count in answers.items() if any(told[place] != UNKNOWN for place in asked))
    return FairnessReport(len(finished), known, tables)


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of somebody, as far as the steps ask."""

    scored: bool
    above_median: bool
    reached_line: bool
    decided: bool
    passed: bool
    hired: bool

    def is_looked_at(self, step: Step) -> bool:
        if step == "scored":
            return True
        if step == "passed":
            return self.decided
        return self.passed if step == "hired" else self.scored

    def is_selected(self, step: Step) -> bool:
        return bool(getattr(self, step))


def _alike(
    finished: Sequence[Course], groups: Mapping[str, Groups], questions: Sequence[str]
) -> Counter[tuple[tuple[str, ...], _Fate]]:
    """How many people told the same and fared the same: a few hundred kinds, however many people."""
    scores = [course.scored for course in finished if course.scored is not None]
    middle = median(scores) if scores else 0.0
    found: Counter[tuple[tuple[str, ...], _Fate]] = Counter()
    for course in finished:
        told = groups.get(course.id, {})
        fate = _Fate(
            scored=course.scored is not None,
            above_median=course.scored is not None and course.scored > middle,
            reached_line=bool(course.reached_line),
            decided=course.decided_at is not None,
            passed=course.passed,
            hired=course.hired,
        )
        found[tuple(told.get(key, UNKNOWN) for key in questions), fate] += 1
    return found


def _table(
    step: Step,
    dimension: tuple[str, ...],
    alike: Mapping[tuple[tuple[str, ...], _Fate], int],
    questions: Sequence[str],
    hidden: frozenset[Place],
) -> StepTable:
    of: Counter[Group] = Counter()
    chosen: Counter[Group] = Counter()
    for (told, fate), count in alike.items():
        if fate.is_looked_at(step):
            group = tuple(told[questions.index(key)] for key in dimension)
            group = (UNKNOWN,) if UNKNOWN in group else group
            of[group] += count
            chosen[group] += count * fate.is_selected(step)
    # Whether a hidden group is empty at this step is not told either.
    concealed = [group for group in _options(dimension) if (dimension, group) in hidden]
    shown = {group: Share(chosen[group], of[group]) for group in _options(dimension) if of[group]}
    shown = {group: share for group, share in shown.items() if group not in concealed}
    rest = Share(
        sum(chosen.values()) - sum(share.count for share in shown.values()),
        sum(of.values()) - sum(share.of for share in shown.values()),
    )
    refused: Refusal | None = None
    if not of:
        refused = "nobody"
    elif len(shown) < 2:
        refused = "too_small" if concealed else "one_group" if shown else "none_told"
    if refused is not None:
        return StepTable(step, dimension, (), rest, refused)
    lines = [*compare_groups(shown), *(GroupLine(group, None, None, None, "hidden") for group in concealed)]
    order = list(_options(dimension))
    return StepTable(step, dimension, sorted(lines, key=lambda line: order.index(line.group)), rest)


def hidden_groups(told: Iterable[Groups]) -> frozenset[Place]:
    """Which groups of these people must not be shown, whatever is shown of the others."""
    questions = tuple(group_questions())
    answers = Counter(tuple(one.get(key, UNKNOWN) for key in questions) for one in told)
    return _hidden(answers, questions, _dimensions(questions))


def _dimensions(questions: Sequence[str]) -> Sequence[tuple[str, ...]]:
    return [*((key,) for key in questions), *combinations(questions, 2)]


def _hidden(
    answers: Mapping[tuple[str, ...], int], questions: Sequence[str], dimensions: Sequence[tuple[str, ...]]
) -> frozenset[Place]:
    """The groups that are too small to be shown, and those from which they could be reckoned, by dimension. What is
    hidden of everybody is hidden in every step."""
    counts: Counter[Place] = Counter()
    for told, count in answers.items():
        for dimension in dimensions:
            counts[dimension, tuple(told[questions.index(key)] for key in dimension)] += count
    everybody: Place = ((), ())
    relations: list[Relation[Place]] = []
    cells: dict[Place, int] = {everybody: sum(answers.values())}
    never: set[Place] = set()
    for dimension in dimensions:
        choices = [[*group_questions()[key].options, UNKNOWN] for key in dimension]
        everything = [(dimension, group) for group in product(*choices)]
        cells |= {cell: counts[cell] for cell in everything}
        # How many are not known is told together with those that are not shown: it covers a small group.
        never |= {cell for cell in everything if UNKNOWN in cell[1]}
        relations.append(Relation(tuple(everything), everybody))
        for place, key in enumerate(dimension if len(dimension) > 1 else ()):
            for option in choices[place]:
                parts = tuple(cell for cell in everything if cell[1][place] == option)
                relations.append(Relation(parts, ((key,), (option,))))
    return hidden_cells(cells, relations, {everybody}, never)


def _options(dimension: tuple[str, ...]) -> Sequence[Group]:
    return list(product(*(group_questions()[key].options for key in dimension)))


def _verdict(ratio: float, p: float, fewest: int) -> Verdict:
    if p < LEVEL:
        return "below" if ratio < FOUR_FIFTHS else "clear"
    if ratio < FOUR_FIFTHS:
        return "below_unclear"
    return "none" if fewest >= ENOUGH else "too_few"
