"""What the law of a place allows, as data: one YAML file a jurisdiction, every rule with its source and dates."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from core.content import read_yaml
from core.errors import Refused, Rejected
from hr_bridge.insights.groups import group_questions

DEFAULT_POLICY: Final = "strict"
STALE_AFTER: Final = timedelta(days=180)


class PolicyUnknown(Refused):
    """No profile has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no policy profile “{name[:40]}”; choose one of {', '.join(policy_names())}.")
        self.name = name


class PolicyBroken(Rejected):
    """A profile file does not say what it must; the message names the file and the place."""


class Rule(BaseModel):
    """One rule of a profile: what holds, who says so, from when on, and when we last looked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str | int | bool
    source: str
    in_force_from: date
    checked_on: date


class Policy(BaseModel):
    """The rules of one jurisdiction as typed values; `rules` holds each with its source and dates."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    title: dict[Literal["zh", "en"], str]
    rules: dict[str, Rule]
    duties: tuple[Rule, ...] = ()
    """Further duties that bind people rather than code, in words."""

    prior_pay: Literal["never", "if_given_freely"]
    automatic_advance: Literal["never", "with_notice_and_log"]
    automatic_rejection: Literal["never", "after_assessment_notice_explanation_and_right_to_refuse"]
    emotion_from_voice_or_face: Literal["not_built"]
    voiceprint: Literal["off"]
    recordings_kept_days: int
    """Recordings and transcripts are deleted after so many days."""
    recordings_counted_from: Literal["end_of_interview", "last_decision"]
    """When those days begin; without a decision with the end of the interview."""
    decision_record_kept_days: int
    """The pseudonymised decision record is deleted after so many days."""
    rights_answered_in_days: int
    """Within how many days a person answers what a candidate asks for under their rights."""
    rights_days_are_working_days: bool
    data_abroad: Literal["unrestricted", "needs_recorded_basis", "off_until_basis_recorded"]
    label_ai_text: bool
    demographic_questions: str
    """What candidates are asked about themselves after the end, voluntarily: keys of insights/groups.yml with commas
    between, or `none`."""

    @property
    def asked_groups(self) -> tuple[str, ...]:
        """Keys of the questions."""
        return () if self.demographic_questions == "none" else tuple(self.demographic_questions.split(","))

    @model_validator(mode="after")
    def _questions_exist(self) -> Self:
        if strange := [key for key in self.asked_groups if key not in group_questions()]:
            raise ValueError(f"there is no demographic question “{strange[0]}”")
        if len(set(self.asked_groups)) < len(self.asked_groups):
            raise ValueError("a demographic question stands twice")
        return self

    @model_validator(mode="after")
    def _periods_are_positive(self) -> Self:
        if min(self.recordings_kept_days, self.decision_record_kept_days, self.rights_answered_in_days) < 1:
            raise ValueError("a period is at least one day")
        if self.decision_record_kept_days < self.recordings_kept_days:
            raise ValueError("the decision record is kept at least as long as the recordings that it was made from")
        return self


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: dict[Literal["zh", "en"], str]
    rules: dict[str, Rule] = {}
    duties: tuple[Rule, ...] = ()


class _Profile(_State):
    states: dict[str, _State] = {}


def policy_names() -> tuple[str, ...]:
    """Return every name that `load_policy` knows: `cn`, `eu`, `strict`, `us`, and states such as `us-ca`."""
    names = [entry.name.removesuffix(".yml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yml")]
    return tuple(sorted([*names, *(f"{name}-{state}" for name in names for state in _read(name).states)]))


@cache
def load_policy(name: str = DEFAULT_POLICY) -> Policy:
    """Return the profile called `name`; a state (`us-ca`) is its country with the state's own rules on top.

    Raises:
        PolicyUnknown: no profile has this name.
        PolicyBroken: a rule is missing, unknown, or has a value that the program does not know.
    """
    if name not in policy_names():
        raise PolicyUnknown(name)
    country, _, state_name = name.partition("-")
    profile = _read(country)
    state = profile.states[state_name] if state_name else profile
    rules = profile.rules | state.rules
    duties = profile.duties + state.duties if state_name else profile.duties
    fields: dict[str, Any] = {key: rule.value for key, rule in rules.items()}
    try:
        return Policy(name=name, title=state.title, rules=rules, duties=duties, **fields)
    except ValidationError as error:
        raise _broken(name, error) from error


def stale_rules(policy: Policy, today: date) -> tuple[str, ...]:
    """Return the names of the rules, and the words of the duties, that nobody has checked for more than 180 days."""
    checked = [(name, rule.checked_on) for name, rule in policy.rules.items()]
    checked += [(str(duty.value), duty.checked_on) for duty in policy.duties]
    return tuple(name for name, day in checked if today - day > STALE_AFTER)


_FOLDER: Final = files("hr_bridge") / "policies"


@cache
def _read(name: str) -> _Profile:
    try:
        return _Profile.model_validate(read_yaml((_FOLDER / f"{name}.yml").read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise _broken(name, error) from error


def _broken(name: str, error: ValidationError | yaml.YAMLError) -> PolicyBroken:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    else:
        place = " ".join(str(error).split())
    return PolicyBroken(f"The policy profile {name}.yml cannot be used: {place}")
