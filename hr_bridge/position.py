"""What a position asks for and pays: the profile a plan is made from, and what the plan editor refuses."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from core.content import Content, Language, Phrase, Words, check_content, read_content
from core.errors import Refused
from hr_bridge.match import Grade
from hr_bridge.pay.band import Band, PayInputInvalid, parse_band
from hr_bridge.pay.package import LEAST_PROBATION_SHARE, PackageShape
from hr_bridge.policy import policy_names
from hr_bridge.profile.work_styles import occupation_title
from hr_bridge.requirements import Requirements

Family = Literal["sales", "technical", "production"]
Form = Literal["a", "b"]

FEWEST_COMPETENCIES: Final = 3
MOST_COMPETENCIES: Final = 5
KIND_MARK: Final = re.compile(r"_([a-z])\d+$")
"""What kind of question a key of the library stands for: `results_s1` and `results_s3` are of one kind."""
MOST_RESUME_SHARE: Final = 1 / 3
"""Of the scored questions; more would cost comparability between candidates."""
_FOLDER: Final = files("hr_bridge") / "positions"


class PositionInvalid(Refused):
    """The profile cannot be used as it is; one sentence says where and why."""


def _read_band(value: Any) -> Any:
    try:
        return parse_band(value) if isinstance(value, str) else value
    except PayInputInvalid as error:
        raise ValueError(str(error)) from error


def _write_band(band: Band) -> str:
    return f"{band.low:g}-{band.high:g}"


GradeBand = Annotated[Band, BeforeValidator(_read_band), PlainSerializer(_write_band)]
"""Gross monthly base in thousands, written like `10-13`."""


class AdvertisedRange(Content):
    """The pay that candidates are shown, gross monthly base in thousands."""

    low: Annotated[float, Field(gt=0, lt=1000)]
    high: Annotated[float, Field(gt=0, lt=1000)]

    @model_validator(mode="after")
    def _low_comes_first(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"the range runs from {self.low:g} down to {self.high:g}")
        return self


class PackageTerms(Content):
    """What the house offers around the monthly base; amounts in thousands a month, shares 0 to 1. See PackageShape."""

    bonus_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    allowances: dict[str, Annotated[float, Field(ge=0, lt=1000)]] = Field(default_factory=dict)
    social_insurance_base: Annotated[float, Field(gt=0, lt=1000)] | None = None
    probation_share: Annotated[float, Field(ge=LEAST_PROBATION_SHARE, le=1)] = LEAST_PROBATION_SHARE

    def shape(self, months: int) -> PackageShape:
        """Return the package of a year with so many months of pay."""
        return PackageShape(
            months, self.bonus_share, dict(self.allowances), self.social_insurance_base, self.probation_share
        )


class PremiumCompetency(Content):
    """A competency that earns the top of the band from a score of `threshold` (0-100) on."""

    key: str
    threshold: Annotated[float, Field(ge=0, le=100)]


class WeightedCompetency(Content):
    """A competency of the position, what it weighs and why, and its core questions, the same for all of a form."""

    key: str
    weight: Annotated[float, Field(gt=0, le=1)]
    questions: Annotated[tuple[str, ...], Field(min_length=1)]
    """Form a."""
    parallel_questions: tuple[str, ...] = ()
    """Form b: for each of `questions`, in its place, one of the same kind. Empty where the position has one form."""
    resume_question: bool = False
    """One more question about this competency is drawn from the résumé."""
    must_have: bool = False
    """A grade is met only if this competency meets it."""
    why: Phrase
    """Where the weight came from."""

    @model_validator(mode="after")
    def _questions_are_its_own(self) -> Self:
        for question in (*self.questions, *self.parallel_questions):
            if question.rpartition("_")[0] != self.key:
                raise ValueError(f"the question {question} is not about {self.key}")
        return self

    def questions_of(self, form: Form) -> tuple[str, ...]:
        """Return the keys of the core questions in one form."""
        return self.questions if form == "a" else self.parallel_questions


class FactOption(Content):
    """One button: `value` is stored, `title` is shown."""

    value: Words
    title: Phrase


class MustHaveFact(Content):
    """A fact asked by buttons, for HR only; it never enters the match."""

    key: Words
    question: Phrase
    options: Annotated[tuple[FactOption, ...], Field(min_length=2)]


class ApprovedFact(Phrase):
    """What may be told to a candidate who asks about `topic`."""

    topic: Words


class PlannedMinutes(Content):
    """How long each part of an interview is reckoned to take, in minutes."""

    opening: Annotated[float, Field(ge=0)] = 2.0
    facts: Annotated[float, Field(ge=0)] = 1.0
    scored_question: Annotated[float, Field(gt=0)] = 2.0
    own_questions: Annotated[float, Field(ge=0)] = 1.0


class LanguageModelUse(Content):
    """What a language model may do for a position; nothing unless it is turned on here, and it never decides."""

    second_rater: bool = False
    """It rates each scored answer once more; people see both levels, the score stays as it is."""
    report_prose: bool = False
    """It words the report's facts in a few sentences, marked as written by AI."""
    names_vendor: Phrase | None = None
    """Who runs the model, as the notice tells the candidate: "our own servers", or the name of a company."""

    @property
    def is_on(self) -> bool:
        """True where anything of the candidate's goes to the model."""
        return self.second_rater or self.report_prose

    @model_validator(mode="after")
    def _is_named_to_the_candidate(self) -> Self:
        if self.is_on and self.names_vendor is None:
            raise ValueError("names_vendor must say in zh and en who runs the model, because candidates are told")
        return self


