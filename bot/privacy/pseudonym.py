"""The decision record that stays: scores, match, decision and dates under a pseudonym, no name, no word, no quote.

It stands in the same tables, so that whatever counts interviews goes on counting it. Nothing leads from the former id
to the pseudonym: both are random, no table holds the pair, and of points in time only the day is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Table, insert, select
from sqlmodel import Session

from bot.privacy.inventory import about_interviews, table_of
from core.tables.candidate import PSEUDONYM

KEPT: Final[Mapping[str, Mapping[str, Any]]] = {
    "interview": {"extended_by": None, "clock_started_at": None, "paused_at": None},
    "question": {"text_sealed": None},
    "report": {"salary": None, "delivery": None},
    "score": {"evidence_sealed": "", "telling": None, "dimensions": None},
    "decision": {"reason_sealed": ""},
    "override": {"reason_sealed": ""},
    "reviewerrating": {},
}
"""The tables of the record, those that others refer to first, and what of their columns is emptied. Pay is emptied too:
it may repeat what the candidate said of theirs."""


def new_pseudonym() -> str:
    """A random id; unlike a ULID it does not say when it was made."""
    return f"{PSEUDONYM}{uuid4().hex}"


def is_pseudonym(subject: str) -> bool:
    """True for the id of a pseudonymised candidate or interview."""
    return subject.startswith(PSEUDONYM)


def keep_under_pseudonym(session: Session, interview_id: str, external_id: str | None = None) -> str:
    """Copy the decision record of an interview under new ids; the candidate's pseudonym. The former rows still stand.

    `external_id` is what a hire is told by from now on, for those whose time of keeping ended; None after an erasure.
    """
    candidate_id = new_pseudonym()
    ids: dict[str, str] = {}
    session.execute(
        insert(table_of("candidate")).values(
            id=candidate_id, wrapped_key=None, name_sealed="", external_id=external_id, created_at=_EPOCH
        )
    )
    for name, emptied in KEPT.items():
        table = table_of(name)
        condition = about_interviews(table, [interview_id])
        assert condition is not None
        for row in session.execute(select(table).where(condition)).mappings().all():
            ids[row["id"]] = new_pseudonym()
            values = {key: _kept(table, key, value, ids) for key, value in row.items()}
            if name == "interview":
                values["candidate_id"] = candidate_id
            session.execute(insert(table).values(**values | {"id": ids[row["id"]]} | dict(emptied)))
    return candidate_id


_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When the candidate came in is told by the interview's day."""


def _kept(table: Table, key: str, value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, datetime):
        return value.replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(value, str) and table.c[key].foreign_keys:
        return ids.get(value, value)
    return value
