"""What the fairness tables say, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bot.console.board_words import percent
from bot.console.texts import say
from core.content import Language
from hr_bridge.insights.fairness import STEPS, FairnessReport, Group, GroupLine, StepTable
from hr_bridge.insights.groups import group_questions
from hr_bridge.insights.suppression import FEWEST


def dimension_title(dimension: Sequence[str], language: Language) -> str:
    """Sex, or Sex and age."""
    joined = " × ".join(group_questions()[key].title.text(language) for key in dimension)
    return joined


def group_title(dimension: Sequence[str], group: Group, language: Language) -> str:
    """Female, or Female, 40 or over."""
    titles = [
        group_questions()[key].options[option].text(language) for key, option in zip(dimension, group, strict=True)
    ]
    return ("，" if language == "zh" else ", ").join(titles)


def p_text(p: float | None) -> str:
    """0.031, or <0.001."""
    return "–" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"


def refusal_text(table: StepTable, language: Language) -> str:
    return say(language, f"fairness.refused_{table.refused}", fewest=FEWEST)


def fairness_sentences(report: FairnessReport, asked: Sequence[str], language: Language) -> Sequence[str]:
    """What a plain reader should know first: whether any group is held back, and how sure that is."""
    t = partial(say, language)
    if not report.people:
        return [t("fairness.nobody")]
    basis = t("fairness.told", people=report.people, told=report.told)
    if not asked:
        return [t("fairness.not_asked"), basis]
    if not report.comparisons:
        return [t("fairness.nothing_to_compare"), basis]
    sure = report.surely_held_back
    maybe = [one for one in report.held_back if one not in sure]
    found = [_held_back(*one, "held_back", language) for one in sure if len(one[0].dimension) == 1]
    if crossed := sum(len(table.dimension) > 1 for table, _ in sure):
        found.append(t("fairness.held_back_crossed", n=crossed))
    sentences = found or [t("fairness.none_held_back")]
    sentences += [_held_back(*one, "held_back_maybe", language) for one in maybe if len(one[0].dimension) == 1]
    unclear = sum(len(table.dimension) > 1 for table, _ in maybe)
    unclear += sum(line.verdict == "below_unclear" for table in report.tables for line in table.lines)
    if unclear:
        sentences.append(t("fairness.unclear", n=unclear))
    sentences.append(basis)
    first = [table for table in report.tables if table.step == STEPS[0] and len(table.dimension) == 1]
    untold = [dimension_title(table.dimension, language) for table in first if table.refused == "none_told"]
    if untold:
        comma = "、" if language == "zh" else ", "
        sentences.append(t("fairness.none_told", what=comma.join(untold)))
    return [*sentences, t("fairness.chance", n=report.comparisons, expected=f"{report.comparisons * 0.05:.1f}")]


def _held_back(table: StepTable, line: GroupLine, sentence: str, language: Language) -> str:
    most = next(one for one in table.lines if one.verdict == "most")
    assert line.share is not None
    assert most.share is not None
    return say(
        language,
        f"fairness.{sentence}",
        step=say(language, f"fairness.step_{table.step}"),
        group=group_title(table.dimension, line.group, language),
        rate=percent(line.share),
        most=group_title(table.dimension, most.group, language),
        highest=percent(most.share),
        ratio=f"{line.ratio:.2f}",
        p="p<0.001" if line.p is not None and line.p < 0.001 else f"p={p_text(line.p)}",
    )


def tables_by_step(report: FairnessReport) -> Sequence[tuple[str, Sequence[StepTable]]]:
    """The tables of each step, single questions before intersections; what nobody told is said once, at the top."""
    shown = [table for table in report.tables if table.refused != "none_told"]
    return [(step, [table for table in shown if table.step == step]) for step in STEPS]
