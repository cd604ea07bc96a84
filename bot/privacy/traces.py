"""Copies that can be found by name and contact alone, so they go before the key does: files of the exchange folder,
lists of people to invite, applications that nobody was invited for yet, and who scanned a QR code."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from bot.outreach.applicant_invitation import Told
from bot.outreach.invitation_list import PURPOSE as LIST_PURPOSE
from bot.privacy.erasing import NOTHING_TOLD, OwnKeys
from bot.services import Services
from core.encryption import DataKey
from core.errors import Unavailable
from core.tables import Applicant, Candidate, InvitationList, WalkIn
from hr_bridge.connectors.files.folder import plain_files, read_plain, write_whole
from hr_bridge.csv_text import from_text
from hr_bridge.imports.folder import IN
from hr_bridge.imports.table_file import TableRefused, read_table

FEWEST_DIGITS: Final = 7
_NO_DIGIT: Final = re.compile(r"\D")
_ENCODINGS: Final = ("utf-8-sig", "gb18030")


class FolderAway(Unavailable):
    """The exchange folder is not there: it may hold copies."""


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """What a copy elsewhere may know the candidate by."""

    name: str
    phone: str | None
    email: str | None
    external_id: str | None

    def is_in(self, cells: list[str]) -> bool:
        """True where a row of a table is about this person: the phone number, the address or the external id says so."""
        digits = _NO_DIGIT.sub("", self.phone or "")[-10:]
        for cell in (from_text(each).strip() for each in cells):
            if self.external_id and cell == self.external_id:
                return True
            if self.email and self.email.casefold() in cell.casefold():
                return True
            if len(digits) >= FEWEST_DIGITS and _NO_DIGIT.sub("", cell).endswith(digits):
                return True
        return False


def person_of(candidate: Candidate, key: DataKey) -> Person:
    """The candidate as other places may know them."""
    phone, email = candidate.phone_sealed, candidate.email_sealed
    return Person(
        key.open(candidate.name_sealed),
        key.open(phone) if phone else None,
        key.open(email) if email else None,
        candidate.external_id,
    )


def remove_from_lists(services: Services, session: Session, person: Person) -> tuple[dict[str, int], OwnKeys]:
    """Destroy uploaded lists that name the person, unless one is being worked on, their scans of a QR code, and what is
    known of applications of theirs that wait for an invitation.

    Returns how many went, and whose keys may lie with those of the backups. Raises Unavailable while people of such a
    list are being invited.
    """
    removed = {"invitation lists": 0, "QR registrations": 0, "waiting applications": 0}
    applications: list[str] = []
    for row in session.exec(select(InvitationList)):
        key = services.keys.unwrap(row.wrapped_key)
        content = key.open_bytes(row.file_sealed, LIST_PURPOSE)
        outcome = key.open(row.outcome_sealed, LIST_PURPOSE) if row.outcome_sealed else ""
        if person.name not in outcome and not any(person.is_in(cells) for cells in _rows(content)):
            continue
        if row.confirmed_at is not None and row.finished_at is None:
            raise Unavailable("a list with this candidate is being worked on; the erasure goes on after it")
        session.delete(row)
        removed["invitation lists"] += 1
    for scan in session.exec(select(WalkIn)):
        if person.is_in([services.keys.unwrap(scan.wrapped_key).open(scan.contact_sealed)]):
            session.delete(scan)
            removed["QR registrations"] += 1
    waiting = select(Applicant).where(col(Applicant.interview_id).is_(None), col(Applicant.told_sealed).is_not(None))
    for application in session.exec(waiting):
        told = Told.open(str(application.told_sealed), services.keys.unwrap(application.wrapped_key))
        if person.is_in([told.phone or "", told.email or ""]):
            application.sqlmodel_update(dict(NOTHING_TOLD))
            removed["waiting applications"] += 1
            applications.append(application.id)
    return removed, {"applicant": applications}


def remove_from_folder(root: Path, person: Person) -> dict[str, int]:
    """Take the person's rows out of the files that were taken in, and of the lists of links beside them; a workbook that
    names them goes as a whole, since what it held is in the database. Raises FolderAway."""
    removed = {"rows of imported files": 0, "imported workbooks": 0}
    if not root.is_dir():
        raise FolderAway(f"The folder {root} is not there: mount it, or correct HRMS_FOLDER.")
    for folder in (root / IN / "done", root / IN / "refused"):
        for path in plain_files(folder) if folder.is_dir() else ():
            data = read_plain(path)
            kept, gone = _without(data, person)
            if kept is not None and gone:
                write_whole(path, kept)
                removed["rows of imported files"] += gone
            elif kept is None and any(person.is_in(cells) for cells in _rows(data)):
                path.unlink()
                removed["imported workbooks"] += 1
    return removed


def _without(data: bytes, person: Person) -> tuple[bytes | None, int]:
    """The text without the person's rows and how many went; None where it is no text."""
    found = _text_of(data)
    if found is None:
        return None, 0
    text, encoding = found
    delimiter, out, gone = _delimiter(text), io.StringIO(), 0
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for cells in csv.reader(io.StringIO(text), delimiter=delimiter):
        if person.is_in(cells):
            gone += 1
        else:
            writer.writerow(cells)
    return out.getvalue().encode(encoding), gone


def _rows(data: bytes) -> Iterator[list[str]]:
    found = _text_of(data)
    if found is not None:
        yield from csv.reader(io.StringIO(found[0]), delimiter=_delimiter(found[0]))
        return
    try:
        table = read_table(data)
    except TableRefused:
        return
    for _, cells in table.rows():
        yield cells


def _text_of(data: bytes) -> tuple[str, str] | None:
    if b"\0" in data or data.startswith(b"PK"):
        return None
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return None


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max("\t,;|", key=first.count)
