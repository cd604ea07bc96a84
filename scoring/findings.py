"""What the sentences of a report may draw on, and what may be claimed of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from core.content import Phrase
from hr_bridge.match import Grade
from scoring.score import Star, Telling
from scoring.scorers.structure import Part

Standing = Literal["far_above", "above", "meets", "just_below", "below", "far_below"]
Clarity = Literal["clear", "unspecific", "between"]
Unheard = Literal["skipped", "not_asked", "unanswered"]

CLEAR_FROM: Final = 1.6
UNSPECIFIC_BELOW: Final = 0.6
"""Of a STAR part on the raters' scale: 0 absent, 1 vague, 2 specific. Of 300 English answers that no head was trained
on, the rater found the part specific in 93 % of those from 1.6 and not specific in 98 % of those below 0.6. Whether it
is vague or absent cannot be told that surely, so no sentence says it; in between, nothing is said at all."""
OFF_THE_QUESTION_BELOW: Final = 0.5
PARTLY_BELOW: Final = 0.9
SURE_FROM: Final = 0.4
FEWEST_WE: Final = 2
WE_FOR_AN_OWN_DEED: Final = 3
FEWEST_GENERAL: Final = 2
OWN_PLAIN_FROM: Final = 1.5
OWN_UNCLEAR_BELOW: Final = 0.8
"""Of whose deed it is on the raters' scale: 0 unclear, 1 mostly "we", 2 clearly the candidate's."""
FAR: Final = 1.0
CLOSE: Final = 0.3


@dataclass(frozen=True, slots=True, repr=False)
class AnswerFacts:
    """One answered question and its score; `number` is the one that everybody sees."""

    number: int | None
    stage: str
    level: float | None
    star: Star
    relevance: float
    quotes: tuple[str, ...]
    unscored_reason: str | None
    telling: Telling | None = None
    lesson: str | None = None
    """The passage in which the candidate looks back, verbatim."""


@dataclass(frozen=True, slots=True, repr=False)
class DimensionFacts:
    """One dimension: its level over the answers that show it, their numbers, and the passage that shows it best.

    `level` is None where no answer shows it.
    """

    key: str
    title: Phrase
    level: float | None
    score: float | None
    answers: tuple[int, ...]
    passage: str | None
    told_in: int | None = None
    """Number of the answer that `passage` stands in."""


@dataclass(frozen=True, slots=True, repr=False)
class CompetencyFacts:
    """One competency: `level` over all its answers, `expected` of the grade applied for."""

    key: str
    title: Phrase
    level: float | None
    expected: float
    confidence: float
    answers: tuple[AnswerFacts, ...]
    unheard: tuple[tuple[int | None, Unheard], ...]
    """Number of each question without an answer, and why it has none."""
    dimensions: tuple[DimensionFacts, ...] = ()
    """Empty in reports that were made before dimensions were scored."""


@dataclass(frozen=True, slots=True, repr=False)
class ReportFacts:
    """Everything the sentences may draw on. `core_match` leaves the résumé questions out."""

    match: float | None
    core_match: float | None
    resume_scored: bool
    pass_line: float
    level: Grade | None
    grade: Grade
    competencies: tuple[CompetencyFacts, ...]
    model: str
    version: int
    corrected: tuple[Phrase, ...] = ()
    """Titles of the competencies whose level is a reviewer's."""


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """A competency as the wording gets it: the answer to speak about and the place in the list, which picks a variant.

    `against` is true where the answer speaks against the competency as a whole.
    """

    facts: CompetencyFacts
    answer: AnswerFacts
    standing: Standing
    turn: int
    against: bool = False

    @property
    def parts(self) -> dict[Part, Clarity]:
        """How clear each part of the answer is. A plan has no situation of its own to tell."""
        star = self.answer.star
        told: dict[Part, Clarity] = {} if self.answer.stage == "situational" else {"situation": clarity(star.situation)}
        return told | {"action": clarity(star.action), "result": clarity(star.result)}

    @property
    def is_plan(self) -> bool:
        """True for an answer about what one would do."""
        return self.answer.stage == "situational"

    @property
    def is_mostly_we(self) -> bool:
        """True where the answer says "we" three times as often as it tells a deed of the candidate's own.

        The rater has to doubt as well that their part is plain.
        """
        told = self.answer.telling
        return (
            told is not None
            and told.shared_deeds >= FEWEST_WE
            and told.shared_deeds >= WE_FOR_AN_OWN_DEED * told.own_deeds
            and told.own < OWN_PLAIN_FROM
        )

    @property
    def is_general(self) -> bool:
        """True where no deed of the candidate's own is told, only what one does or ought to do."""
        told = self.answer.telling
        return (
            told is not None and told.own_deeds == 0 and told.general >= FEWEST_GENERAL and told.own < OWN_UNCLEAR_BELOW
        )

    @property
    def is_without_figures(self) -> bool:
        """True for a story that gives no number and no time; a plan need not."""
        told = self.answer.telling
        return told is not None and not self.is_plan and told.numbers + told.times == 0

    @property
    def is_one_of_several(self) -> bool:
        """True where other scored answers count in the level too, so that it does not rest on this one alone."""
        return sum(answer.level is not None for answer in self.facts.answers) > 1

    @property
    def unsure(self) -> bool:
        return self.facts.confidence < SURE_FROM


def clarity(part: float) -> Clarity:
    return "clear" if part >= CLEAR_FROM else "unspecific" if part < UNSPECIFIC_BELOW else "between"


def standing(level: float, expected: float) -> Standing:
    """Where a level lies against the one expected; a hair of rounding is no difference."""
    apart = level - expected
    if apart >= -1e-9:
        return "far_above" if apart >= FAR else "above" if apart >= CLOSE else "meets"
    return "far_below" if apart <= -FAR else "below" if apart <= -CLOSE else "just_below"
