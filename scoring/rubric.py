"""What good looks like: the competency library as typed, bilingual content. One YAML file a competency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from core.content import Content, Language, Phrase, Words, read_content
from core.errors import Rejected
from hr_bridge.position import Form

QuestionKind = Literal["structured", "situational"]
StarPart = Literal["situation", "action", "result"]
Level = Literal[1, 2, 3, 4, 5]

RESUME_SLOTS: Final = frozenset({"employer", "role", "school", "major"})
_SLOT: Final = re.compile(r"\{(\w+)\}")
FEWEST_FOR: Final = 6
FEWEST_AGAINST: Final = 4
FEWEST_OF_DIMENSION: Final = 3
FEWEST_OF_FORM: Final = 2
"""Questions of one kind in each form, so four of a kind in all."""
KINDS: Final[tuple[QuestionKind, ...]] = ("structured", "situational")
FORMS: Final[tuple[Form, ...]] = ("a", "b")
KEY_MARK: Final[Mapping[QuestionKind, str]] = {"structured": "s", "situational": "t"}
_LIBRARY: Final = files("scoring") / "library"


class RubricMissing(Rejected):
    """The library has no competency or question of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The competency library has nothing called “{key[:60]}”; it holds {', '.join(competency_keys())}."
        )
        self.key = key


class RubricInvalid(Rejected):
    """A library file does not say what it must; the message names the file and the field."""


class Indicators(Content):
    """Short phrases of what an answer says, as candidates say it; the two lists do not mirror each other."""

    zh: tuple[Words, ...]
    en: tuple[Words, ...]

    def phrases(self, language: Language) -> tuple[str, ...]:
        """Return the phrases in `language`."""
        return self.zh if language == "zh" else self.en


class FollowUps(Content):
    """One question back for each STAR part that an answer may lack.

    Of a situational question, `situation` asks what the candidate would find out first, `result` how they would check
    that it worked.
    """

    situation: Phrase
    action: Phrase
    result: Phrase

    def text(self, part: StarPart, language: Language) -> str:
        """Return the follow-up for the missing `part`."""
        phrase: Phrase = getattr(self, part)
        return phrase.text(language)


class Question(Content):
    """A core question, the same for every candidate of a position; `clarify` says it again in simpler words.

    The questions of one kind come in two parallel forms that may replace each other.
    """

    key: str
    kind: QuestionKind
    form: Form
    text: Phrase
    clarify: Phrase
    follow_ups: FollowUps

    @property
    def competency(self) -> str:
        """Return the key of the competency that the question asks about."""
        return self.key.rpartition("_")[0]


class ResumeQuestion(Phrase):
    """A question with slots for what the résumé says: {employer}, {role}, {school}, {major}."""

    @property
    def slots(self) -> frozenset[str]:
        """Return the names of the facts that the question needs."""
        return frozenset(_SLOT.findall(self.zh))

    def fill(self, language: Language, facts: Mapping[str, str]) -> str | None:
        """Return the question with its slots filled, or None where `facts` lacks one of them."""
        if not all(facts.get(slot) for slot in self.slots):
            return None
        return _SLOT.sub(lambda slot: facts[slot[1]], self.text(language))

    @model_validator(mode="after")
    def _slots_are_known_and_alike(self) -> Self:
        if not self.slots <= RESUME_SLOTS:
            raise ValueError(f"the slots are {', '.join(sorted(RESUME_SLOTS))}, not {', '.join(sorted(self.slots))}")
        if self.slots != set(_SLOT.findall(self.en)):
            raise ValueError("zh and en must have the same slots")
        return self


class ResumeQuestions(Content):
    """The same competency, asked of people with work behind them and of newcomers."""

    experienced: ResumeQuestion
    newcomer: ResumeQuestion


class Dimension(Content):
    """One part of a competency that the report shows by itself; `indicators` are what an answer that shows it says.

    `cues` are the words by which a passage of an answer is known to show it: Chinese ones anywhere, English ones from
    the start of a word on. Without cues only a quote that says nearly the same as an indicator counts.
    """

    key: str
    title: Phrase
    indicators: Indicators
    cues: Indicators = Indicators(zh=(), en=())