class SpokenCommunication(Content):
    """How the answers are spoken counts for this position, with its share of the match and why."""

    weight: Annotated[float, Field(gt=0, le=0.3)]
    why: Phrase


Road = Literal["email", "sms"]


@cache
def time_zones() -> frozenset[str]:
    """Every IANA name; looking them up walks through the files of the time zone database."""
    return frozenset(available_timezones())


class OutreachPlan(Content):
    """When and how candidates of a position are written to (docs/outreach.md)."""

    roads: tuple[Road, ...] = ("email", "sms")
    """The first that is set up and that the candidate has an address for is taken; after a bounce the next."""
    time_zone: str = "Asia/Shanghai"
    """Of candidates whose own is not known."""
    works_nights: bool = False
    """Letters may come between 21:00 and 08:00 too."""
    reminders: bool = True
    reminders_on_weekends: bool = True
    """Off, reminders come on working days alone; a Saturday that is worked for a holiday counts as one."""
    window_days: Annotated[int, Field(ge=1, le=60)] = 7
    """How long an invitation is good for."""
    new_window_days: Annotated[int, Field(ge=1, le=30)] = 3
    """How long it is good for once more when nobody came."""
    silent_hours: Annotated[int, Field(ge=1, le=72)] = 6
    """After so long without a word the link to go on is sent."""
    answer_days: Annotated[int, Field(ge=1, le=60)] = 10
    """Within how many days after the end a candidate hears the outcome, as their own page tells them."""

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        if name not in time_zones():
            raise ValueError(f"there is no time zone “{name}”; write it like Asia/Shanghai")
        return name


class ReviewRules(Content):
    """What people and what the policy do with a report of this position; everything by people unless turned on."""

    blind_review: bool = False
    """Reviewers rate the competencies themselves before they see the scorer's levels."""
    automatic_advance: bool = False
    """At or above the pass line candidates advance by themselves, where the policy profile allows it."""
    automatic_feedback: bool = False
    """Feedback goes to the candidate as it was drafted; otherwise a person reads and releases it."""


