"""Many people invited at once, from a pasted or uploaded list: looked through first, then confirmed, then invited by the
worker row by row. Done twice, nobody is invited twice: see `imported_candidates`.

The list is kept sealed under a key of its own, and is gone a day after it was uploaded.
"""

from __future__ import annotations

import csv
import io
import json
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from bot.accounts import Account, account_by_id, record
from bot.identity import masked
from bot.outreach.imported_candidates import CandidateKeeper, InvitedRow
from bot.services import Services
from core.clock import now
from core.encryption import DataKey
from core.errors import Refused
from core.tables import InvitationList
from hr_bridge.imports.importer import Kept, import_file
from hr_bridge.imports.kinds import kinds, presets
from hr_bridge.imports.report import ImportReport
from hr_bridge.imports.rows import CandidateRow, Row

KEPT_FOR: Final = timedelta(days=1)
LEASE: Final = timedelta(minutes=2)
PASTED: Final = ("姓名", "手机", "岗位", "渠道")
"""The order of columns in what is pasted without headings."""
PURPOSE: Final = "invitation list"
NOTED_EVERY_S: Final = 0.5


class ListUnknown(Refused):
    """There is no such list, or it was uploaded more than a day ago, or by somebody else."""


class ListEmpty(Refused):
    """Neither a file nor a pasted line."""


@dataclass(slots=True, repr=False)
class Outcome:
    """What the page shows of a list. `people` are those to be invited, or who were."""

    rows: int = 0
    new: int = 0
    unchanged: int = 0
    refused: int = 0
    remarks: list[dict[str, Any]] = field(default_factory=list)
    """`line`, `column`, `refused`, `zh`, `en`, in the order of the list."""
    headings_added: bool = False
    """The list came without headings: its first line is 1, and ours before it is none of it."""
    people: list[dict[str, str]] = field(default_factory=list)
    """`line`, `name`, `contact` (masked), `position`, `channel`; once invited `road`, and `url` where there is none."""


@dataclass(frozen=True, slots=True, repr=False)
class ListView:
    """A list as it stands."""

    id: str
    rows: int
    done: int
    confirmed: bool
    finished: bool
    outcome: Outcome


def take_list(services: Services, data: bytes, by: Account) -> str:
    """Look through a list without inviting anybody, and keep it; its id. Raises ListEmpty, TableRefused, ReadersBusy."""
    if not data.strip():
        raise ListEmpty("neither a file nor a pasted line")
    given, data = data, with_headings(data)
    keeper = _Watched(services, by, lambda _: None)
    outcome = _outcome(_import(data, keeper, dry_run=True), keeper.people, given != data)
    wrapped = services.keys.new_wrapped_key()
    key = services.keys.unwrap(wrapped)
    with services.database.unit_of_work() as session:
        forget_old(session)
        made = InvitationList(
            wrapped_key=wrapped,
            file_sealed=key.seal_bytes(data, PURPOSE),
            made_by=by.id,
            made_at=now(),
            rows=outcome.new,
            outcome_sealed=_seal(key, outcome),
        )
        session.add(made)
        session.flush()
        return made.id


def read_list(services: Services, list_id: str, by: Account) -> ListView:
    """Raises ListUnknown."""
    with services.database.reading() as session:
        found = _own(session, list_id, by)
        key = services.keys.unwrap(found.wrapped_key)
        outcome = Outcome(**json.loads(key.open(found.outcome_sealed or "", PURPOSE)))
        confirmed, finished = found.confirmed_at is not None, found.finished_at is not None
        return ListView(found.id, found.rows, found.done, confirmed, finished, outcome)


def confirm_list(services: Services, list_id: str, by: Account) -> None:
    """Have everybody on the list invited. Twice is once. Raises ListUnknown."""
    with services.database.unit_of_work() as session:
        found = _own(session, list_id, by)
        if found.confirmed_at is None:
            found.confirmed_at = now()
            key = services.keys.unwrap(found.wrapped_key)
            before = Outcome(**json.loads(key.open(found.outcome_sealed or "", PURPOSE)))
            found.outcome_sealed = _seal(key, Outcome(headings_added=before.headings_added))
            record(session, by, "list_confirmed", list_id)


def invite_listed(services: Services) -> None:
    """For the worker: invite the people of one confirmed list. One that was cut off goes on after its lease ran out."""
    with services.database.unit_of_work() as session:
        forget_old(session)
        waiting = select(InvitationList).where(
            col(InvitationList.confirmed_at).is_not(None), col(InvitationList.finished_at).is_(None)
        )
        free = session.exec(waiting.with_for_update(skip_locked=True))  # two workers must not take the same one
        found = next((one for one in free if not one.leased_until or one.leased_until < now()), None)
        if found is None:
            return
        found.leased_until = now() + LEASE
    key = services.keys.unwrap(found.wrapped_key)
    before = Outcome(**json.loads(key.open(found.outcome_sealed or "", PURPOSE)))
    with services.database.reading() as session:
        # Whoever has lost a position since they confirmed the list invites nobody for it any more.
        known = account_by_id(session, found.made_by, closed_too=True)
    by = known or Account(found.made_by, "", "recruiter")

    noted = float("-inf")

    def note(people: list[dict[str, str]]) -> None:
        nonlocal noted
        if time.monotonic() - noted < NOTED_EVERY_S:  # the whole list is sealed anew each time
            return
        noted = time.monotonic()
        with services.database.unit_of_work() as session:
            row = session.get_one(InvitationList, found.id)
            row.done, row.leased_until = len(people), now() + LEASE
            row.outcome_sealed = _seal(key, Outcome(headings_added=before.headings_added, people=people))

    keeper = _Watched(services, by, note, before.people)
    report = _import(key.open_bytes(found.file_sealed, PURPOSE), keeper, dry_run=False)
    outcome = _outcome(report, keeper.people, before.headings_added)
    outcome.new, outcome.unchanged = outcome.new + len(before.people), outcome.unchanged - len(before.people)
    with services.database.unit_of_work() as session:
        row = session.get_one(InvitationList, found.id)
        row.done, row.finished_at, row.outcome_sealed = len(keeper.people), now(), _seal(key, outcome)


