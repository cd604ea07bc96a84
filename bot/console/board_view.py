"""The board 运营看板 as the page and the exports show it: figures in words, channels, positions, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.console.agreement import read_reviews
from bot.console.board_words import change_sentence, channel_name, channel_sentences, figures_of, overview_sentences
from bot.positions import newest_positions
from bot.scope import seen_positions, sees
from bot.services import Services
from core.clock import now
from core.content import Language
from core.settings import CostSettings
from core.tables import Position
from hr_bridge.insights.board import Board, reckon, reckon_by
from hr_bridge.insights.change import ChangeLine, SettingChange, changed_settings, compare_before_after
from hr_bridge.insights.channels import ChannelReport, compare_channels
from hr_bridge.insights.cost import Costs, read_channel_prices
from hr_bridge.insights.course import Course
from hr_bridge.insights.course_reader import Period, read_courses, read_never_invited

USUAL_PERIOD: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader asked for: both days are included; `position` is a key or empty."""

    since: date
    until: date
    position: str = ""
    changed_on: date | None = None

    def period(self, by: Account) -> Period:
        """With the positions that `by` sees."""
        positions = by.positions if not self.position else [self.position] if sees(by, self.position) else []
        return Period(_midnight(self.since), _midnight(self.until + timedelta(days=1)), positions)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in words: `basis` is numerator and denominator, or how many it is of."""

    key: str
    title: str
    value: str
    basis: str
    definition: str


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A new version of a position, and what it says otherwise."""

    day: date
    position: str
    title: str
    version: int
    settings: Sequence[SettingChange]


@dataclass(frozen=True, slots=True)
class BoardView:
    """Everything on the page. `by_position` and `by_site` by name."""

    wanted: Wanted
    board: Board
    costs: Costs
    figures: Sequence[Figure]
    sentences: Sequence[str]
    channels: ChannelReport
    channel_sentences: Sequence[str]
    channel_names: Mapping[str | None, str]
    by_position: Mapping[str, Board]
    by_site: Mapping[str, Board]
    changes: Sequence[VersionChange]
    compared: Sequence[tuple[ChangeLine, str]]
    """What is compared, and the sentence about it; empty where no day was chosen."""
    positions: Mapping[str, str]
    """Key → title, for the choice."""


def usual_period(today: date) -> tuple[date, date]:
    return today - USUAL_PERIOD, today


def costs_of(settings: CostSettings) -> Costs:
    """The prices of the house. Raises Rejected where COST_CHANNELS cannot be read."""
    return Costs(
        settings.currency,
        settings.review_minute,
        settings.sms,
        settings.interview,
        read_channel_prices(settings.channels),
    )


def read_board(services: Services, wanted: Wanted, language: Language, by: Account) -> BoardView:
    """Reckon the board for a period, of the positions that `by` sees."""
    costs, period = costs_of(services.settings.cost), wanted.period(by)
    with services.database.reading() as session:
        newest = {row.key: row.profile for row in newest_positions(session) if sees(by, row.key)}
        courses = read_courses(session, services.keys, period, now().astimezone().date(), review_minutes(session))
        never = read_never_invited(session, period)
        changes = _version_changes(session, wanted, language, by)
    titles = {key: profile["title"][language] for key, profile in newest.items()}
    sites = {key: profile["location"][language] for key, profile in newest.items()}
    board = reckon(courses, costs, sum(never.values()))
    channels = compare_channels(courses, costs)
    return BoardView(
        wanted=wanted,
        board=board,
        costs=costs,
        figures=[Figure(*figure) for figure in figures_of(board, costs, language)],
        sentences=overview_sentences(board, wanted.since, wanted.until, language),
        channels=channels,
        channel_sentences=channel_sentences(channels, language),
        channel_names={line.channel: channel_name(line.channel, language) for line in channels.lines},
        by_position=_apart(courses, titles, costs, never),
        by_site=_apart(courses, sites, costs, never),
        changes=changes,
        compared=_compared(courses, wanted, language),
        positions=titles,
    )


def review_minutes(session: Session) -> Mapping[str, float]:
    """Interview id → the minutes of all its reviews that ended in a decision."""
    found: dict[str, float] = {}
    for review in read_reviews(session):
        found[review.interview_id] = found.get(review.interview_id, 0.0) + review.minutes
    return found


def _apart(
    courses: Sequence[Course], names: Mapping[str, str], costs: Costs, never: Mapping[str, int]
) -> Mapping[str, Board]:
    counted: dict[str, int] = {}
    for key, count in never.items():
        counted[names.get(key, key)] = counted.get(names.get(key, key), 0) + count
    return reckon_by(courses, lambda course: names.get(course.position, course.position), costs, counted)


def _compared(courses: Sequence[Course], wanted: Wanted, language: Language) -> Sequence[tuple[ChangeLine, str]]:
    if wanted.changed_on is None:
        return ()
    lines = compare_before_after(courses, _midnight(wanted.changed_on))
    return [(line, change_sentence(line, language)) for line in lines]


def _version_changes(session: Session, wanted: Wanted, language: Language, by: Account) -> Sequence[VersionChange]:
    """The newest first; what is no setting of the interview (titles, texts) is listed as well."""
    rows = select(Position).where(seen_positions(by)).order_by(col(Position.key), col(Position.version))
    before: dict[str, dict[str, Any]] = {}
    found = []
    for row in session.exec(rows):
        previous, before[row.key] = before.get(row.key), row.profile
        day = row.created_at.astimezone().date()
        if previous is None or wanted.position not in ("", row.key) or not wanted.since <= day <= wanted.until:
            continue
        settings = changed_settings(previous, row.profile)
        found.append(VersionChange(day, row.key, row.profile["title"][language], row.version, settings))
    return sorted(found, key=lambda change: change.day, reverse=True)


def chosen(since: str, until: str, position: str, changed_on: str, today: date) -> Wanted:
    """What a reader asked for in an address; a date that is none is the usual one, and a period that runs backwards is
    turned round."""
    first, last = usual_period(today)
    first, last = _day(since) or first, _day(until) or last
    wanted = Wanted(min(first, last), max(first, last), position[:80])
    return replace(wanted, changed_on=_day(changed_on))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


def _midnight(day: date) -> datetime:
    """By the server's clock, as the pages show points in time."""
    return datetime.combine(day, time()).astimezone()
