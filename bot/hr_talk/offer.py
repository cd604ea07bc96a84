"""What recruiters offer: how they hold talks with candidates of a position, and at which times.

A talk takes ten minutes and begins on a quarter of an hour, so there are five minutes between two. Times are read by the
clock of a zone that the recruiter names, and lie in the waking hours there; days off are left out unless they are
asked for, and a Saturday that is worked for a holiday (调休) is a working day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.accounts import Account, account_by_id, record
from bot.outreach.hours import checked_zone, is_off, is_quiet
from bot.outreach.letters import plan_of
from bot.outreach.slot import SlotUnreadable, on_the_wall
from bot.positions import is_closed, newest_position
from bot.scope import sees
from bot.services import Services
from core.clock import now
from core.errors import Refused
from core.tables import Talk, TalkOffer, TalkTime
from hr_bridge.position import OutreachPlan

LENGTH: Final = timedelta(minutes=10)
EVERY: Final = timedelta(minutes=15)
FARTHEST: Final = timedelta(days=60)
MOST: Final = 400
"""Times in one go: two working weeks of full days."""
LONGEST_URL: Final = 500
Way = Literal["link", "phone"]


class MeetingLinkUnusable(Refused):
    """A meeting link begins with https:// and leads to a public host; it has no password in it."""


class WindowUnusable(Refused):
    """The days or hours cannot be read, lie in the past, end before they begin, or hold more than 400 times."""


class WindowAtNight(Refused):
    """The hours reach into the night, between 21:00 and 08:00 there."""


class NoTimeLeft(Refused):
    """The window holds no time that could be offered: they have passed, fall on days off, or are taken already."""


@dataclass(frozen=True, slots=True)
class Window:
    """From which day to which, from what time to what time: ISO dates and HH:MM by the clock of `zone`."""

    first: str
    last: str
    begins: str
    ends: str
    zone: str
    days_off: bool = False


