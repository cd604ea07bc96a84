"""Many candidates out of one interview: copies of all its rows under ids of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, select

from core.tables import Answer, Candidate, Interview, Message, Question, Report, Score, new_id

Row = dict[str, Any]


def _as_it_is(number: int, table: type[SQLModel], row: Row) -> Row | None:
    return row


def copy_interview(
    session: Session,
    first: str,
    count: int,
    tables: Sequence[type[SQLModel]] = (Message, Question, Answer, Score, Report),
    vary: Callable[[int, type[SQLModel], Row], Row | None] = _as_it_is,
) -> Sequence[str]:
    """`count` people who did what the one of the interview `first` did; their interviews' ids.

    `vary` is given each row of each copy by the copy's number and says what it is there, or None for no such row.
    `tables` come in the order in which they name each other.
    """
    interview = session.get_one(Interview, first)
    person = session.get_one(Candidate, interview.candidate_id).model_dump()
    originals: dict[Any, list[Row]] = {
        table: [row.model_dump() for row in session.exec(select(table).where(table.interview_id == first))]  # type: ignore[attr-defined]
        for table in tables
    }
    made: dict[Any, list[Row]] = {table: [] for table in (Candidate, Interview, *tables)}
    copies = [new_id() for _ in range(count)]
    for number, copy in enumerate(copies):
        candidate = person | {"id": new_id()}
        ids: dict[str, str] = {}
        rows: list[tuple[Any, Row]] = [
            (Candidate, candidate),
            (Interview, interview.model_dump() | {"id": copy, "candidate_id": candidate["id"]}),
        ]
        rows += [(table, _copied(row, copy, candidate["id"], ids)) for table in tables for row in originals[table]]
        for table, row in rows:
            varied = vary(number, table, row)
            if varied is not None:
                made[table].append(varied)
    for table, values in made.items():
        if values:
            session.execute(insert(table), values)
    return copies


def _copied(row: Row, interview_id: str, candidate_id: str, ids: dict[str, str]) -> Row:
    """A row of another interview: its own id, and the new ids of what it names."""
    ids[row["id"]] = new_id()
    turn = {"turn_id": new_id()} if "turn_id" in row else {}
    named = {"question_id": ids.get(row.get("question_id") or "")} if "question_id" in row else {}
    whose = {"candidate_id": candidate_id} if "candidate_id" in row else {}
    return row | turn | named | whose | {"id": ids[row["id"]], "interview_id": interview_id}
