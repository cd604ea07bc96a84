"""What the HR records keep, and the promise that each effect is kept once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from core.clock import now
from core.database import Database
from core.errors import Refused, Rejected
from hr_bridge.connectors.records.candidate_file import Received, assemble_file, summarise
from hr_bridge.connectors.records.seal import Seal
from hr_bridge.connectors.records.shapes import (
    CandidateFile,
    CandidateList,
    Check,
    CheckBody,
    EffectBody,
    EffectReceipt,
    ErasureProof,
    Outcome,
    OutcomeBody,
    OutcomeList,
)
from hr_bridge.connectors.records.tables import CheckRow, EffectRow, ErasureRow, OutcomeRow, RecordsTable


class NotOnFile(Refused):
    """The records hold nothing under this id."""


class EffectConflict(Rejected):
    """The id, or the place of this effect within its interview, is taken by another content."""


class AlreadyErased(Rejected):
    """The candidate was erased; nothing about them is taken any more."""


class RecordsStore:
    """The records in one database. Every method is one transaction and raises core's DatabaseBusy when it is locked."""

    def __init__(self, database_url: str, seal: Seal) -> None:
        url = make_url(database_url)
        if url.drivername.startswith("sqlite") and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        self._seal = seal
        self._database = Database(database_url)
        RecordsTable.metadata.create_all(self._database.engine)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def check_readable(self) -> None:
        """Read a row, so that whoever asks knows that the database answers."""
        with self._database.reading() as session:
            session.execute(select(EffectRow.effect_id).limit(1)).first()

    def keep(self, effect_id: str, body: EffectBody) -> EffectReceipt:
        """Keep an effect; a second time under the same id nothing changes and the first receipt is given again.

        Raises:
            EffectConflict: the id holds another content, or another id already holds this kind and version.
            AlreadyErased: the candidate was erased.
        """
        try:
            return self._keep(effect_id, body)
        except IntegrityError:
            # Another writer was faster; what it wrote is visible now, so the second look decides.
            return self._keep(effect_id, body)

    def _keep(self, effect_id: str, body: EffectBody) -> EffectReceipt:
        assessment = body.assessment
        with self._database.unit_of_work() as session:
            _refuse_erased(session, assessment.candidate.id)
            row = session.get(EffectRow, effect_id)
            if row is not None:
                if self._seal.open(row.sealed, EffectBody) != body:
                    raise EffectConflict(f"The effect {effect_id} is on file with another content.")
                return _receipt(row)
            row = EffectRow(
                effect_id=effect_id,
                candidate_id=assessment.candidate.id,
                interview_id=assessment.interview_id,
                kind=body.kind,
                version=body.version,
                received_at=now(),
                sealed=self._seal.close(body),
            )
            if _is_place_taken(session, row):
                raise EffectConflict(f"Version {body.version} of this {body.kind} is on file under another effect id.")
            session.add(row)
            session.flush()
            return _receipt(row)

    def receipt(self, effect_id: str) -> EffectReceipt:
        """Return the receipt of an effect on file, or raise NotOnFile."""
        with self._database.reading() as session:
            row = session.get(EffectRow, effect_id)
            if row is None:
                raise NotOnFile(f"There is no effect {effect_id} on file.")
            return _receipt(row)

    def candidates(self, limit: int, offset: int) -> CandidateList:
        """Return a page of candidates, the one with the newest delivery first."""
        rank = func.row_number().over(
            partition_by=EffectRow.candidate_id, order_by=(EffectRow.received_at.desc(), EffectRow.effect_id.desc())
        )
        newest = select(EffectRow.effect_id, rank.label("rank")).subquery()
        page = (
            select(EffectRow)
            .join(newest, newest.c.effect_id == EffectRow.effect_id)
            .where(newest.c.rank == 1)
            .order_by(EffectRow.received_at.desc(), EffectRow.effect_id.desc())
            .limit(limit)
            .offset(offset)
        )
        with self._database.reading() as session:
            total = session.scalar(select(func.count(func.distinct(EffectRow.candidate_id)))) or 0
            lines = tuple(summarise(self._opened(row)) for row in session.scalars(page))
        return CandidateList(total=total, candidates=lines)

    def candidate_file(self, candidate_id: str) -> CandidateFile:
        """Return everything on file about a candidate, or raise NotOnFile."""
        effects = select(EffectRow).where(EffectRow.candidate_id == candidate_id)
        checks = select(CheckRow).where(CheckRow.candidate_id == candidate_id).order_by(CheckRow.recorded_at)
        with self._database.reading() as session:
            rows = session.scalars(effects.order_by(EffectRow.received_at, EffectRow.effect_id))
            received = [self._opened(row) for row in rows]
            if not received:
                raise NotOnFile("There is no file of this candidate.")
            return assemble_file(received, [self._check(row) for row in session.scalars(checks)])

    def keep_check(self, candidate_id: str, check_id: str, body: CheckBody) -> Check:
        """Enter or replace a written test or background check on a candidate's file.

        Raises:
            NotOnFile: there is no file of this candidate yet.
            AlreadyErased: the candidate was erased.
        """
        with self._database.unit_of_work() as session:
            _refuse_erased(session, candidate_id)
            on_file = select(EffectRow.effect_id).where(EffectRow.candidate_id == candidate_id).limit(1)
            if session.scalar(on_file) is None:
                raise NotOnFile("There is no file of this candidate.")
            row = CheckRow(
                candidate_id=candidate_id, check_id=check_id, recorded_at=now(), sealed=self._seal.close(body)
            )
            session.merge(row)
            return self._check(row)

    def keep_outcome(self, candidate_id: str, outcome_id: str, body: OutcomeBody) -> Outcome:
        """Enter or replace what became of a candidate. Raises as `keep_check` does."""
        with self._database.unit_of_work() as session:
            _refuse_erased(session, candidate_id)
            on_file = select(EffectRow.effect_id).where(EffectRow.candidate_id == candidate_id).limit(1)
            if session.scalar(on_file) is None:
                raise NotOnFile("There is no file of this candidate.")
            row = OutcomeRow(
                candidate_id=candidate_id, outcome_id=outcome_id, recorded_at=now(), sealed=self._seal.close(body)
            )
            session.merge(row)
            return self._outcome(row)

    def outcomes(self, since: datetime | None, limit: int, offset: int) -> OutcomeList:
        """Return a page of outcomes entered at `since` or later, the oldest first."""
        found = select(OutcomeRow).order_by(OutcomeRow.recorded_at, OutcomeRow.candidate_id, OutcomeRow.outcome_id)
        if since is not None:
            found = found.where(OutcomeRow.recorded_at >= since)
        with self._database.reading() as session:
            total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
            page = tuple(self._outcome(row) for row in session.scalars(found.limit(limit).offset(offset)))
        return OutcomeList(total=total, outcomes=page)

    def erase(self, candidate_id: str) -> ErasureProof:
        """Remove a candidate's file and remember that it was; the second time the first proof is given again."""
        with self._database.unit_of_work() as session:
            row = session.get(ErasureRow, candidate_id)
            if row is None:
                effects = session.scalars(
                    delete(EffectRow).where(EffectRow.candidate_id == candidate_id).returning(EffectRow.effect_id)
                ).all()
                checks = session.scalars(
                    delete(CheckRow).where(CheckRow.candidate_id == candidate_id).returning(CheckRow.check_id)
                ).all()
                session.execute(delete(OutcomeRow).where(OutcomeRow.candidate_id == candidate_id))
                row = ErasureRow(candidate_id=candidate_id, erased_at=now(), effects=len(effects), checks=len(checks))
                session.add(row)
            proof = ErasureProof(
                candidate_id=row.candidate_id, erased_at=row.erased_at, effects=row.effects, checks=row.checks
            )
        self._empty_the_log()
        return proof

    def _empty_the_log(self) -> None:
        """SQLite's write-ahead log still holds the pages as they were; move it into the file and cut it to nothing."""
        if self._database.engine.dialect.name == "sqlite":
            connection = self._database.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def _opened(self, row: EffectRow) -> Received:
        return Received(row.effect_id, row.received_at, self._seal.open(row.sealed, EffectBody))

    def _outcome(self, row: OutcomeRow) -> Outcome:
        body = self._seal.open(row.sealed, OutcomeBody)
        place = {"candidate_id": row.candidate_id, "outcome_id": row.outcome_id, "recorded_at": row.recorded_at}
        return Outcome(**place, **body.model_dump())

    def _check(self, row: CheckRow) -> Check:
        body = self._seal.open(row.sealed, CheckBody)
        return Check(check_id=row.check_id, recorded_at=row.recorded_at, **body.model_dump())


def _refuse_erased(session: Session, candidate_id: str) -> None:
    if session.get(ErasureRow, candidate_id) is not None:
        raise AlreadyErased("The candidate was erased here; nothing about them is taken any more.")


def _is_place_taken(session: Session, row: EffectRow) -> bool:
    place = select(EffectRow.effect_id).where(
        EffectRow.interview_id == row.interview_id, EffectRow.kind == row.kind, EffectRow.version == row.version
    )
    return session.scalar(place) is not None


def _receipt(row: EffectRow) -> EffectReceipt:
    return EffectReceipt(effect_id=row.effect_id, record_id=row.candidate_id, received_at=row.received_at)
