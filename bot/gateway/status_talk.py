"""Ten minutes with a recruiter, on the candidate's own page: the free times by their clock, and the talk that is booked."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.hr_talk.booking import free_times, is_offered, is_under_way, live_talk
from bot.hr_talk.words import way_line, words_line
from bot.outreach.letters import addressee
from bot.outreach.wording import day_of, moment
from bot.services import Services
from core.clock import now
from core.content import Language
from core.tables import Interview, Talk
from dialogue.notice import language_of


def talk_shown(services: Services, session: Session, interview: Interview) -> dict[str, Any] | None:
    """What the page says of a talk; None where there is none and none is offered."""
    talk, last = live_talk(session, interview), session.get(Talk, interview.id)
    has_words = interview.withdrawn_at is None and last is not None and last.words_sealed is not None
    if talk is None and not has_words and not is_offered(session, interview):
        return None
    to, language = addressee(services, session, interview), language_of(interview)
    times = free_times(services, session, interview)
    days = groupby(times, key=lambda time: day_of(time.starts_at, to.zone, language))
    return {
        "state": _state(talk),
        "when": moment(talk.starts_at, to.zone, language) if talk is not None else "",
        "way": way_line(talk, to, language).removesuffix(talk.meeting_url) if talk is not None else "",
        "url": talk.meeting_url if talk is not None else "",
        "words": words_line(last, to, language) if last is not None else "",
        "days": [
            (day, [(time.id, f"{time.starts_at.astimezone(to.zone):%H:%M}") for time in each]) for day, each in days
        ],
        "place": _place(to.zone, language),
    }


def _state(talk: Talk | None) -> str:
    """`none`, `to_come`, `now`, `over` (nobody noted what came of it), `held` or `missed`."""
    if talk is None:
        return "none"
    if talk.starts_at > now():
        return "to_come"
    return talk.outcome or ("now" if is_under_way(talk) else "over")


def _place(zone: ZoneInfo, language: Language) -> str:
    """By which clock the times are: 北京时间, Beijing time."""
    written = moment(now(), zone, language)
    if language == "en":
        return written.rpartition("(")[2].rstrip(")")
    return "北京时间" if written.endswith("北京时间）") else f"当地时间（{zone.key}）"
