"""Pay bands and market pay are kept as rows; a newer file's amounts take the place of older ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select, tuple_

from core.clock import now
from core.database import Database
from core.tables import MarketPay, PayBand
from hr_bridge.imports.importer import Kept
from hr_bridge.imports.rows import PERCENTILES, MarketRow, PayBandRow, Row


class PayKeeper:
    """Keeps one of the two tables, whose keys are family, grade, currency and period."""

    def __init__(self, database: Database, table: type[PayBand] | type[MarketPay]) -> None:
        self._database = database
        self._table = table

    def keep(self, rows: Sequence[tuple[int, Row]], source: str, *, dry_run: bool) -> Kept:
        """See `Keeper.keep`."""
        kept = Kept()
        with self._database.reading() if dry_run else self._database.unit_of_work() as session:
            there = self._there(session, [row.key for _, row in rows if row.key])
            for _, row in rows:
                assert isinstance(row, PayBandRow | MarketRow)
                amounts, found = _amounts(row), there.get(row.key)
                if found is None:
                    kept.new += 1
                    family, grade, currency, period = row.key
                    session.add(
                        self._table(
                            family=family, grade=grade, currency=currency, period=period, **amounts,
                            source=source, imported_at=now(),
                        )
                    )  # fmt: skip
                elif any(getattr(found, name) != amount for name, amount in amounts.items()):
                    kept.changed += 1
                    for name, value in {**amounts, "source": source, "imported_at": now()}.items():
                        setattr(found, name, value)
                else:
                    kept.unchanged += 1
        return kept

    def _there(self, session: Session, keys: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], PayBand | MarketPay]:
        table = self._table
        columns = tuple_(col(table.family), col(table.grade), col(table.currency), col(table.period))
        rows: Sequence[Any] = session.exec(select(table).where(columns.in_(keys))).all()
        return {(one.family, one.grade, one.currency, one.period): one for one in rows}


def _amounts(row: PayBandRow | MarketRow) -> dict[str, Any]:
    if isinstance(row, PayBandRow):
        return {"low": row.low, "high": row.high}
    return dict(zip(PERCENTILES, row.percentiles, strict=True))
