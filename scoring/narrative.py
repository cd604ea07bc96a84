"""What a report says in sentences: strengths, weaknesses, and what could not be scored.

Pure: the same facts give the same sentences. Nothing is said that the facts do not hold; how it is said stands in
`wording/`, Chinese and English apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.content import Language
from scoring.findings import FAR, AnswerFacts, CompetencyFacts, Judged, ReportFacts, standing
from scoring.wording import en, zh

STANDS_OUT: Final = 0.5
"""An answer so many levels from what is expected is told though the competency as a whole lies on the other side."""


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """A few sentences about one competency."""

    competency: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class DimensionFinding:
    """One sentence about one dimension of a competency; `score` (0-100) and `level` are None where nothing shows it."""

    competency: str
    key: str
    title: str
    level: float | None
    score: float | None
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Narrative:
    language: Language
    overview: tuple[str, ...]
    strengths: tuple[Finding, ...]
    weaknesses: tuple[Finding, ...]
    unscored: tuple[Finding, ...]
    dimensions: tuple[DimensionFinding, ...]
    scorer: str

    def text(self) -> str:
        """All of it as paragraphs, but for the dimensions."""
        findings = (*self.strengths, *self.weaknesses, *self.unscored)
        return "\n".join((*self.overview, *(finding.text for finding in findings), self.scorer))


def tell(facts: ReportFacts, language: Language) -> Narrative:
    """Return the report in sentences, the strongest and the weakest first."""
    words = zh if language == "zh" else en
    strong, weak = _strengths(facts.competencies), _weaknesses(facts.competencies)
    return Narrative(
        language=language,
        overview=tuple(words.overview(facts)),
        strengths=tuple(Finding(j.facts.key, words.strength(j, facts.grade)) for j in strong),
        weaknesses=tuple(Finding(j.facts.key, words.weakness(j, facts.grade)) for j in weak),
        unscored=tuple(
            Finding(c.key, text) for c in facts.competencies if (text := words.unscored(c, _unscored(c))) is not None
        ),
        dimensions=tuple(
            DimensionFinding(
                c.key, d.key, d.title.text(language), d.level, d.score, words.dimension(d, bool(_scored(c)))
            )
            for c in facts.competencies
            for d in c.dimensions
        ),
        scorer=words.scorer(facts.model, facts.version, [title.text(language) for title in facts.corrected]),
    )


def _strengths(competencies: Sequence[CompetencyFacts]) -> list[Judged]:
    judged = []
    for c in competencies:
        scored = _scored(c)
        if c.level is None or not scored:
            continue
        best = max(scored, key=lambda a: a.level or 0.0)
        if standing(c.level, c.expected) in ("far_above", "above", "meets"):
            judged.append((c.level - c.expected, Judged(c, best, standing(c.level, c.expected), 0)))
        elif len(scored) > 1 and (best.level or 0.0) >= c.expected:
            judged.append((-FAR, Judged(c, best, standing(best.level or 0.0, c.expected), 0, against=True)))
    return _in_turn(judged, strongest_first=True)


def _weaknesses(competencies: Sequence[CompetencyFacts]) -> list[Judged]:
    judged = []
    for c in competencies:
        scored = _scored(c)
        if c.level is None or not scored:
            continue
        worst = min(scored, key=lambda a: a.level or 0.0)
        if c.level < c.expected - 1e-9:
            judged.append((c.level - c.expected, Judged(c, worst, standing(c.level, c.expected), 0)))
        elif len(scored) > 1 and (worst.level or 0.0) <= c.expected - STANDS_OUT:
            judged.append((FAR, Judged(c, worst, standing(worst.level or 0.0, c.expected), 0, against=True)))
    return _in_turn(judged, strongest_first=False)


def _in_turn(judged: list[tuple[float, Judged]], strongest_first: bool) -> list[Judged]:
    ordered = sorted(judged, key=lambda pair: pair[0], reverse=strongest_first)
    return [Judged(j.facts, j.answer, j.standing, turn, j.against) for turn, (_, j) in enumerate(ordered)]


def _scored(competency: CompetencyFacts) -> list[AnswerFacts]:
    return [answer for answer in competency.answers if answer.level is not None]


def _unscored(competency: CompetencyFacts) -> tuple[AnswerFacts, ...]:
    return tuple(answer for answer in competency.answers if answer.level is None)
