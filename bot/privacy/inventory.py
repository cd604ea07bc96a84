"""Where the database holds something about a candidate.

Whatever is tied to an interview or a candidate, by a foreign key or by a column of that name, is about them and goes
with them; a new table is found by itself. Only what is named here is treated otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, or_, select
from sqlmodel import SQLModel

import core.tables  # noqa: F401  fills the metadata

CANDIDATE: Final = "candidate"
INTERVIEW: Final = "interview"
OUTLIVE: Final = frozenset(
    {"erasurerequest", "erasedsubject", "erasurenotice", "erasurecertificate", "legalhold", "webhookreceipt"}
)
"""What tells of the erasure itself, in ids; receipts go when the receiver was told (hr_bridge/connectors/webhook)."""
CLEARED: Final = frozenset({"applicant"})
"""Rows that stay, so that nobody is brought back by what lies in the HR system, without anything about the person."""
BY_SUBJECT: Final = {"timer": "subject"}
"""Columns that hold an interview's id under another name."""
_NAMES: Final = {"interview_id": INTERVIEW, "candidate_id": CANDIDATE}


@cache
def tables_about_people() -> tuple[Table, ...]:
    """Every table with rows about a candidate, those that others refer to last, so that rows go in this order."""
    found = {CANDIDATE, INTERVIEW}
    ordered = [table for table in SQLModel.metadata.sorted_tables if table.name not in OUTLIVE | CLEARED]
    for table in ordered:
        if any(_refers_to(column) & found for column in table.columns) or table.name in BY_SUBJECT:
            found.add(table.name)
    return tuple(reversed([table for table in ordered if table.name in found]))


def about_interviews(table: Table, interview_ids: Collection[str]) -> ColumnElement[bool] | None:
    """The rows of `table` that are about these interviews; None where none can be."""
    return _condition(table, INTERVIEW, interview_ids, frozenset())


def about_candidate(table: Table, candidate_id: str) -> ColumnElement[bool] | None:
    """The rows of `table` that are about the candidate beside those of their interviews; None where none can be."""
    return _condition(table, CANDIDATE, [candidate_id], frozenset({INTERVIEW}))


def table_of(name: str) -> Table:
    """The table of this name."""
    return SQLModel.metadata.tables[name]


def _condition(table: Table, root: str, ids: Collection[str], without: frozenset[str]) -> ColumnElement[bool] | None:
    if table.name == root:
        return table.c.id.in_(ids)
    if table.name in without:
        return None
    found = list(_conditions(table, root, ids, without))
    return or_(*found) if found else None


def _conditions(
    table: Table, root: str, ids: Collection[str], without: frozenset[str]
) -> Iterator[ColumnElement[bool]]:
    if root == INTERVIEW and table.name in BY_SUBJECT:
        yield table.c[BY_SUBJECT[table.name]].in_(ids)
    direct = [column for column in table.columns if root in _refers_to(column)]
    for column in direct:
        yield column.in_(ids)
    if direct:
        return  # where it names the interview itself, nothing further need be followed
    about = {each.name for each in tables_about_people()} - {CANDIDATE, INTERVIEW, table.name} - without
    for column in table.columns:
        for name in sorted(_refers_to(column) & about):
            parent = table_of(name)
            inner = _condition(parent, root, ids, without)
            if inner is not None:
                yield column.in_(select(_key(parent)).where(inner))


def _refers_to(column: Column[Any]) -> set[str]:
    names = {key.column.table.name for key in column.foreign_keys}
    return names | ({_NAMES[column.name]} if column.name in _NAMES else set())


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key
