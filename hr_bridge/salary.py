"""What to offer: a pay range, a point in it, and every reason, from the band, the match and the level.

The formula is the product's own: penetration = clamp((match - 70) / 30, 0, 1), centre = low + penetration × width,
recommended range = centre ± a sixth of the width, moved to stay inside the band. All money is gross monthly base in
thousands. Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from hr_bridge.match import GRADES, Grade
from hr_bridge.pay.band import Band, BandMissing, PayInputInvalid, parse_band, parse_bands, read_grade, require_amount
from hr_bridge.pay.band import round_money as money
from hr_bridge.pay.equity import PayEquity, check_equity
from hr_bridge.pay.package import PackageShape
from hr_bridge.pay.reasons import Language, ReasonLines, show_percentage, show_share
from hr_bridge.pay.settings import PaySettings
from hr_bridge.policy import DEFAULT_POLICY, Policy, load_policy

PRIOR_PAY: Final = "prior_pay"


@dataclass(frozen=True, slots=True)
class PaySuggestion:
    """A suggestion with its reasons, one a line; ranges are (low, high) in thousands a month, two decimals at most.

    `regrade` is the grade suggested instead of `grade`; then `band` is the band of that grade. `ignored` names the
    inputs that the policy kept out. `equity` is None where there were too few peers to compare with.
    """

    grade: Grade
    band: tuple[float, float]
    recommended: tuple[float, float]
    point: float
    regrade: Grade | None
    reasons: tuple[str, ...]
    ignored: tuple[str, ...]
    package: PackageShape
    equity: PayEquity | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the seven public fields, as `mianshi salary --json` prints them."""
        return {
            "grade": self.grade,
            "band": list(self.band),
            "recommended": list(self.recommended),
            "point": self.point,
            "regrade": self.regrade,
            "reasons": list(self.reasons),
            "ignored": list(self.ignored),
        }

    def as_document(self, currency: str) -> dict[str, Any]:
        """Return the public fields with what the amounts mean, and the package: what a report holds."""
        return {
            **self.as_json(),
            "currency": currency,
            "period": "month",
            "package": self.package.as_json(self.point),
        }

    def needs_approval(self, offer: float) -> bool:
        """Return whether an approver must agree to `offer`: it lies above the range, or follows a regrade."""
        return self.regrade is not None or offer > self.recommended[1]


def suggest(
    *,
    grade: Grade,
    bands: Mapping[Grade, Band],
    policy: Policy,
    match: float | None = None,
    level: Grade | None = None,
    premium: Mapping[str, float] | None = None,
    prior_pay: float | None = None,
    prior_given_freely: bool = True,
    market_median: float | None = None,
    peers: Sequence[float] | None = None,
    grade_fixed: bool = False,
    settings: PaySettings | None = None,
    language: Language = "zh",
    notes: Sequence[str] = (),
) -> PaySuggestion:
    """Suggest pay for a candidate of `grade`, given the bands of the position.

    `match` None means not assessed yet: the whole band is recommended. `premium` maps the position's premium
    competencies, by the name to show, to their 0-100 scores. `peers` are the monthly bases of colleagues in the grade.
    `notes` say where bands, market and peers come from and stand before the other reasons.
    A level above the grade suggests a regrade by one grade; where the grade is fixed or the higher grade has no band,
    a richer package instead.

    Raises:
        BandMissing: `bands` has none for `grade`.
        PayInputInvalid: a number is not finite, negative, or out of range.
    """
    settings = settings or PaySettings()
    _check_inputs(match, premium or {}, prior_pay, market_median, peers or ())
    if grade not in bands:
        raise BandMissing(grade)
    reasons = ReasonLines(language)
    reasons.add_band("band", bands[grade], grade=reasons.grade(grade))
    regrade, richer = _compare_level(reasons, grade, level, bands, grade_fixed)
    band = bands[regrade or grade]
    centre = _centre(band, match, settings)
    recommended = _recommend(reasons, band, match, centre, premium or {}, settings)
    prior, ignored = _lawful_prior(reasons, policy, prior_pay, prior_given_freely)
    point = _choose_point(reasons, recommended, centre, prior, market_median, match is not None, settings)
    package = settings.package if band.months is None else settings.package.with_months(band.months)
    if richer:
        package = package.richer(most_months=settings.richer_most_months, bonus_step=settings.richer_bonus_step)
    reasons.add_package(package)
    equity = check_equity(reasons, point, peers or (), settings)
    return PaySuggestion(
        grade=grade,
        band=(money(band.low), money(band.high)),
        recommended=(money(recommended.low), money(recommended.high)),
        point=point,
        regrade=regrade,
        reasons=(*notes, *reasons.lines()),
        ignored=ignored,
        package=package,
        equity=equity,
    )


def salary_command(
    *,
    family: str,
    grade: str,
    band: str | None = None,
    bands: str | None = None,
    match: float | None = None,
    level: str | None = None,
    premium: Sequence[str] = (),
    prior_pay: float | None = None,
    market_median: float | None = None,
    policy: str = DEFAULT_POLICY,
    language: Language = "zh",
    families: Mapping[str, PaySettings] | None = None,
) -> dict[str, Any]:
    """Return the JSON of `mianshi salary`; arguments are those of the command line, as typed.

    `families` holds the settings of position families; one that is not in it has the defaults.

    Raises:
        PayInputInvalid: an argument is missing, contradicts another, or cannot be read.
        PolicyUnknown: no profile has this name.
    """
    if not family.strip():
        raise PayInputInvalid("Name the position family, such as --family sales.")
    if (band is None) == (bands is None):
        raise PayInputInvalid("Give either --band LOW-HIGH or --bands junior=LOW-HIGH,mid=LOW-HIGH,senior=LOW-HIGH.")
    asked = read_grade(grade)
    suggestion = suggest(
        grade=asked,
        bands=parse_bands(bands) if bands is not None else {asked: parse_band(band or "")},
        policy=load_policy(policy),
        match=match,
        level=read_grade(level) if level is not None else None,
        premium=dict(_read_premium(entry) for entry in premium),
        prior_pay=prior_pay,
        market_median=market_median,
        settings=(families or {}).get(family),
        language=language,
    )
    return suggestion.as_json()


