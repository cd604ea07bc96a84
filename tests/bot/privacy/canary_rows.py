"""A canary in every column of every table: rows made from the tables themselves, so that a new table or column has one
without anybody thinking of it.

Whoever adds a table either ties it to a candidate, by a foreign key or a column that the erasure follows
(`bot/privacy/inventory.py`), or says in NOBODY why it holds nothing of one. Otherwise its canary outlives the erasure,
and the tests fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Connection, Date, Engine, Float, Integer, LargeBinary, Table
from sqlmodel import SQLModel

from bot.outreach.invitation_list import PURPOSE as LIST_PURPOSE
from bot.positions import newest_position
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.tables.base import UtcDateTime, new_id

NOBODY: Final[Mapping[str, str]] = {
    "accessgrant": "which positions an account of the company sees",
    "apitoken": "a program's token",
    "approvedanswer": "what the company tells every candidate, in a recruiter's words",
    "askingaccount": "a recruiter's account in a chat; what they asked is in telegramupdate until it is answered",
    "askingcode": "a recruiter's one-time code",
    "askingsettings": "what an admin has allowed",
    "auditentry": "ids alone, and never shortened: whoever was erased is an id that leads nowhere",
    "audithead": "the end of the audit log",
    "backup": "when a backup was made",
    "erasedsubject": "tells of the erasure itself, in ids",
    "erasurecertificate": "tells of the erasure itself, in ids",
    "erasurenotice": "tells of the erasure itself, in ids",
    "erasurerequest": "tells of the erasure itself, in ids",
    "heartbeat": "when a process was last alive",
    "mailboxmark": "how far a mailbox was read",
    "marketpay": "what the market pays",
    "payband": "what a grade pays",
    "pollcursor": "how far an HR system was read",
    "position": "a position and what it asks for",
    "recoverycode": "an account's codes",
    "retentionrun": "how many rows went on a day",
    "secondfactor": "an account's second factor",
    "talkoffer": "how a recruiter holds talks",
    "talktime": "a quarter of an hour that a recruiter keeps free",
    "telegrambot": "the bot itself",
    "user": "people of the company",
    "usersession": "browsers of people of the company",
}
"""Tables without anything of a candidate, and why."""

_numbers = count(1)


@dataclass(frozen=True)
class Canary:
    """Somebody of whom there is a row in every table. `marks`: table.column → what to look for, as bytes."""

    candidate_id: str
    interview_id: str
    external_id: str
    phone: str
    number: int
    marks: dict[str, bytes] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)
    """In which there is a row."""


def plant(services: Services) -> Canary:
    """Somebody with a row in every table that is not in NOBODY, a mark in every column that takes one."""
    number = next(_numbers)
    canary = Canary(new_id(), new_id(), f"EXT-{number}", f"+86139111{number:05}", number)
    wrapped = services.keys.new_wrapped_key()
    with services.database.reading() as session:
        position_id = newest_position(session, "sales").id
    ids: dict[str, Any] = {"candidate": canary.candidate_id, "interview": canary.interview_id, "position": position_id}
    with services.database.engine.begin() as connection:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in NOBODY:
                _plant_row(services, connection, table, canary, wrapped, ids)
    return canary


def _plant_row(
    services: Services, connection: Connection, table: Table, canary: Canary, wrapped: bytes, ids: dict[str, Any]
) -> None:
    own = services.keys.new_wrapped_key() if "wrapped_key" in table.c and table.name != "candidate" else wrapped
    key = services.keys.unwrap(own)
    row: dict[str, Any] = {}
    for column in table.columns:
        name = f"{table.name}.{column.name}"
        if column.name == "wrapped_key":
            row[column.name] = own
        elif name in _NATURAL:
            row[column.name] = _NATURAL[name](canary, key)
        else:
            row[column.name] = _value(column, canary, key, ids)
        if (mark := _mark(row[column.name])) is not None:
            canary.marks[name] = mark
    connection.execute(table.insert().values(row))
    canary.tables.add(table.name)
    if len(table.primary_key.columns) == 1:
        ids.setdefault(table.name, row[next(iter(table.primary_key.columns)).name])


def _value(column: Column[Any], canary: Canary, key: DataKey, ids: Mapping[str, Any]) -> Any:
    mark = f"canary-{canary.number}-{column.table.name}-{column.name}"
    kind = column.type
    if column.foreign_keys:
        return ids.get(next(iter(column.foreign_keys)).column.table.name)
    if column.name in ("interview_id", "candidate_id"):
        return ids[column.name.removesuffix("_id")]
    if column.primary_key and column.name == "id":
        return ids.get(column.table.name) or new_id()
    if isinstance(kind, UtcDateTime):
        return now()
    if isinstance(kind, Date):
        return now().date()
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer):
        return canary.number
    if isinstance(kind, Float):
        return 0.5
    if isinstance(kind, JSON):
        return {"canary": mark}
    if isinstance(kind, LargeBinary):
        return key.seal_bytes(mark.encode(), "canary")
    return key.seal(mark) if column.name.endswith("sealed") else mark


def _mark(value: Any) -> bytes | None:
    if isinstance(value, dict):
        value = value.get("canary")
    if isinstance(value, str) and (value.startswith("canary-") or len(value) > 60):
        return value.encode()
    return value if isinstance(value, bytes) else None


_NATURAL: Final[Mapping[str, Callable[[Canary, DataKey], Any]]] = {
    "applicant.connector": lambda canary, _: "odoo",
    "applicant.standing": lambda canary, _: "open",
    "candidate.external_id": lambda canary, _: canary.external_id,
    "candidate.phone_sealed": lambda canary, key: key.seal(canary.phone),
    "delivery.connector": lambda canary, _: "records",
    "delivery.state": lambda canary, _: "sent",
    "groupnote.key": lambda canary, _: f"person:{canary.interview_id}:{canary.number}",
    "hire.candidate_external_id": lambda canary, _: canary.external_id,
    "hrmslink.connector": lambda canary, _: "odoo",
    "hrmslink.our_id": lambda canary, _: f"{canary.candidate_id}.{canary.number}",
    "interview.language": lambda canary, _: "zh",
    "invitationlist.file_sealed": lambda canary, key: key.seal_bytes(
        f"姓名,手机\r\n某人,{canary.phone}\r\n".encode(), LIST_PURPOSE
    ),
    "invitationlist.outcome_sealed": lambda canary, key: key.seal(f"canary-{canary.number}", LIST_PURPOSE),
    "legalhold.candidate_id": lambda canary, _: canary.candidate_id,
    "legalhold.position_key": lambda canary, _: None,
    "letter.channel": lambda canary, _: "email",
    "providerorder.callback_url": lambda canary, _: f"https://canary-{canary.number}.example.com",
    "timer.subject": lambda canary, _: canary.interview_id,
    "walkin.contact_sealed": lambda canary, key: key.seal(canary.phone),
    "webhookreceipt.connector": lambda canary, _: "webhook",
}
"""Where what the column says decides what the product does with the row."""


def left(canary: Canary, values: Iterable[bytes]) -> set[str]:
    """The table.column whose mark is found among the values, wherever it lies now."""
    found = b"\0".join(values)
    return {name for name, mark in canary.marks.items() if mark in found}


def every_value(engine: Engine, tables: Iterable[Table] | None = None) -> Iterator[bytes]:
    """Every value of every table as bytes."""
    with engine.connect() as connection:
        for table in tables if tables is not None else SQLModel.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                for value in row:
                    yield bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


def tables_naming(engine: Engine, *ids: str) -> set[str]:
    """Tables with a row in which one of these ids stands, in whatever column."""
    return {
        table.name
        for table in SQLModel.metadata.sorted_tables
        if any(each.encode() in b"\0".join(every_value(engine, [table])) for each in ids)
    }
