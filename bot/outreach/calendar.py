"""The calendar part of a mail (iCalendar, RFC 5545, as iTIP has it in RFC 5546).

One interview is one event: its UID never changes, SEQUENCE rises with every change, and CANCEL takes it away again.
A slot is an appointment. An open window is shown as its last stretch, which leaves the candidate's time free.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Final, Literal

from icalendar import Calendar, Event, vCalAddress, vText

from bot.outreach.wording import Facts, texts
from core.clock import now

Method = Literal["REQUEST", "CANCEL"]
PRODUCT: Final = "-//Mianshi//Interviews//ZH"
TALK: Final = timedelta(minutes=10)


def calendar_part(interview_id: str, facts: Facts, sequence: int, method: Method, sender: str, attendee: str) -> str:
    """The VCALENDAR as text; `sender` is the From of the mail. Times are in UTC, which every calendar turns into its
    reader's own."""
    words, frame = facts.words(), texts()["frame"][facts.language]
    length = timedelta(minutes=facts.profile.time_budget_minutes)
    event = Event()
    event.add("summary", frame["calendar" if facts.start else "calendar_window"].format(**words))
    event.add("description", frame["calendar_text"].format(**words))
    event.add("transp", "OPAQUE" if facts.start else "TRANSPARENT")
    return _sent(
        event, interview_id, facts, facts.start or facts.until - length, length, sequence, method, sender, attendee
    )


def talk_part(
    interview_id: str, facts: Facts, way: str, place: str, sequence: int, method: Method, sender: str, attendee: str
) -> str:
    """The same for the ten minutes with a recruiter that begin at `facts.start`: an event of its own. `way` says how they
    are held, `place` is the meeting link where there is one."""
    assert facts.start is not None
    event = Event()
    event.add("summary", texts()["frame"][facts.language]["calendar_talk"].format(**facts.words()))
    event.add("description", way)
    event.add("transp", "OPAQUE")
    if place:
        event.add("location", place)
    return _sent(event, f"talk.{interview_id}", facts, facts.start, TALK, sequence, method, sender, attendee)


def _sent(
    event: Event,
    uid: str,
    facts: Facts,
    begins: datetime,
    length: timedelta,
    sequence: int,
    method: Method,
    sender: str,
    attendee: str,
) -> str:
    """The event with when it is and who takes part, as it is sent."""
    name, address = parseaddr(sender)
    event.add("uid", f"{uid}@{address.rpartition('@')[2]}")
    event.add("sequence", sequence)
    event.add("dtstamp", _utc(now()))
    event.add("dtstart", _utc(begins))
    event.add("dtend", _utc(begins + length))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["CN"] = vText(name or address)
    event.add("organizer", organizer)
    guest = vCalAddress(f"mailto:{attendee}")
    guest.params["CN"] = vText(facts.name)
    guest.params["ROLE"], guest.params["RSVP"] = vText("REQ-PARTICIPANT"), vText("FALSE")
    event.add("attendee", guest)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
