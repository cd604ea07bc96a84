"""What predicts performance, pay and staying in one position family, in the order in which a reader wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.console.insight_plots import Scatter, ThirdsPlot, scatter, thirds_plot
from bot.console.texts import say
from bot.console.weight_proposal import IntervalBar
from core.content import Language
from hr_bridge.insights.validity import Link, Outcome, Study
from hr_bridge.insights.validity.shapes import DELIVERY, MATCH, OUTCOMES, FamilyStudy, OutcomeCount
from hr_bridge.insights.validity.words import OUTCOME_TITLES, details_of, power_of, sentence_of
from scoring.rubric import load_competency

_ORDER: Final[Mapping[str, int]] = {"finding": 0, "hint": 1, "unclear": 2, "refused": 3}


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One score beside one outcome: what may be said first, then figures and pictures."""

    title: str
    verdict: str
    sentence: str
    details: tuple[str, ...]
    bar: IntervalBar | None
    scatter: Scatter | None
    thirds: ThirdsPlot | None


@dataclass(frozen=True, slots=True)
class OutcomeBlock:
    """One outcome: how many have it, why the others have not, what all links share, and the links."""

    outcome: Outcome
    title: str
    n: int
    missing: tuple[str, ...]
    power: str | None
    lines: tuple[LinkLine, ...]

    @property
    def refused(self) -> bool:
        """Whether nothing may be said of any score."""
        return all(line.verdict == "refused" for line in self.lines)


@dataclass(frozen=True, slots=True)
class InsightView:
    """`answers` are what a plain reader needs: every finding and hint, else that there is none."""

    family: str
    families: tuple[tuple[str, str], ...]
    applicants: int
    hires: int
    notes: tuple[str, ...]
    comparisons: int
    answers: tuple[tuple[Literal["finding", "hint", "none"], str], ...]
    advice: str
    """What to do about them."""
    blocks: tuple[OutcomeBlock, ...]


def view_of(study: Study, family: str | None, language: Language) -> InsightView | None:
    """The page of `family`, or of the one with the most hires; None while nobody was scored yet."""
    if not study.families:
        return None
    most = max(study.families, key=lambda each: (each.hires, each.applicants))
    chosen = next((each for each in study.families if each.family == family), most)
    blocks = tuple(_block(chosen, outcome, language) for outcome in OUTCOMES)
    return InsightView(
        family=chosen.family,
        families=tuple((each.family, say(language, f"insights.family_{each.family}")) for each in study.families),
        applicants=chosen.applicants,
        hires=chosen.hires,
        notes=tuple(_notes(chosen, language)),
        comparisons=study.comparisons,
        answers=_answers(chosen, blocks, language),
        advice=_advice(chosen, language),
        blocks=blocks,
    )


def _block(family: FamilyStudy, outcome: Outcome, language: Language) -> OutcomeBlock:
    links = sorted(family.linked(outcome), key=lambda link: _ORDER[link.verdict])
    count = next((each for each in family.counts if each.outcome == outcome), OutcomeCount(outcome, 0, {}))
    shared = {power_of(link, language) for link in links}
    lines = tuple(_line(link, language, alone=len(shared) > 1) for link in links)
    return OutcomeBlock(
        outcome=outcome,
        title=OUTCOME_TITLES[outcome].text(language),
        n=count.n,
        missing=tuple(say(language, f"insights.why_{why}", n=n) for why, n in count.missing.items()),
        power=shared.pop() if len(shared) == 1 else None,
        lines=lines,
    )


def _line(link: Link, language: Language, alone: bool) -> LinkLine:
    title = title_of(link.score, language)
    sentence = sentence_of(link, title, language)
    details = details_of(link, language)
    return LinkLine(
        title=title,
        verdict=link.verdict,
        sentence=sentence,
        details=details if alone else details[:-1],
        bar=_bar(link, sentence),
        scatter=scatter(link),
        thirds=thirds_plot(link),
    )


def title_of(score: str, language: Language) -> str:
    """What a score is called: match, delivery, or the competency's title."""
    if score in (MATCH, DELIVERY):
        return say(language, f"insights.score_{score}")
    return load_competency(score).title.text(language)


def _bar(link: Link, label: str) -> IntervalBar | None:
    found = link.association
    if found is None:
        return None
    low, high, point = ((value + 1) * 50 for value in (found.low, found.high, found.r))
    tone: Literal["helps", "hurts", "unclear"] = "unclear"
    if link.verdict == "finding":
        tone = "helps" if found.r > 0 else "hurts"
    return IntervalBar(low, high - low, point, tone, label)


def _notes(family: FamilyStudy, language: Language) -> list[str]:
    counted = {"moved": family.moved, "doubled": family.doubled, "earlier": family.earlier}
    return [say(language, f"insights.{name}", n=n) for name, n in counted.items() if n]


def _advice(family: FamilyStudy, language: Language) -> str:
    """What to do: a score that goes with worse outcomes is nothing to choose by."""
    found = [
        (link.score, link.association.r) for link in family.links if link.verdict == "finding" and link.association
    ]
    better, worse = ({score for score, r in found if (r > 0) is wanted} - {MATCH} for wanted in (True, False))
    comma = "、" if language == "zh" else ", "
    said = [
        say(language, f"insights.{kind}", names=comma.join(sorted(title_of(score, language) for score in scores)))
        for kind, scores in (("use", better - worse), ("mistrust", worse))
        if scores
    ]
    return ("" if language == "zh" else " ").join(said) or say(language, "insights.wait")


def _answers(
    family: FamilyStudy, blocks: Sequence[OutcomeBlock], language: Language
) -> tuple[tuple[Literal["finding", "hint", "none"], str], ...]:
    said: list[tuple[Literal["finding", "hint", "none"], str]] = []
    space = " " if language == "en" else ""
    for block in blocks:
        found = [line for line in block.lines if line.verdict == "finding"]
        hints = [line for line in block.lines if line.verdict == "hint"]
        said += [("finding", space.join((line.sentence, *line.details[:1]))) for line in found]
        said += [("hint", line.sentence) for line in hints]
        if not found and not hints:
            kind = "insights.refused" if block.refused else "insights.nothing"
            power = f"{space}{block.power}" if block.power and not block.refused else ""
            said.append(("none", say(language, kind, outcome=block.title, n=block.n) + power))
    return tuple(sorted(said, key=lambda answer: ("finding", "hint", "none").index(answer[0])))
