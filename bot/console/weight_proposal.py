"""What a position's competencies should weigh, beside what they weigh, with the evidence of each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final, Literal

from bot.accounts import Account
from bot.positions import PositionChanged, adopt_weights, newest_position
from bot.services import Services
from core.content import Language
from core.tables import Position
from hr_bridge.position import PositionProfile
from hr_bridge.profile import Effect, Profile, ProposedWeight, derive
from hr_bridge.profile.history import read_history
from hr_bridge.profile.words import LEAST_SHARE, evidence_lines, reason_of
from hr_bridge.profile.work_styles import importances, occupation_title
from scoring.description import DescriptionMatcher
from scoring.rubric import load_competency

MOST_OTHERS: Final = 3
Tone = Literal["helps", "hurts", "unclear"]


class ProposalChanged(PositionChanged):
    """What would be adopted is not what the person had before them: history or position changed meanwhile."""


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """An interval of r on a line from -1 to 1, as per cents of its width."""

    low: float
    width: float
    point: float
    tone: Tone
    label: str


@dataclass(frozen=True, slots=True)
class WeightLine:
    """One competency. Shares are 0 to 1; `bar` is None where there is no interval to draw."""

    key: str
    title: str
    present: float
    proposed: float
    n: int
    bar: IntervalBar | None
    evidence: tuple[str, ...]
    reason_now: str


@dataclass(frozen=True, slots=True)
class WeightView:
    position: Position
    title: str
    hires: int
    moved_by_history: bool
    """False where what is proposed rests on description and O*NET alone."""
    occupation: str | None
    lines: tuple[WeightLine, ...]
    others: tuple[tuple[str, str], ...]
    """Competencies that the position does not ask about, each with the clause that speaks of it."""
    digest: str
    """Of what would be adopted."""

    @property
    def changes(self) -> bool:
        """False where the position weighs so already."""
        return any(line.present != line.proposed for line in self.lines)


def read_proposal(services: Services, matcher: DescriptionMatcher, key: str, language: Language) -> WeightView:
    """Read history and description of a position's newest version and work out the proposal. Raises PositionUnknown."""
    position, profile, derived = _derive(services, matcher, key)
    rounded = derived.rounded()
    reasons = {competency.key: competency.why.text(language) for competency in profile.competencies}
    lines = tuple(
        WeightLine(
            key=each.key,
            title=_title(each, language),
            present=profile.weights[each.key],
            proposed=rounded[each.key],
            n=each.performance.n,
            bar=_bar(each.performance, evidence_lines(each, language)[0]),
            evidence=evidence_lines(each, language),
            reason_now=reasons[each.key],
        )
        for each in derived.weights
    )
    spoken_for = [each for each in derived.others if each.sentence and each.sentence_share >= LEAST_SHARE]
    return WeightView(
        position=position,
        title=profile.title.text(language),
        hires=derived.hires,
        moved_by_history=derived.strength > 0,
        occupation=f"{occupation_title(profile.occupation)} ({profile.occupation})" if profile.occupation else None,
        lines=lines,
        others=tuple((_title(each, language), each.sentence or "") for each in spoken_for[:MOST_OTHERS]),
        digest=_digest(position, derived),
    )


def adopt_proposal(services: Services, matcher: DescriptionMatcher, key: str, digest: str, by: Account) -> Position:
    """Make what the person had before them, told by its digest, a new version of the position.

    Raises PositionUnknown, ProposalChanged, WeightsAlike or PositionInvalid.
    """
    position, _, derived = _derive(services, matcher, key)
    if _digest(position, derived) != digest:
        raise ProposalChanged("history or position changed since the page was opened")
    reasons = {each.key: reason_of(each) for each in derived.weights}
    with services.database.unit_of_work() as session:
        return adopt_weights(session, position, derived.rounded(), reasons, by)


def _derive(services: Services, matcher: DescriptionMatcher, key: str) -> tuple[Position, PositionProfile, Profile]:
    with services.database.reading() as session:
        position = newest_position(session, key)
        profile = PositionProfile.model_validate(position.profile)
        history = read_history(session, services.keys, profile)
    derived = derive(history, matcher.match(profile), importances(profile.occupation), list(profile.weights))
    return position, profile, derived


def _title(weight: ProposedWeight, language: Language) -> str:
    return load_competency(weight.key).title.text(language)


def _bar(effect: Effect, label: str) -> IntervalBar | None:
    if effect.r is None or effect.low is None or effect.high is None:
        return None
    tone: Tone = effect.verdict if effect.verdict in ("helps", "hurts") else "unclear"
    low, high, point = ((value + 1) * 50 for value in (effect.low, effect.high, effect.r))
    return IntervalBar(low, high - low, point, tone, label)


def _digest(position: Position, derived: Profile) -> str:
    words = {each.key: reason_of(each).model_dump() for each in derived.weights}
    return hashlib.sha256(json.dumps([position.id, derived.rounded(), words], sort_keys=True).encode()).hexdigest()