def checked_meeting_url(text: str) -> str:
    """The address as it is shown to candidates. Raises MeetingLinkUnusable."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018  raises for what is no port
    except ValueError as error:
        raise MeetingLinkUnusable("the address cannot be read") from error
    readable = len(text) <= LONGEST_URL and text.isprintable() and " " not in text
    if parts.scheme != "https" or "." not in host or parts.username is not None or not readable:
        raise MeetingLinkUnusable("a meeting link begins with https://")
    return text


def offer_of(session: Session, position_key: str, host: str) -> TalkOffer | None:
    same = select(TalkOffer).where(TalkOffer.position_key == position_key, TalkOffer.host == host)
    return session.exec(same).first()


def set_offer(session: Session, position_key: str, way: Way, meeting_url: str, is_on: bool, by: Account) -> TalkOffer:
    """Say how `by` holds talks with candidates of the position, and whether they may be booked. What is booked stays
    booked. Raises MeetingLinkUnusable, PositionUnknown."""
    newest_position(session, position_key)
    needs_link = way == "link" and (is_on or bool(meeting_url.strip()))
    address = checked_meeting_url(meeting_url) if needs_link else ""
    offer = offer_of(session, position_key, by.id)
    if offer is None:
        offer = TalkOffer(position_key=position_key, host=by.id, way=way, changed_at=now())
        session.add(offer)
    offer.way, offer.meeting_url, offer.is_on, offer.changed_at = way, address, is_on, now()
    record(session, by, "talks_on" if is_on else "talks_off", position_key)
    session.flush()
    return offer


def offer_times(session: Session, position_key: str, window: Window, by: Account) -> int:
    """Keep the quarters of an hour of a window free for candidates of the position; how many are new. One that `by` offers
    already, for this position or another, stays as it is.

    Raises TimeZoneUnknown, WindowUnusable, WindowAtNight, NoTimeLeft.
    """
    plan = plan_of(newest_position(session, position_key))
    zone = ZoneInfo(checked_zone(window.zone) or plan.time_zone)
    wanted = [at for at in _quarters(window, zone, plan) if now() < at < now() + FARTHEST]
    if len(wanted) > MOST:
        raise WindowUnusable("more than 400 times at once")
    mine = select(TalkTime.starts_at).where(TalkTime.host == by.id, col(TalkTime.starts_at).in_(wanted))
    there = set(session.exec(mine))
    new = [at for at in wanted if at not in there]
    if not new:
        raise NoTimeLeft("there is nothing in this window that could be offered")
    session.add_all(TalkTime(host=by.id, position_key=position_key, starts_at=at) for at in new)
    record(session, by, "talk_times_offered", position_key)
    session.flush()
    return len(new)


def withdraw_times(session: Session, position_key: str, ids: Sequence[str], by: Account) -> int:
    """Offer these times of `by` no more; how many went. One that was booked meanwhile stays."""
    own = select(TalkTime).where(
        col(TalkTime.id).in_(ids), TalkTime.host == by.id, TalkTime.position_key == position_key
    )
    held = session.exec(own.with_for_update()).all()
    # Asked only now: whoever was taking one of them when it was to be held has taken it.
    taken = set(session.exec(select(Talk.time_id).where(col(Talk.time_id).in_([each.id for each in held]))))
    found = [each for each in held if each.id not in taken]
    for each in found:
        session.delete(each)
    if found:
        record(session, by, "talk_times_withdrawn", position_key)
    return len(found)


def open_offers(session: Session, position_key: str) -> dict[str, TalkOffer]:
    """The offers that hold, by host: of an open position, by recruiters who are still with the house and see it."""
    if is_closed(newest_position(session, position_key)):
        return {}
    offers = session.exec(select(TalkOffer).where(TalkOffer.position_key == position_key, col(TalkOffer.is_on)))
    found = {}
    for offer in offers:
        host = account_by_id(session, offer.host)
        if host is not None and sees(host, position_key):
            found[offer.host] = offer
    return found


def own_times(services: Services, position_key: str, by: Account) -> list[tuple[TalkTime, bool]]:
    """The coming times that `by` offers for the position, in order, and whether each is booked."""
    with services.database.reading() as session:
        coming = select(TalkTime).where(
            TalkTime.host == by.id, TalkTime.position_key == position_key, TalkTime.starts_at > now()
        )
        rows = session.exec(coming.order_by(col(TalkTime.starts_at))).all()
        taken = set(session.exec(select(Talk.time_id).where(col(Talk.time_id).in_([row.id for row in rows]))))
        return [(row, row.id in taken) for row in rows]


def _quarters(window: Window, zone: ZoneInfo, plan: OutreachPlan) -> Iterator[datetime]:
    """Every beginning in the window, on days of work alone unless days off are wanted; an hour that the clocks skip has
    none."""
    try:
        first, last = date.fromisoformat(window.first), date.fromisoformat(window.last)
        begins, ends = time.fromisoformat(window.begins), time.fromisoformat(window.ends)
    except ValueError as error:
        raise WindowUnusable("days and hours are needed") from error
    if begins.tzinfo is not None or ends.tzinfo is not None:
        raise WindowUnusable("hours are written like 09:00")
    if last < first or last - first > FARTHEST or ends <= begins:
        raise WindowUnusable("the window ends before it begins, or is longer than 60 days")
    strict = plan.model_copy(update={"reminders_on_weekends": False})
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if not window.days_off and is_off(day, zone, strict):
            continue
        wall = datetime.combine(day, _next_quarter(begins))
        while wall.date() == day and wall + LENGTH <= datetime.combine(day, ends):
            try:
                at = on_the_wall(wall.isoformat(), zone)
            except SlotUnreadable:  # skipped by the clocks
                wall += EVERY
                continue
            if is_quiet(at, zone, plan) or is_quiet(at + LENGTH - timedelta(seconds=1), zone, plan):
                raise WindowAtNight("nobody is called between 21:00 and 08:00")
            yield at
            wall += EVERY


def _next_quarter(wall: time) -> time:
    """The quarter of an hour from this one on; 23:50 has none that day and stays."""
    minutes = -(-(wall.hour * 60 + wall.minute) // 15) * 15
    return time(minutes // 60, minutes % 60) if minutes < 24 * 60 else time(23, 59)
