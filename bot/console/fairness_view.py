"""Selection rates between groups for one position and one year. Years and positions never overlap: from two tables that
do, a hidden number could be taken as their difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlmodel import col, func, select

from bot.console.board_view import review_minutes
from bot.console.fairness_words import fairness_sentences
from bot.demographics import groups_of
from bot.positions import newest_positions
from bot.services import Services
from core.clock import now
from core.content import Language
from core.tables import Interview, Position
from hr_bridge.insights.course import Course
from hr_bridge.insights.course_reader import Period, read_courses
from hr_bridge.insights.fairness import FairnessReport, fairness_report
from hr_bridge.policy import load_policy


@dataclass(frozen=True, slots=True)
class FairnessView:
    """`position` is empty where there is none; `asked` are the questions of its policy."""

    position: str
    year: int
    years: Sequence[int]
    positions: Mapping[str, str]
    policy: str
    policy_title: str
    asked: tuple[str, ...]
    report: FairnessReport
    sentences: Sequence[str]


def read_fairness(services: Services, position: str, year: int | None, language: Language) -> FairnessView:
    """The tables of everybody invited for the position in the year; without a known position, of the first; without
    a known year, of the newest with a finished interview."""
    today = now().astimezone().date()
    with services.database.reading() as session:
        newest = {row.key: row.profile for row in newest_positions(session)}
        key = position if position in newest else next(iter(newest), "")
        earliest: datetime | None = session.exec(select(func.min(col(Interview.invited_at)))).one()
        held = select(func.max(col(Interview.invited_at))).join(
            Position, col(Position.id) == col(Interview.position_id)
        )
        latest = session.exec(held.where(Position.key == key, col(Interview.finished_at).is_not(None))).one()
    years = range(today.year, (earliest or now()).year - 1, -1)
    newest_year = latest.astimezone().year if latest else today.year
    chosen = year if year is not None and year in years else newest_year
    policy = load_policy(newest[key]["policy"] if key else "strict")
    _, report = position_fairness(services, key, year_of(chosen, key), policy.asked_groups)
    return FairnessView(
        position=key,
        year=chosen,
        years=years,
        positions={each: profile["title"][language] for each, profile in newest.items()},
        policy=policy.name,
        policy_title=policy.title[language],
        asked=policy.asked_groups,
        report=report,
        sentences=fairness_sentences(report, policy.asked_groups, language),
    )


def position_fairness(
    services: Services, key: str, period: Period, questions: Sequence[str]
) -> tuple[Sequence[Course], FairnessReport]:
    """The courses of a position in a period, and what they say of the groups."""
    with services.database.reading() as session:
        courses = read_courses(session, services.keys, period, now().astimezone().date(), review_minutes(session))
        told = groups_of(services, session, [course.id for course in courses if course.finished])
    return courses, fairness_report(courses, told, questions)


def year_of(year: int, position: str) -> Period:
    """A calendar year by the server's clock, for one position."""
    start = datetime.combine(date(year, 1, 1), time()).astimezone()
    return Period(start, datetime.combine(date(year + 1, 1, 1), time()).astimezone(), (position,))