class PositionProfile(Content):
    """One version of a position as YAML and JSON hold it; `model_dump(mode="json")` reads back to the same."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    family: Family
    title: Phrase
    department: Phrase
    location: Phrase
    branch: Words | None = None
    """Shop, plant or office that it belongs to, as the company calls it; accounts may be limited to branches."""
    summary: Phrase
    description: Phrase | None = None
    """The job description, where it says more than the summary; what each competency weighs is read from it."""
    occupation: Annotated[str, Field(pattern=r"^\d{2}-\d{4}\.\d{2}$")] | None = None
    """O*NET-SOC code of the nearest occupation, such as 41-4012.00."""
    grade: Grade
    """The grade applied for."""
    grades: dict[Grade, GradeBand]
    """The internal pay bands; never shown to a candidate."""
    salary_months: Annotated[int, Field(ge=12, le=24)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    """Of every amount in this profile, ISO 4217; they are all gross and a month."""
    package: PackageTerms = PackageTerms()
    company_grades: dict[str, Grade] = Field(default_factory=dict)
    """What the house calls its grades, such as P5: mid, for bands that come under those names."""
    advertised_range: AdvertisedRange
    premium_competencies: tuple[PremiumCompetency, ...] = ()
    competencies: tuple[WeightedCompetency, ...]
    expected_levels: dict[Grade, dict[str, Annotated[float, Field(ge=1, le=5)]]] = Field(default_factory=dict)
    """BARS levels by grade and competency where they differ from junior 2, mid 3, senior 4."""
    must_have_facts: tuple[MustHaveFact, ...]
    requirements: Requirements = Requirements()
    """What résumés of the pool are held against before anybody is invited; nothing of it enters the match."""
    policy: str
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    pass_line: Annotated[float, Field(ge=0, le=100)] = 80
    time_budget_minutes: Annotated[int, Field(gt=0)] = 20
    max_scored_questions: Annotated[int, Field(gt=0)] = 8
    planned_minutes: PlannedMinutes = PlannedMinutes()
    approved_facts: tuple[ApprovedFact, ...] = ()
    llm: LanguageModelUse = LanguageModelUse()
    outreach: OutreachPlan = OutreachPlan()
    spoken_communication: SpokenCommunication | None = None
    """Only where speaking is part of the job; without it delivery is shown as not scored."""
    review: ReviewRules = ReviewRules()
    company: Phrase | None = None
    """A few sentences about the company, for the end of a candidate's feedback."""
    closed: bool = False
    """Nobody is invited or written to any more; what is under way goes on, and whoever decides is told."""

    @property
    def weights(self) -> dict[str, float]:
        """Return the weight of each competency; they add up to 1."""
        return {competency.key: competency.weight for competency in self.competencies}

    @property
    def family_names(self) -> tuple[str, ...]:
        """Return what another system may call this position's family, the closest name first."""
        return (self.key, self.title.zh, self.title.en, self.family)

    @property
    def must_have(self) -> frozenset[str]:
        """Return the keys of the competencies without which no grade is met."""
        return frozenset(competency.key for competency in self.competencies if competency.must_have)

    @property
    def forms(self) -> tuple[Form, ...]:
        """Return the parallel forms that candidates of this version get in turn; `a` alone where there is one."""
        return ("a", "b") if any(competency.parallel_questions for competency in self.competencies) else ("a",)

    @property
    def core_questions(self) -> tuple[str, ...]:
        """Return the keys of the questions of form a, competency by competency; form b has as many."""
        return self.core_questions_of("a")

    def core_questions_of(self, form: Form) -> tuple[str, ...]:
        """Return the keys of the questions that every candidate of `form` gets, competency by competency."""
        return tuple(question for competency in self.competencies for question in competency.questions_of(form))

    @property
    def resume_competencies(self) -> tuple[str, ...]:
        """Return the keys of the competencies that also get a question drawn from the résumé."""
        return tuple(competency.key for competency in self.competencies if competency.resume_question)

    @property
    def scored_questions(self) -> int:
        """Return how many questions are scored, those from the résumé included."""
        return len(self.core_questions) + len(self.resume_competencies)

    @property
    def estimated_minutes(self) -> float:
        """Return how long the interview is reckoned to take, from the opening to the candidate's own questions."""
        plan = self.planned_minutes
        facts = plan.facts if self.must_have_facts else 0.0
        return plan.opening + facts + self.scored_questions * plan.scored_question + plan.own_questions

    @field_validator("occupation")
    @classmethod
    def _occupation_is_known(cls, occupation: str | None) -> str | None:
        if occupation is not None and occupation_title(occupation) is None:
            raise ValueError(f"O*NET 27.0 has no Work Styles for the occupation {occupation}; name a near one, or none")
        return occupation

    @field_validator("policy")
    @classmethod
    def _policy_exists(cls, policy: str) -> str:
        if policy not in policy_names():
            raise ValueError(f"there is no policy profile “{policy}”; choose one of {', '.join(policy_names())}")
        return policy

    @model_validator(mode="after")
    def _names_fit_together(self) -> Self:
        keys = self.weights.keys()
        lists: list[tuple[str, list[str]]] = [
            ("competencies", [competency.key for competency in self.competencies]),
            ("questions", [question for form in self.forms for question in self.core_questions_of(form)]),
            ("must_have_facts", [fact.key for fact in self.must_have_facts]),
            ("approved_facts", [fact.topic for fact in self.approved_facts]),
            ("languages", [*self.languages]),
            *((f"options of {fact.key}", [option.value for option in fact.options]) for fact in self.must_have_facts),
        ]
        for name, values in lists:
            twice = [value for value, count in Counter(values).items() if count > 1]
            if twice:
                raise ValueError(f"{name} names {twice[0]} twice")
        if self.grade not in self.grades:
            raise ValueError(f"grades has no band for {self.grade}, the grade applied for")
        named = {premium.key for premium in self.premium_competencies}
        named.update(key for levels in self.expected_levels.values() for key in levels)
        if strange := sorted(named - keys):
            raise ValueError(f"{strange[0]} is not among the competencies of this position")
        return self

    @model_validator(mode="after")
    def _plan_is_fair_and_fits(self) -> Self:
        count = len(self.competencies)
        if not FEWEST_COMPETENCIES <= count <= MOST_COMPETENCIES:
            raise ValueError(
                f"competencies holds {count}, but a position has {FEWEST_COMPETENCIES} to {MOST_COMPETENCIES}"
            )
        total = math.fsum(self.weights.values())
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the weights of the competencies add up to {total:g} instead of 1")
        if self.scored_questions > self.max_scored_questions:
            raise ValueError(
                f"the plan has {self.scored_questions} scored questions, but max_scored_questions"
                f" is {self.max_scored_questions}"
            )
        drawn = len(self.resume_competencies)
        if drawn > self.scored_questions * MOST_RESUME_SHARE + 1e-9:
            raise ValueError(
                f"{drawn} of {self.scored_questions} scored questions are drawn from the résumé,"
                " but at most a third may"
            )
        if self.estimated_minutes > self.time_budget_minutes + 1e-9:
            raise ValueError(
                f"the interview would take about {self.estimated_minutes:g} minutes, but time_budget_minutes"
                f" is {self.time_budget_minutes}"
            )
        return self

    @model_validator(mode="after")
    def _forms_are_alike(self) -> Self:
        if len(self.forms) == 1:
            return self
        for competency in self.competencies:
            ours, theirs = competency.questions, competency.parallel_questions
            if len(ours) != len(theirs):
                raise ValueError(
                    f"{competency.key} has {len(ours)} questions in form a and {len(theirs)} in form b,"
                    " but both forms must have as many"
                )
            for one, other in zip(ours, theirs, strict=True):
                if KIND_MARK.findall(one) != KIND_MARK.findall(other):
                    raise ValueError(f"{other} stands for {one} in form b, but is of another kind")
        return self


def check_position(data: object, source: str = "The position") -> PositionProfile:
    """Return a profile that came as JSON (from the plan editor or the database) or refuse it.

    Raises:
        PositionInvalid: one sentence names the first fault.
    """
    return check_content(source, data, PositionProfile, PositionInvalid)


def load_positions() -> list[PositionProfile]:
    """Return the demo positions, in alphabetical order of their keys.

    Raises:
        PositionInvalid: one sentence names the file and its first fault.
    """
    entries = sorted(
        (entry for entry in _FOLDER.iterdir() if entry.name.endswith(".yml")), key=lambda entry: entry.name
    )
    return [read_content(entry, PositionProfile, PositionInvalid) for entry in entries]
