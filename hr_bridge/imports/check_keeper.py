"""Written tests and background checks are kept sealed with the candidate's data key. They never count in the match."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from core.clock import now
from core.content import Phrase
from core.database import Database
from core.encryption import DataKey, KeyRing
from core.tables import Candidate, CandidateCheck
from hr_bridge.imports.importer import Kept
from hr_bridge.imports.rows import CheckRow, Row

PURPOSE: Final = "check"
_UNKNOWN: Final = Phrase(
    zh="没有这个外部编号的候选人；请核对编号，或先邀请候选人再导入。",
    en="There is no candidate with this external id; compare the id, or invite the candidate first.",
)
_ERASED: Final = Phrase(
    zh="该候选人的资料已按要求删除，不再导入。",
    en="This candidate's data were erased on request and are not taken again.",
)


@dataclass(frozen=True, slots=True, repr=False)
class KnownCheck:
    """One check as it is shown: texts as the file wrote them, None where it had none."""

    kind: str
    title: str
    result: str | None
    score: str | None
    source: str
    taken_on: date


class CheckKeeper:
    """Keeps rows under (candidate, kind, title, day). Somebody who was invited twice is one candidate here: they have
    one external id."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self._keys = keys

    def keep(self, rows: Sequence[tuple[int, Row]], source: str, *, dry_run: bool) -> Kept:
        """See `Keeper.keep`."""
        kept = Kept()
        with self._database.reading() if dry_run else self._database.unit_of_work() as session:
            people = self._people(session, {_check(row).candidate for _, row in rows})
            for line, row in rows:
                check = _check(row)
                if check.candidate not in people:
                    kept.refused.append((line, _UNKNOWN))
                    continue
                candidates = [one for one in people[check.candidate] if one.wrapped_key is not None]
                if not candidates:
                    kept.refused.append((line, _ERASED))
                    continue
                self._keep_one(session, kept, candidates, check, source)
        return kept

    def _keep_one(
        self, session: Session, kept: Kept, candidates: list[Candidate], check: CheckRow, source: str
    ) -> None:
        same = select(CandidateCheck).where(
            col(CandidateCheck.candidate_id).in_([one.id for one in candidates]),
            CandidateCheck.kind == check.kind,
            CandidateCheck.title == check.title,
            CandidateCheck.taken_on == check.taken_on,
        )
        found = session.exec(same.order_by(col(CandidateCheck.id).desc())).first()
        newest = found.candidate_id if found is not None else candidates[0].id
        key = self._keys.unwrap(next(one.wrapped_key for one in candidates if one.id == newest))
        told = json.dumps({"result": check.result, "score": check.score, "source": check.source}, ensure_ascii=False)
        if found is None:
            kept.new += 1
            found = CandidateCheck(
                candidate_id=newest,
                kind=check.kind,
                title=check.title,
                taken_on=check.taken_on,
                sealed="",
                file=source,
                imported_at=now(),
            )
        elif key.open(found.sealed, PURPOSE) == told:
            kept.unchanged += 1
            return
        else:
            kept.changed += 1
        found.sealed, found.file, found.imported_at = key.seal(told, PURPOSE), source, now()
        session.add(found)
        session.flush()

    def _people(self, session: Session, names: set[str]) -> dict[str, list[Candidate]]:
        """By external id, the newest first."""
        rows = select(Candidate).where(col(Candidate.external_id).in_(names)).order_by(col(Candidate.id).desc())
        people: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in session.exec(rows):
            people[str(candidate.external_id)].append(candidate)
        return dict(people)


def checks_of(session: Session, keys: KeyRing, candidate: Candidate) -> list[KnownCheck]:
    """What is on file of somebody, also under an earlier invitation of the same external id; the newest first."""
    same = [candidate]
    if candidate.external_id is not None:
        same = list(session.exec(select(Candidate).where(Candidate.external_id == candidate.external_id)))
    opened: dict[str, DataKey] = {one.id: keys.unwrap(one.wrapped_key) for one in same if one.wrapped_key is not None}
    rows = select(CandidateCheck).where(col(CandidateCheck.candidate_id).in_(list(opened)))
    return [
        KnownCheck(row.kind, row.title, told["result"], told["score"], told["source"], row.taken_on)
        for row in session.exec(rows.order_by(col(CandidateCheck.taken_on).desc(), col(CandidateCheck.id)))
        if (told := _told(row, opened[row.candidate_id]))
    ]


def _told(row: CandidateCheck, key: DataKey) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(key.open(row.sealed, PURPOSE))
    return told


def _check(row: Row) -> CheckRow:
    assert isinstance(row, CheckRow)
    return row