def anything_waits(services: Services) -> bool:
    """True where a list is to be worked through, or to be forgotten."""
    with services.database.reading() as session:
        confirmed = select(InvitationList.id).where(
            col(InvitationList.confirmed_at).is_not(None), col(InvitationList.finished_at).is_(None)
        )
        old = select(InvitationList.id).where(InvitationList.made_at < now() - KEPT_FOR)
        return session.exec(confirmed.limit(1)).first() is not None or session.exec(old.limit(1)).first() is not None


def forget_old(session: Session) -> None:
    """Destroy what is older than a day, key and all."""
    for old in session.exec(select(InvitationList).where(InvitationList.made_at < now() - KEPT_FOR)):
        session.delete(old)


def with_headings(data: bytes) -> bytes:
    """A pasted list whose first line has no heading of ours gets those of PASTED; all else stays as it is."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    if any(sign < " " and sign not in "\t\r\n" for sign in text):
        return data  # a workbook, or no text at all
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = next((sign for sign in ("\t", ",", ";", "，") if sign in first), "\t")
    if delimiter == "，":
        text, delimiter = text.replace("，", ","), ","
    known = {_plain(heading) for preset in presets().values() for heads in preset.kinds.get("candidates", {}).values() for heading in heads}  # fmt: skip
    known |= set(kinds()["candidates"].columns)
    cells = [_plain(cell) for cell in next(csv.reader(io.StringIO(first), delimiter=delimiter), [])]
    if any(cell in known for cell in cells):
        return data
    return (delimiter.join(PASTED) + "\n" + text.lstrip("\ufeff\r\n")).encode()


class _Watched:
    """A keeper that tells of each row as it goes, and passes it on to the one that invites."""

    def __init__(
        self,
        services: Services,
        by: Account,
        note: Callable[[list[dict[str, str]]], None],
        people: Sequence[dict[str, str]] = (),
    ) -> None:
        self.people: list[dict[str, str]] = list(people)
        self._invited: InvitedRow | None = None
        self._note = note
        self._inner = CandidateKeeper(services, self._keep_link, by)

    def keep(self, rows: Sequence[tuple[int, Row]], source: str, *, dry_run: bool) -> Kept:
        """See `Keeper.keep`."""
        total = Kept()
        for line, row in rows:
            assert isinstance(row, CandidateRow)
            self._invited = None
            kept = self._inner.keep([(line, row)], source, dry_run=dry_run)
            total.new, total.unchanged = total.new + kept.new, total.unchanged + kept.unchanged
            total.refused += kept.refused
            total.notes += kept.notes
            if kept.new:
                self.people.append(_person(line, row, self._invited))
                if not dry_run:
                    self._note(self.people)
        return total

    def _keep_link(self, invited: InvitedRow) -> None:
        self._invited = invited


def _person(line: int, row: CandidateRow, invited: InvitedRow | None) -> dict[str, str]:
    told = {
        "line": str(line),
        "name": row.name,
        "contact": masked(row.phone or row.email or ""),
        "position": row.position,
        "channel": row.channel or "",
    }
    if invited is not None:
        road = invited.invitation.letter
        told |= {"road": road or "", "url": "" if road else invited.invitation.url}
    return told


def _import(data: bytes, keeper: _Watched, *, dry_run: bool) -> ImportReport:
    return import_file(data, "list", {"candidates": keeper}, kind="candidates", preset=None, dry_run=dry_run)


def _outcome(report: ImportReport, people: list[dict[str, str]], headings_added: bool) -> Outcome:
    remarks = sorted(report.to_json()["remarks"], key=lambda remark: remark["line"])
    return Outcome(report.rows, report.new, report.unchanged, report.refused, remarks, headings_added, people)


def _seal(key: DataKey, outcome: Outcome) -> str:
    return key.seal(json.dumps(asdict(outcome), ensure_ascii=False), PURPOSE)


def _own(session: Session, list_id: str, by: Account) -> InvitationList:
    found = session.get(InvitationList, list_id)
    if found is None or found.made_by != by.id or found.made_at < now() - KEPT_FOR:
        raise ListUnknown("there is no such list")
    return found


def _plain(heading: str) -> str:
    return "".join(unicodedata.normalize("NFKC", heading).split()).casefold()
