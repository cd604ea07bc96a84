"""The link table as one connector uses it: every method is a transaction of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.clock import now
from core.database import Database
from core.errors import Rejected
from core.tables import HrmsLink


class LinkTaken(Rejected):
    """The record over there already stands for another of ours."""


@dataclass(frozen=True, slots=True)
class Link:
    """One row; `remote_id` is None while nobody knows whether the record was made."""

    our_id: str
    remote_id: str | None
    content_hash: str | None


class Links:
    """Ours and theirs of the connector named `connector`. Its transactions run in threads: a database that is locked
    holds up nobody else."""

    def __init__(self, database: Database, connector: str) -> None:
        self._database = database
        self._connector = connector

    async def get(self, kind: str, our_id: str) -> Link | None:
        """The link of one of ours."""
        return await asyncio.to_thread(self._get, kind, our_id)

    async def standing_for(self, kind: str, remote_id: str) -> Link | None:
        """The link of one of theirs."""
        return await asyncio.to_thread(self._standing_for, kind, remote_id)

    async def starting_with(self, kind: str, prefix: str) -> list[Link]:
        """All links of a kind whose own id starts with `prefix`, the oldest first."""
        return await asyncio.to_thread(self._starting_with, kind, prefix)

    async def begin(self, kind: str, our_id: str, content_hash: str | None = None) -> tuple[Link, bool]:
        """The link of one of ours, made now if there was none, and whether it was there before. The first content
        hash stays, whoever asks later with another."""
        try:
            return await asyncio.to_thread(self._begin, kind, our_id, content_hash)
        except IntegrityError:  # another worker was faster
            return await asyncio.to_thread(self._begin, kind, our_id, content_hash)

    async def put(self, kind: str, our_id: str, remote_id: str) -> None:
        """Set the other end. Raises LinkTaken when it stands for another of ours."""
        try:
            await asyncio.to_thread(self._put, kind, our_id, remote_id)
        except IntegrityError as taken:
            there = await self.get(kind, our_id)
            if there is None or there.remote_id != remote_id:
                raise LinkTaken(f"The {kind} {remote_id} already stands for another of ours.") from taken

    async def note_contents(self, kind: str, contents: Mapping[str, str]) -> None:
        """Set the content hashes of several of ours, at once."""
        await asyncio.to_thread(self._note_contents, kind, contents)

    async def forget(self, kind: str, our_id: str) -> None:
        """Drop the link of one of ours."""
        await asyncio.to_thread(self._drop, self._of(kind).where(HrmsLink.our_id == our_id))

    async def forget_starting_with(self, kind: str, prefix: str) -> None:
        """Drop all links of a kind whose own id starts with `prefix`."""
        await asyncio.to_thread(self._drop, self._select(kind, prefix))

    def _get(self, kind: str, our_id: str) -> Link | None:
        with self._database.reading() as session:
            row = self._row(session, kind, our_id)
            return _link(row) if row is not None else None

    def _standing_for(self, kind: str, remote_id: str) -> Link | None:
        with self._database.reading() as session:
            row = session.exec(self._of(kind).where(HrmsLink.remote_id == remote_id)).first()
            return _link(row) if row is not None else None

    def _starting_with(self, kind: str, prefix: str) -> list[Link]:
        with self._database.reading() as session:
            rows = session.exec(self._select(kind, prefix).order_by(col(HrmsLink.id)))
            return [_link(row) for row in rows]

    def _begin(self, kind: str, our_id: str, content_hash: str | None) -> tuple[Link, bool]:
        with self._database.unit_of_work() as session:
            row = self._row(session, kind, our_id)
            known = row is not None
            if row is None:
                row = self._new(kind, our_id)
                row.content_hash = content_hash
                session.add(row)
                session.flush()
            return _link(row), known

    def _put(self, kind: str, our_id: str, remote_id: str) -> None:
        with self._database.unit_of_work() as session:
            row = self._row(session, kind, our_id) or self._new(kind, our_id)
            row.remote_id = remote_id
            session.add(row)
            session.flush()

    def _note_contents(self, kind: str, contents: Mapping[str, str]) -> None:
        with self._database.unit_of_work() as session:
            for our_id, content_hash in contents.items():
                row = self._row(session, kind, our_id) or self._new(kind, our_id)
                row.content_hash = content_hash
                session.add(row)

    def _drop(self, rows: SelectOfScalar[HrmsLink]) -> None:
        with self._database.unit_of_work() as session:
            for row in session.exec(rows):
                session.delete(row)

    def _of(self, kind: str) -> SelectOfScalar[HrmsLink]:
        return select(HrmsLink).where(HrmsLink.connector == self._connector, HrmsLink.kind == kind)

    def _select(self, kind: str, prefix: str) -> SelectOfScalar[HrmsLink]:
        return self._of(kind).where(col(HrmsLink.our_id).startswith(prefix, autoescape=True))

    def _row(self, session: Session, kind: str, our_id: str) -> HrmsLink | None:
        return session.exec(self._of(kind).where(HrmsLink.our_id == our_id)).first()

    def _new(self, kind: str, our_id: str) -> HrmsLink:
        return HrmsLink(connector=self._connector, kind=kind, our_id=our_id, linked_at=now())


def link_given(session: Session, connector: str, kind: str, our_id: str, remote_id: str) -> None:
    """Let `remote_id` stand for `our_id` from now on, inside the caller's transaction, and for no other of ours."""
    same = select(HrmsLink).where(
        HrmsLink.connector == connector, HrmsLink.kind == kind, HrmsLink.remote_id == remote_id
    )
    row = session.exec(same).first()
    if row is None:
        session.add(HrmsLink(connector=connector, kind=kind, our_id=our_id, remote_id=remote_id, linked_at=now()))
    else:
        row.our_id, row.linked_at = our_id, now()


def _link(row: HrmsLink) -> Link:
    return Link(row.our_id, row.remote_id, row.content_hash)
