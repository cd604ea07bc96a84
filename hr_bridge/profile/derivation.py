"""What each competency should weigh, from what became of past hires, shrunk to what was known without them.

Empirical Bayes, on relative weights u (1 = the average weight of a competency of the position):

    prior       u  ~ N(u0, PRIOR_SPREAD²)        u0 from the job description and, for known occupations, O*NET
    history     z  ~ N(s · u, 1 / (n - 3))        z = atanh(r) of score and performance; s is common to the position
    posterior   u  = (u0 / PRIOR_SPREAD² + s z (n - 3)) / (1 / PRIOR_SPREAD² + s² (n - 3))

s, how much such scores tell of performance at all, is the mean z, shrunk to 0 by its uncertainty (the positive part of
1 - var/s², James and Stein 1961). Scores of the same people go together, so the mean is taken to be no surer than the
surest single one. Under ten people nothing is concluded, so nothing moves either. Where scores tell nothing, s is 0 and
the prior stays; where there are many hires, u is z / s.
Nothing is corrected for the narrower range among those hired, so true effects are rather larger than shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Final

from hr_bridge.profile.competencies import COMPETENCIES
from hr_bridge.profile.effects import effect_of, to_z
from hr_bridge.profile.shapes import Effect, Importance, PastHire, Profile, ProposedWeight, SentenceMatch

PRIOR_SPREAD: Final = 0.5
"""Standard deviation of a relative weight around its prior: two in three true weights lie within half the average."""
EMPTY_SENTENCES: Final = 5.0
"""The description counts beside so many sentences that speak for all competencies asked for alike (Dirichlet)."""
PER_DEVIATION: Final = 0.25
"""A Work Style one standard deviation above its mean over all occupations adds a quarter to the prior weight."""
LEAST: Final = 0.2
"""Of the average weight: below that a competency is taken out by a person, not by a figure."""


def derive(
    history: Sequence[PastHire],
    description: Sequence[SentenceMatch],
    priors: Mapping[str, Importance],
    competencies: Iterable[str] = tuple(COMPETENCIES),
) -> Profile:
    """Propose what each of `competencies` weighs. Keys that are not in the library are passed over, wherever they
    come from; without history the description and `priors` alone decide, and without those all weigh the same.

    Raises:
        ValueError: none of `competencies` is in the library.
    """
    keys = [key for key in dict.fromkeys(competencies) if key in COMPETENCIES]
    if not keys:
        raise ValueError("No competency of the library was asked for.")
    performance = {key: _effect(history, key, lambda hire: hire.performance) for key in COMPETENCIES}
    staying = {key: _effect(history, key, _stayed) for key in COMPETENCIES}
    prior = _relative_prior(keys, description, priors)
    strength = _strength([performance[key] for key in keys])
    relative = {key: max(LEAST, _posterior(prior[key], performance[key], strength)) for key in keys}
    total, prior_total = math.fsum(relative.values()), math.fsum(prior.values())

    def proposed(key: str, weight: float, before: float) -> ProposedWeight:
        best = max(description, key=lambda match: match.shares.get(key, 0.0), default=None)
        share = best.shares.get(key, 0.0) if best else 0.0
        return ProposedWeight(
            key=key,
            weight=weight,
            prior=before,
            performance=performance[key],
            staying=staying[key],
            sentence=best.sentence if best and share > 0 else None,
            sentence_share=share,
            importance=priors.get(key),
        )

    spoken_for = {key: math.fsum(match.shares.get(key, 0.0) for match in description) for key in COMPETENCIES}
    rest = sorted((key for key in COMPETENCIES if key not in keys), key=lambda key: -spoken_for[key])
    return Profile(
        weights=tuple(proposed(key, relative[key] / total, prior[key] / prior_total) for key in keys),
        others=tuple(proposed(key, 0.0, 0.0) for key in rest),
        hires=len(history),
        strength=strength,
    )


def _stayed(hire: PastHire) -> float | None:
    return None if hire.stayed is None else float(hire.stayed)


def _effect(history: Sequence[PastHire], key: str, outcome: Callable[[PastHire], float | None]) -> Effect:
    """Of each person the interview counts, what was rated at work only where there was none."""
    interviewed, rated = [], []
    for hire in history:
        if (result := outcome(hire)) is None:
            continue
        if (score := hire.interview.get(key)) is not None:
            interviewed.append((score, result))
        elif (score := hire.rated.get(key)) is not None:
            rated.append((score, result))
    return effect_of([interviewed, rated])


def _relative_prior(
    keys: Sequence[str], description: Sequence[SentenceMatch], priors: Mapping[str, Importance]
) -> dict[str, float]:
    """The relative weight, 1 on average, that the description and O*NET give each competency."""
    shares = {key: EMPTY_SENTENCES / len(keys) for key in keys}
    for match in description:
        for key in keys:
            shares[key] += max(0.0, match.shares.get(key, 0.0))
    for key in keys:
        if key in priors:
            shares[key] *= max(LEAST, 1 + PER_DEVIATION * priors[key].deviation)
    mean = fmean(shares.values())
    return {key: max(LEAST, share / mean) for key, share in shares.items()}


def _strength(effects: Sequence[Effect]) -> float:
    known = [effect for effect in effects if effect.concludes]
    if not known:
        return 0.0
    precision = math.fsum(effect.precision for effect in known)
    mean = math.fsum(to_z(effect.r or 0.0) * effect.precision for effect in known) / precision
    if mean <= 0:
        return 0.0
    variance = 1 / max(effect.precision for effect in known)
    return mean * max(0.0, 1 - variance / mean**2)


def _posterior(prior: float, effect: Effect, strength: float) -> float:
    if effect.r is None or not effect.concludes or strength == 0:
        return prior
    certainty = 1 / PRIOR_SPREAD**2
    return (prior * certainty + strength * to_z(effect.r) * effect.precision) / (
        certainty + strength**2 * effect.precision
    )
