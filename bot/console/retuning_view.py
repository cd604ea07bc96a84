"""A proposal to weigh a position's competencies otherwise, tried out on later hires, and what it would do to whom."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

import polars as pl
from sqlalchemy import func, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col

from bot.accounts import Account
from bot.console.weight_proposal import ProposalChanged
from bot.demographics import groups_of
from bot.positions import adopt_weights, newest_position
from bot.roles import may
from bot.services import Services
from core.content import Language, Phrase
from core.errors import Refused
from core.tables import Candidate, Interview, Position, Report
from core.tables.candidate import PSEUDONYM
from hr_bridge.insights.retuning import Retuning, ScoredHire, retune
from hr_bridge.insights.validity.people import People
from hr_bridge.insights.validity.reading import read_people
from hr_bridge.insights.validity.words import signed
from hr_bridge.insights.weight_effects import Applicant, WeightEffects, effects_of
from hr_bridge.position import PositionProfile
from scoring.rubric import load_competency

_WHY = Phrase(
    zh=(
        "由 {present}% 调为 {proposed}%：按 {trained} 名录用者的绩效回归得出（岭回归，向原权重收缩）。"
        "在之后入职的 {later} 人身上检验，匹配度与绩效的相关由 {before} 变为 {after}（差值的 90% 区间 {low} 至 {high}）。"
    ),
    en=(
        "From {present}% to {proposed}%: by ridge regression on the performance of {trained} hires, shrunk to the weights "
        "before. Among {later} later hires the correlation of match and performance went from {before} to {after} "
        "(90% interval of the difference {low} to {high})."
    ),
)


GroupsState = Literal["shown", "none_told", "not_for_you"]


class ProposalRefused(Refused):
    """There is nothing to adopt: the proposal was refused, or its harm to a group was not acknowledged."""


@dataclass(frozen=True, slots=True)
class RetunedLine:
    title: str
    present: float
    proposed: float | None


@dataclass(frozen=True, slots=True)
class RetuningView:
    """`effects` are None where no weights were found. `digest` names what would be adopted."""

    position: Position
    title: str
    retuning: Retuning
    lines: tuple[RetunedLine, ...]
    effects: WeightEffects | None
    groups: GroupsState
    """Whether the impact ratios of groups are there: they are for those who may read the fairness tables."""
    digest: str


def read_retuning(services: Services, key: str, language: Language, by: Account) -> RetuningView:
    """Work the proposal out for a position's newest version. Raises PositionUnknown."""
    with services.database.reading() as session:
        position = newest_position(session, key)
        profile = PositionProfile.model_validate(position.profile)
        found = retune(scored_hires(read_people(session, services.keys), profile.family), profile.weights)
        applicants = _applicants(session, key)
        groups = groups_of(services, session, [one.interview_id for one in applicants]) if _may_see_groups(by) else {}
    effects = None
    if found.weights is not None:
        effects = effects_of(applicants, found.present, found.weights, profile.pass_line, groups)
    return RetuningView(
        position=position,
        title=profile.title.text(language),
        retuning=found,
        lines=tuple(
            RetunedLine(load_competency(each).title.text(language), weight, (found.weights or {}).get(each))
            for each, weight in found.present.items()
        ),
        effects=effects,
        groups=_groups_state(by, effects),
        digest=_digest(position, found),
    )


def adopt_retuning(services: Services, key: str, digest: str, by: Account, *, harm_seen: bool) -> Position:
    """Make what the person had before them a new version of the position, the one way in which weights are adopted.

    Raises PositionUnknown, ProposalChanged, ProposalRefused, WeightsAlike or PositionInvalid.
    """
    view = read_retuning(services, key, "en", by)
    if view.digest != digest:
        raise ProposalChanged("outcomes or position changed since the page was opened")
    if view.retuning.refusal is not None or view.retuning.weights is None:
        raise ProposalRefused("this proposal was refused")
    if view.effects is not None and view.effects.harmed and not harm_seen:
        raise ProposalRefused("the proposal takes a group below four fifths, which was not acknowledged")
    with services.database.unit_of_work() as session:
        return adopt_weights(session, view.position, view.retuning.weights, _reasons(view.retuning), by)


def scored_hires(people: People, family: str) -> list[ScoredHire]:
    """Hires of a family with scores and performance."""
    performance = people.outcomes.filter(
        (pl.col("family") == family) & (pl.col("outcome") == "performance") & pl.col("value").is_not_null()
    )
    known = dict(performance.select("person", "value").iter_rows())
    scores: dict[int, dict[str, float]] = {person: {} for person in known}
    of_hires = people.scores.filter((pl.col("family") == family) & pl.col("person").is_in(list(known)))
    for person, score, value in of_hires.select("person", "score", "value").iter_rows():
        scores[person][score] = value
    return [ScoredHire(scores[person], value, people.started[person]) for person, value in known.items()]


def _applicants(session: Session, key: str) -> list[Applicant]:
    """Whoever was scored for the position, by their newest report."""
    last = (
        columns(col(Report.interview_id), func.max(Report.version).label("version"))
        .group_by(col(Report.interview_id))
        .subquery()
    )
    rows = session.execute(
        columns(col(Interview.id), col(Report.competencies))
        .join(last, (col(Report.interview_id) == last.c.interview_id) & (col(Report.version) == last.c.version))
        .join(Interview, col(Interview.id) == col(Report.interview_id))
        .join(Candidate, col(Candidate.id) == col(Interview.candidate_id))
        .join(Position, col(Position.id) == col(Interview.position_id))
        .where(
            col(Position.key) == key,
            or_(col(Candidate.wrapped_key).is_not(None), col(Candidate.id).startswith(PSEUDONYM)),
        )
    )
    return [Applicant(interview, {one["key"]: one["score"] for one in scores}) for interview, scores in rows]


def _may_see_groups(by: Account) -> bool:
    return may(by.role, "audit.read")


def _groups_state(by: Account, effects: WeightEffects | None) -> GroupsState:
    if not _may_see_groups(by):
        return "not_for_you"
    return "shown" if effects is not None and effects.groups else "none_told"


def _reasons(found: Retuning) -> dict[str, Phrase]:
    test, weights = found.back_test, found.weights
    assert test is not None
    assert weights is not None
    shared = {"before": signed(test.present), "after": signed(test.proposed)}
    shared |= {"low": signed(test.low), "high": signed(test.high)}

    def reason(key: str, language: Language) -> str:
        shares = {"present": f"{100 * found.present[key]:.0f}", "proposed": f"{100 * weights[key]:.0f}"}
        return _WHY.text(language).format(trained=found.trained, later=test.hires, **shares, **shared)

    return {key: Phrase(zh=reason(key, "zh"), en=reason(key, "en")) for key in weights}


def _digest(position: Position, found: Retuning) -> str:
    test = [found.back_test.present, found.back_test.proposed] if found.back_test else None
    told = [position.id, dict(found.weights or {}), found.trained, found.later, test]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