def _read_premium(entry: str) -> tuple[str, float]:
    key, _, score = entry.partition("=")
    try:
        value = float(score)
    except ValueError:
        value = None
    if value is None or not key.strip():
        raise PayInputInvalid(f"“{entry[:40]}” is not KEY=SCORE; write it like --premium leadership=88.")
    return key.strip(), value


def _check_inputs(
    match: float | None,
    premium: Mapping[str, float],
    prior_pay: float | None,
    market_median: float | None,
    peers: Sequence[float],
) -> None:
    scores = {"match": match} | {f"score of {key}": score for key, score in premium.items()}
    for name, score in scores.items():
        if score is not None and not (isfinite(score) and 0 <= score <= 100):
            raise PayInputInvalid(f"The {name} must be a number from 0 to 100, not {score:g}.")
    amounts = [("prior pay", prior_pay), ("market median", market_median), *(("pay of a peer", pay) for pay in peers)]
    for name, amount in amounts:
        if amount is not None:
            require_amount(name, amount)


def _compare_level(
    reasons: ReasonLines, grade: Grade, level: Grade | None, bands: Mapping[Grade, Band], grade_fixed: bool
) -> tuple[Grade | None, bool]:
    """Return the grade to regrade to, if any, and whether a richer package is suggested instead."""
    if level is None:
        reasons.add("level_unknown", grade=reasons.grade(grade))
        return None, False
    names = {"level": reasons.grade(level), "grade": reasons.grade(grade)}
    rank = GRADES.index(grade)
    if GRADES.index(level) < rank:
        reasons.add("level_below", **names)
    if GRADES.index(level) <= rank:
        return None, False
    higher = GRADES[rank + 1]
    if grade_fixed or higher not in bands:
        reasons.add("grade_fixed" if grade_fixed else "no_higher_band", **names)
        return None, True
    reasons.add_band("regrade", bands[higher], regrade=reasons.grade(higher), **names)
    return higher, False


def _centre(band: Band, match: float | None, settings: PaySettings) -> float:
    return band.low + _penetration(match, settings) * band.width


def _penetration(match: float | None, settings: PaySettings) -> float:
    """How far up the band, from 0 to 1; its middle as long as there is no match."""
    if match is None:
        return 0.5
    span = settings.match_at_high_end - settings.match_at_low_end
    return min(1.0, max(0.0, (match - settings.match_at_low_end) / span))


def _recommend(
    reasons: ReasonLines,
    band: Band,
    match: float | None,
    centre: float,
    premium: Mapping[str, float],
    settings: PaySettings,
) -> Band:
    if match is not None:
        penetration = show_percentage(_penetration(match, settings))
        reasons.add("match", match=match, penetration=penetration, centre=centre)
    paid = [key for key, score in premium.items() if score >= settings.premium_from]
    for key, score in premium.items():
        if key not in paid:
            reasons.add("premium_missed", competency=key, score=score, least=settings.premium_from)
    if paid:
        top = Band(band.high - settings.premium_share * band.width, band.high)
        share = show_share(settings.premium_share)
        for key in paid:
            reasons.add_band(
                "premium", top, competency=key, share=share, score=premium[key], least=settings.premium_from
            )
        return top
    if match is None:
        reasons.add_band("no_match", band)
        return band
    half = settings.range_share * band.width
    width = min(2 * half, band.width)
    low = min(max(centre - half, band.low), band.high - width)
    recommended = Band(low, min(low + width, band.high))
    reasons.add_band("range", recommended, share=show_share(settings.range_share))
    return recommended


def _lawful_prior(
    reasons: ReasonLines, policy: Policy, prior_pay: float | None, given_freely: bool
) -> tuple[float | None, tuple[str, ...]]:
    """Return the prior pay that may be used, and what was ignored; an ignored figure is not repeated anywhere."""
    if prior_pay is None:
        return None, ()
    if policy.prior_pay == "never":
        reasons.add("prior_never", policy=policy.name)
        return None, (PRIOR_PAY,)
    if not given_freely:
        reasons.add("prior_not_free")
        return None, (PRIOR_PAY,)
    return prior_pay, ()


def _choose_point(
    reasons: ReasonLines,
    recommended: Band,
    centre: float,
    prior: float | None,
    market_median: float | None,
    has_match: bool,
    settings: PaySettings,
) -> float:
    anchors = []
    if prior is not None:
        raised = prior * (1 + settings.prior_raise)
        anchors.append(raised)
        reasons.add("prior", prior=prior, raise_=show_percentage(settings.prior_raise), raised=raised)
    if market_median is not None:
        anchors.append(market_median)
        reasons.add("median", median=market_median)
    wanted = sum(anchors) / len(anchors) if anchors else centre
    if len(anchors) == 2:
        reasons.add("mean", mean=wanted)
    if not anchors:
        reasons.add("centre_point" if has_match else "middle_point", centre=wanted)
    point = money(min(max(wanted, recommended.low), recommended.high))
    if point != money(wanted):
        reasons.add("kept_inside", value=wanted, point=point)
    return point