class Competency(Content):
    """A competency with its behaviourally anchored scale (BARS, 1 to 5), indicators and questions."""

    key: str
    title: Phrase
    definition: Phrase
    anchors: dict[Level, Phrase]
    dimensions: Annotated[tuple[Dimension, ...], Field(min_length=2, max_length=3)]
    indicators_for: Indicators
    indicators_against: Indicators
    questions: tuple[Question, ...]
    resume_questions: ResumeQuestions

    def anchor(self, level: Level, language: Language) -> str:
        """Return the observable behaviour that stands for `level`."""
        return self.anchors[level].text(language)

    def questions_of(self, kind: QuestionKind) -> tuple[Question, ...]:
        """Return the questions of one kind, in the order of the file."""
        return tuple(question for question in self.questions if question.kind == kind)

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if sorted(self.anchors) != [1, 2, 3, 4, 5]:
            raise ValueError("anchors must be exactly the levels 1, 2, 3, 4 and 5")
        for name, indicators, least in (
            ("indicators_for", self.indicators_for, FEWEST_FOR),
            ("indicators_against", self.indicators_against, FEWEST_AGAINST),
            *((f"the dimension {part.key}", part.indicators, FEWEST_OF_DIMENSION) for part in self.dimensions),
        ):
            if min(len(indicators.zh), len(indicators.en)) < least:
                raise ValueError(f"{name} needs at least {least} phrases in each language")
        for kind in KINDS:
            asked = self.questions_of(kind)
            for form in FORMS:
                if sum(question.form == form for question in asked) < FEWEST_OF_FORM:
                    raise ValueError(f"questions needs at least {FEWEST_OF_FORM} {kind} ones of form {form}")
            wrong = [q.key for q in asked if not re.fullmatch(rf"{self.key}_{KEY_MARK[kind]}\d+", q.key)]
            if wrong:
                raise ValueError(
                    f"the {kind} question {wrong[0]} must be called {self.key}_{KEY_MARK[kind]} and a number"
                )
        if len({question.key for question in self.questions}) < len(self.questions):
            raise ValueError("two questions have the same key")
        return self


@cache
def load_competency(key: str) -> Competency:
    """Return the competency called `key`; read once a process.

    Raises:
        RubricMissing: the library has no such competency.
        RubricInvalid: its file lacks something or has a field too many; one sentence names file and field.
    """
    if key not in competency_keys():
        raise RubricMissing(key)
    competency = read_content(_LIBRARY / f"{key}.yml", Competency, RubricInvalid)
    if competency.key != key:
        raise RubricInvalid(f"{key}.yml cannot be used: key: it is “{competency.key}”, unlike the name of the file.")
    return competency


def load_library() -> dict[str, Competency]:
    """Return every competency by its key, in alphabetical order.

    Raises:
        RubricInvalid: see load_competency.
    """
    return {key: load_competency(key) for key in competency_keys()}


def question(key: str) -> Question:
    """Return the core question called `key`, such as `results_s1`.

    Raises:
        RubricMissing: the library has no such question.
        RubricInvalid: see load_competency.
    """
    competency = key.rpartition("_")[0]
    if competency in competency_keys():
        for candidate in load_competency(competency).questions:
            if candidate.key == key:
                return candidate
    raise RubricMissing(key)


def parallel_form(key: str) -> tuple[str, ...]:
    """Return the keys of the questions that may stand for the question `key`: of its kind, in the other form.

    Raises:
        RubricMissing: the library has no such question.
        RubricInvalid: see load_competency.
    """
    asked = question(key)
    of_its_kind = load_competency(asked.competency).questions_of(asked.kind)
    return tuple(other.key for other in of_its_kind if other.form != asked.form)


@cache
def competency_keys() -> tuple[str, ...]:
    """Return the key of every competency of the library, in alphabetical order: the names of its files."""
    return tuple(sorted(entry.name.removesuffix(".yml") for entry in _LIBRARY.iterdir() if entry.name.endswith(".yml")))
