"""Spreadsheets as other systems export them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
from sqlmodel import SQLModel

from core.clock import now
from core.database import Database
from core.encryption import KeyRing
from core.tables import Candidate
from hr_bridge.imports.importer import Keeper, import_file
from hr_bridge.imports.kinds import Kind
from hr_bridge.imports.report import ImportReport
from hr_bridge.imports.set_up import open_keepers

Row = Sequence[object]


def as_csv(*rows: Row, encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*rows: Row) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    book.save(out)
    return out.getvalue()


def repacked(xlsx: bytes, **members: bytes) -> bytes:
    """The same archive with other contents under the names that a member's path ends with."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            changed = next((body for key, body in members.items() if name.endswith(f"{key}.xml")), None)
            new.writestr(name, old.read(name) if changed is None else changed)
    return out.getvalue()


class House:
    """A database with the keepers of every kind but positions and candidates."""

    def __init__(self, folder: Path, master_key: str, url: str | None = None) -> None:
        self.database = Database(url or f"sqlite:///{folder}/imports.sqlite")
        SQLModel.metadata.create_all(self.database.engine)
        self.keys = KeyRing(master_key)
        self.keepers: dict[Kind, Keeper] = open_keepers(self.database, self.keys)

    def add_candidate(self, external_id: str) -> None:
        """Somebody who was invited."""
        wrapped = self.keys.new_wrapped_key()
        name = self.keys.unwrap(wrapped).seal("李雷")
        with self.database.unit_of_work() as session:
            session.add(Candidate(wrapped_key=wrapped, name_sealed=name, external_id=external_id, created_at=now()))

    def take(
        self, kind: Kind | None, data: bytes, source: str = "a.csv", preset: str | None = None, dry_run: bool = False
    ) -> ImportReport:
        return import_file(data, source, self.keepers, kind=kind, preset=preset, dry_run=dry_run)
