"""`mianshi demo outcomes`: a house with a past, so that the pages of figures have something to say. Nobody in it
exists, and what is true of them stands here.

Three positions have people of one to three years ago, whose work is known; four channels have people of the last year,
half of them in New York, whose policy lets them be asked for their groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np
from sqlmodel import Session, col, select

from bot.demo_rows import MARK, Job, Life, Writer
from bot.positions import add_if_new, newest_position
from bot.privacy.carrying_out import carry_out_due
from bot.privacy.erasure import ask_for_erasure
from bot.services import Services
from core.clock import now
from core.errors import Refused
from core.tables import Hire, Position
from hr_bridge.insights.simulated import SimulatedFamily, Truth, simulate
from hr_bridge.insights.simulated_courses import ChannelTruth, GroupTruth, SimulatedCourse, simulate_courses
from hr_bridge.position import PositionProfile, check_position

TRUTHS: Final[Mapping[str, tuple[Truth, int, int]]] = {
    "software_engineer": (Truth(performance=("logical_thinking", 0.42)), 520, 220),
    "sales": (Truth(pay_growth=("customer_communication", 0.42)), 520, 220),
    "production_supervisor": (Truth(), 60, 9),
}
"""By position: what holds there, how many applied, how many were hired."""
CHANNELS: Final[Mapping[str, ChannelTruth]] = {
    "内推": ChannelTruth(0.92, 0.80, 0.90, 0.50, 0.60, 0.93, "800/hire"),
    "招聘网站": ChannelTruth(0.75, 0.60, 0.82, 0.45, 0.60, 0.80, "12"),
    "BOSS直聘": ChannelTruth(0.80, 0.62, 0.82, 0.45, 0.60, 0.80, "8"),
    "校招": ChannelTruth(0.93, 0.76, 0.90, 0.20, 0.60, 0.80, "5"),
}
"""内推 is the one to feed; 校招 takes part as readily and passes clearly less often."""
GROUPS: Final = (
    GroupTruth("sex", "female", "male", share=0.5),
    GroupTruth("age", "40_and_over", "under_40", share=0.35, factor=0.4),
)
"""People of 40 and over advance two fifths as often with the same scores; sex has no part in anything."""
NEW_YORK: Final = "sales_new_york"
SHARES: Final[Mapping[str, int]] = {NEW_YORK: 220, "sales": 70, "software_engineer": 70}
"""People of each channel by position."""
ERASED: Final = 3
"""How many ask to be erased."""


class RealHiresThere(Refused):
    """The database knows of real hires; simulated ones would be mixed in with them."""


@dataclass(frozen=True, slots=True)
class MadePeople:
    """`erased` counts those who asked for it."""

    applicants: int
    hires: int
    truths: Mapping[str, Truth]
    channels: Mapping[str, ChannelTruth]
    groups: tuple[GroupTruth, ...]
    erased: int


def make_outcomes(services: Services, seed: int = 7, *, with_effects: bool = True) -> MadePeople:
    """Make everybody in one transaction and erase those who ask; without `with_effects` nothing depends on any score,
    channel or group.

    Raises RealHiresThere: there is a hire that was not made here, or they were made already.
    """
    rng = np.random.default_rng(seed)
    truths = {key: truth if with_effects else Truth() for key, (truth, _, _) in TRUTHS.items()}
    channels = CHANNELS if with_effects else dict.fromkeys(CHANNELS, CHANNELS["BOSS直聘"])
    groups = GROUPS if with_effects else tuple(replace(each, factor=1.0) for each in GROUPS)
    with services.database.unit_of_work() as session:
        there = session.exec(select(Hire.candidate_external_id).limit(1)).first()
        if there is not None:
            made = " (the demo's: they are made once)" if there.startswith(MARK) else ""
            raise RealHiresThere(f"this database knows of hires already{made}; use a database that has none")
        writer = Writer(services, session)
        for key, (_, applicants, hires) in TRUTHS.items():
            position = newest_position(session, key)
            profile = PositionProfile.model_validate(position.profile)
            family = simulate(rng, profile.weights, truths[key], applicants, hires)
            _keep_family(writer, rng, position, family)
        _open_new_york(session)
        rng = np.random.default_rng((seed, 1))  # so that the families stay the same whoever is invited besides
        invited, hired = 0, 0
        asking: list[str] = []
        for key, each in SHARES.items():
            position = newest_position(session, key)
            profile = PositionProfile.model_validate(position.profile)
            asked = groups if key == NEW_YORK else ()
            for course in simulate_courses(rng, profile.weights, channels, each, asked):
                candidate_id = _keep_course(writer, rng, position, course)
                invited, hired = invited + 1, hired + course.hired
                if key == NEW_YORK and course.finished and not course.passed and len(asking) < ERASED:
                    asking.append(candidate_id)
        writer.keep_deletions()
        for candidate_id in asking:
            ask_for_erasure(session, candidate_id, "candidate")
    carry_out_due(services)
    return MadePeople(
        applicants=sum(a for _, a, _ in TRUTHS.values()) + invited,
        hires=sum(h for _, _, h in TRUTHS.values()) + hired,
        truths=truths,
        channels=channels,
        groups=groups,
        erased=len(asking),
    )


def _keep_family(writer: Writer, rng: np.random.Generator, position: Position, family: SimulatedFamily) -> None:
    """People of 430 to 1,000 days ago, all of whom finished."""
    hired = {int(place): order for order, place in enumerate(family.hired)}
    for place in range(len(family.scores["match"])):
        invited_at = now() - timedelta(days=int(rng.integers(430, 1000)))
        order, job = hired.get(place), None
        if order is not None:
            stayed = float(family.days_stayed[order])
            gone = bool(np.isfinite(stayed))
            job = Job(
                stayed=int(stayed) if gone else None,
                performance=float(family.performance[order]) if stayed >= 180 else None,
                pay_growth=None if gone else float(family.pay_growth[order]),
            )
        scores = {key: float(values[place]) for key, values in family.scores.items()}
        writer.keep(position, Life(invited_at, scores, passed=job is not None, job=job))


def _keep_course(writer: Writer, rng: np.random.Generator, position: Position, course: SimulatedCourse) -> str:
    """People of 125 to 320 days ago, so that everybody's first 90 days are over."""
    life = Life(
        invited_at=now() - timedelta(days=int(rng.integers(*_last_year()))),
        scores=course.scores if course.finished else None,
        passed=course.passed,
        job=Job(stayed=None if course.stayed else int(rng.integers(20, 86))) if course.hired else None,
        channel=course.channel,
        opened=course.opened,
        started=course.started,
        groups=course.groups,
    )
    return writer.keep(position, life)


def _last_year() -> tuple[int, int]:
    """From and before how many days ago; within one calendar year, because groups are compared by the year."""
    end = now() - timedelta(days=125)
    return 125, 126 + min(195, end.timetuple().tm_yday - 1)


def _open_new_york(session: Session) -> None:
    """A position whose policy lets candidates be asked for their groups, made from the one for sales."""
    profile = newest_position(session, "sales").profile | {
        "key": NEW_YORK,
        "title": {"zh": "销售代表（纽约，示例）", "en": "Sales Representative (New York, example)"},
        "department": {"zh": "北美销售部（示例）", "en": "North America Sales (example)"},
        "location": {"zh": "美国纽约", "en": "New York City"},
        "policy": "us-ny",
        "languages": ["en"],
        "pass_line": 66,
        "must_have_facts": [],
        "approved_facts": [],
    }
    add_if_new(session, check_position(profile))
    session.flush()


def is_simulated(session: Session) -> bool:
    """Whether the people that insights speak of were made here."""
    return (
        session.exec(select(Hire.id).where(col(Hire.candidate_external_id).startswith(MARK)).limit(1)).first()
        is not None
    )
