"""What is known of employees (appraisals, exits, hires) is kept sealed with the employee's own data key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from core.clock import now
from core.content import Phrase
from core.database import Database
from core.encryption import DataKey, KeyRing
from core.tables import CompetencyRating, Employee, EmployeeExit, EmployeePay, Hire, PerformanceRating, new_id
from hr_bridge.imports.importer import Kept
from hr_bridge.imports.rows import CompetencyRatingRow, ExitRow, HireRow, PayChangeRow, PerformanceRow, Row

PURPOSE: Final = "employment"
_ERASED: Final = Phrase(
    zh="该员工的数据已按要求删除，不再导入。", en="This employee's data were erased on request and are not taken again."
)

EmployeeTable = type[PerformanceRating] | type[CompetencyRating] | type[EmployeeExit] | type[EmployeePay] | type[Hire]
_COLUMNS: Final[dict[EmployeeTable, tuple[str, ...]]] = {
    PerformanceRating: ("period",),
    CompetencyRating: ("period", "competency", "family"),
    EmployeeExit: ("left_on",),
    EmployeePay: ("effective_on",),
    Hire: ("candidate_external_id", "started_on"),
}
"""What stands in clear beside the employee."""
_NO_KEY: Final = ("family", "started_on")
"""Of these columns, those that a newer file may change."""


class EmployeeKeeper:
    """Keeps rows of one table; its natural key is the employee and the columns in clear that do not change."""

    def __init__(self, database: Database, keys: KeyRing, table: EmployeeTable) -> None:
        self._database = database
        self._keys = keys
        self._table = table
        self._beside = tuple(name for name in _COLUMNS[table] if name not in _NO_KEY)

    def keep(self, rows: Sequence[tuple[int, Row]], source: str, *, dry_run: bool) -> Kept:
        """See `Keeper.keep`."""
        kept, new = Kept(), []
        with self._database.reading() if dry_run else self._database.unit_of_work() as session:
            people = self._people(session, {_employee(row) for _, row in rows})
            there = self._there(session, [person_id for person_id, _ in people.values()])
            for line, row in rows:
                person_id, key = people[_employee(row)]
                if key is None:
                    kept.refused.append((line, _ERASED))
                    continue
                columns, secret = _columns(row), _secret(row)
                found = there.get((person_id, *(columns[name] for name in self._beside)))
                if found is None:
                    kept.new += 1
                    new.append({"id": new_id(), "employee_id": person_id, **columns, **_kept(key, secret, source)})
                elif key.open(found["sealed"], PURPOSE) == secret and columns.items() <= found.items():
                    kept.unchanged += 1
                else:
                    kept.changed += 1
                    changed = update(self._table).where(col(self._table.id) == found["id"])
                    session.execute(changed.values(**columns, **_kept(key, secret, source)))
            if new:
                session.execute(insert(self._table), new)
        return kept

    def _people(self, session: Session, names: set[str]) -> dict[str, tuple[str, DataKey | None]]:
        """Id and key by external id; whoever is not known yet is entered."""
        found = session.exec(
            select(Employee.external_id, Employee.id, Employee.wrapped_key).where(col(Employee.external_id).in_(names))
        ).all()
        new = [
            {"id": new_id(), "external_id": name, "wrapped_key": self._keys.new_wrapped_key(), "created_at": now()}
            for name in sorted(names - {name for name, _, _ in found})
        ]
        if new:
            session.execute(insert(Employee), new)
        people = [*found, *((one["external_id"], one["id"], one["wrapped_key"]) for one in new)]
        return {
            str(name): (str(person_id), self._keys.unwrap(wrapped) if wrapped is not None else None)
            for name, person_id, wrapped in people
        }

    def _there(self, session: Session, people: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
        table = self._table
        names = ("id", "employee_id", "sealed", *_COLUMNS[table])
        columns: list[Any] = [getattr(table, name) for name in names]
        found = session.execute(select(*columns).where(col(table.employee_id).in_(people))).mappings()
        return {(one["employee_id"], *(one[name] for name in self._beside)): dict(one) for one in found}


def _employee(row: Row) -> str:
    assert isinstance(row, PerformanceRow | CompetencyRatingRow | ExitRow | HireRow | PayChangeRow)
    return row.employee


def _columns(row: Row) -> dict[str, str | date | None]:
    match row:
        case PerformanceRow():
            return {"period": row.period}
        case CompetencyRatingRow():
            return {"period": row.period, "competency": row.competency, "family": row.family}
        case ExitRow():
            return {"left_on": row.left_on}
        case HireRow():
            return {"candidate_external_id": row.candidate, "started_on": row.started_on}
        case PayChangeRow():
            return {"effective_on": row.effective_on}
    raise TypeError(type(row).__name__)


def _secret(row: Row) -> str:
    match row:
        case PerformanceRow() | CompetencyRatingRow():
            told: dict[str, object] = {"rating": row.rating, "scale": row.scale, "position": row.position}
        case ExitRow():
            told = {"reason": row.reason}
        case HireRow():
            names = ("base", "currency", "period", "months", "bonus_share")
            told = {name: getattr(row, name) for name in names}
        case PayChangeRow():
            told = {name: getattr(row, name) for name in ("base", "currency", "period", "months")}
        case _:
            raise TypeError(type(row).__name__)
    return json.dumps(told, ensure_ascii=False)


def _kept(key: DataKey, secret: str, source: str) -> dict[str, Any]:
    return {"sealed": key.seal(secret, PURPOSE), "source": source, "imported_at": now()}
