"""What became of candidates who were hired, as the HR records tell it: rows of the same kinds that files bring, checked
by the same reader and kept by the same keepers. The person is the candidate; nobody types an employee's number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from core.errors import Refused
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.shapes import Outcome, OutcomeBody
from hr_bridge.imports.importer import Keeper
from hr_bridge.imports.kinds import Kind
from hr_bridge.imports.row_reader import RowUnreadable, read_row
from hr_bridge.imports.rows import Row

SOURCE: Final = "records"
PAGE: Final = 200


class OutcomeUnreadable(Refused):
    """A cell cannot be read; the sentence says which and what to write."""


def row_of(candidate_id: str, body: OutcomeBody) -> Row:
    """The row that a file would have brought. Raises OutcomeUnreadable."""
    who = {"employee": f"{SOURCE}:{candidate_id}", "candidate": candidate_id}
    try:
        return read_row(body.kind, {**body.cells, **who}, {})
    except RowUnreadable as error:
        name, why = error.faults[0]
        raise OutcomeUnreadable(f"{name or 'row'}: {why.en}") from None


async def take_outcomes(
    client: RecordsClient, keepers: Mapping[Kind, Keeper], since: datetime | None = None
) -> tuple[int, datetime | None]:
    """Take over what was entered from `since` on; how many changed anything, and when the newest was entered. What was
    taken before changes nothing. Raises HrmsUnavailable."""
    changed, offset, newest = 0, 0, since
    while True:
        page = await client.outcomes(since, PAGE, offset)
        for outcome in page.outcomes:
            changed += _keep(keepers, outcome)
            newest = outcome.recorded_at if newest is None else max(newest, outcome.recorded_at)
        offset += len(page.outcomes)
        if not page.outcomes or offset >= page.total:
            return changed, newest


def _keep(keepers: Mapping[Kind, Keeper], outcome: Outcome) -> int:
    kept = keepers[outcome.kind].keep([(1, row_of(outcome.candidate_id, outcome))], SOURCE, dry_run=False)
    return kept.new + kept.changed
