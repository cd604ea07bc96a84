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


def calendar_part(interview_id: str, facts: Facts, sequence: int, method: Method, sender: str, attendee: str) -> str:
    """The VCALENDAR as text; `sender` is the From of the mail. Times are in UTC, which every calendar turns into its
    reader's own."""
    words, frame = facts.words(), texts()["frame"][facts.language]
    length = timedelta(minutes=facts.profile.time_budget_minutes)
    begins = facts.start or facts.until - length
    name, address = parseaddr(sender)
    event = Event()
    event.add("uid", f"{interview_id}@{address.rpartition('@')[2]}")
    event.add("sequence", sequence)
    event.add("dtstamp", _utc(now()))
    event.add("dtstart", _utc(begins))
    event.add("dtend", _utc(begins + length))
    event.add("summary", frame["calendar" if facts.start else "calendar_window"].format(**words))
    event.add("description", frame["calendar_text"].format(**words))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE" if facts.start else "TRANSPARENT")
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
