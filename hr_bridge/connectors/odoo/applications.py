"""Applicants of Odoo as applications: what they are read with, and which of their files is the résumé."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from hr_bridge.applications import Application, ResumeFile, Standing
from hr_bridge.assessment import HiredPackage
from hr_bridge.connectors.base import HrmsUnavailable
from hr_bridge.connectors.odoo.applicant import MODEL
from hr_bridge.connectors.odoo.client import FieldForbidden, Json, OdooClient
from hr_bridge.connectors.odoo.mapping import Mapping
from hr_bridge.connectors.odoo.payload import MODULE

FILES: Final = "ir.attachment"
NEEDED: Final = ("partner_name", "job_id", "active", "application_status", "write_date")
ASKED: Final = ("email_from", "partner_phone", "date_closed", "availability")
"""Read where they are there and our user may: one forbidden field would lose the whole record."""
PAY: Final = "salary_proposed"
_MADE: Final = re.compile(rf"{MODULE}\.applicant_(.+)-[^-]+")
_READABLE: Final = re.compile(r"\.(pdf|docx?|txt|rtf|odt)$", re.IGNORECASE)


class ApplicationReader:
    """Reads applicants through `client`; `mapping` says which job is which position."""

    def __init__(self, client: OdooClient, mapping: Mapping) -> None:
        self._client = client
        self._mapping = mapping
        self._positions = {job.job: key for key, job in mapping.jobs.items()}
        self._fields: list[str] | None = None

    async def read(self, ids: Sequence[int], after_id: int) -> list[Application]:
        """Those of `ids` that are there, in their order; up to `after_id` they are older than our looking."""
        rows = await self._rows(ids)
        found = [row["id"] for row in rows]
        ours, files = await self._made_by_us(MODEL, found), await self._resumes(found)
        order = {one: place for place, one in enumerate(ids)}
        rows.sort(key=lambda row: order[row["id"]])
        return [self._application(row, ours.get(row["id"]), files.get(row["id"]), after_id) for row in rows]

    async def fetch(self, file_id: int) -> bytes | None:
        """The bytes of a file."""
        row = await self._client.read(FILES, file_id, ["datas"])
        if row is None or not row["datas"]:
            return None
        try:
            return base64.b64decode(row["datas"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise HrmsUnavailable(f"The file {file_id} came damaged from Odoo.") from error

    async def _rows(self, ids: Sequence[int]) -> list[Json]:
        for _ in range(len(ASKED) + 2):
            fields = self._fields = self._fields or await self._readable()
            try:
                # Not `read`: there one id that was deleted meanwhile loses all the others.
                return await self._client.search(MODEL, [["id", "in", list(ids)]], fields)
            except FieldForbidden as forbidden:
                if forbidden.field in NEEDED or forbidden.field not in fields:
                    raise
                self._fields = [field for field in fields if field != forbidden.field]
        raise HrmsUnavailable("Odoo keeps refusing fields of applicants.")

    async def _readable(self) -> list[str]:
        asked = [*ASKED, *([PAY] if self._mapping.pay.enabled else [])]
        there = await self._client.call(MODEL, "fields_get", allfields=asked, attributes=["type"])
        return [*NEEDED, *(field for field in asked if field in there)]

    async def _made_by_us(self, model: str, ids: Sequence[int]) -> dict[int, str]:
        """External ids of ours, by record."""
        if not ids:
            return {}
        names = await self._client.call(model, "get_external_id", ids=list(ids))
        return {int(one): name for one, name in names.items() if name and name.startswith(f"{MODULE}.")}

    async def _resumes(self, ids: Sequence[int]) -> dict[int, ResumeFile]:
        """The newest readable file of each, else the newest of any kind; reports of ours are none."""
        if not ids:
            return {}
        on_them = [["res_model", "=", MODEL], ["res_id", "in", list(ids)]]
        rows = await self._client.search(FILES, on_them, ["name", "res_id", "file_size", "checksum"], order="id asc")
        ours = await self._made_by_us(FILES, [row["id"] for row in rows])
        by_applicant: dict[int, list[Json]] = {}
        for row in rows:
            if row["id"] not in ours:
                by_applicant.setdefault(int(row["res_id"]), []).append(row)
        return {one: _file(_likeliest(theirs)) for one, theirs in by_applicant.items()}

    def _application(self, row: Json, made: str | None, resume: ResumeFile | None, after_id: int) -> Application:
        job = row["job_id"] or None
        candidate = _MADE.fullmatch(made) if made else None
        return Application(
            remote_id=row["id"],
            version=str(row["write_date"]),
            was_there_before=row["id"] <= after_id,
            candidate_id=candidate[1] if candidate else None,
            name=_text(row["partner_name"]),
            email=_text(row.get("email_from")),
            phone=_text(row.get("partner_phone")),
            job_id=job[0] if job else None,
            job_title=_text(job[1]) if job else None,
            position=self._positions.get(job[0]) if job else None,
            standing=_standing(row),
            resume=resume,
            hired_on=_day(row.get("date_closed")),
            starts_on=_day(row.get("availability")),
            package=self._package(row.get(PAY)),
        )

    def _package(self, amount: Any) -> HiredPackage | None:
        if not amount or amount < 0:  # a slip of the hand over there must not hold up everybody behind it
            return None
        pay = self._mapping.pay
        return HiredPackage(base=float(amount), currency=pay.currency, period=pay.period)


def _standing(row: Json) -> Standing:
    if row["application_status"] == "refused":
        return "refused"
    if row["application_status"] == "hired" or row.get("date_closed"):
        return "hired"  # also one that was archived afterwards
    return "open" if row["active"] else "archived"


def _likeliest(rows: Iterable[Json]) -> Json:
    return max(rows, key=lambda row: (_READABLE.search(str(row["name"])) is not None, row["id"]))


def _file(row: Json) -> ResumeFile:
    return ResumeFile(row["id"], str(row["name"]), int(row["file_size"] or 0), str(row["checksum"] or row["id"]))


def _text(value: Any) -> str | None:
    """Odoo says false where there is nothing."""
    return value.strip() or None if isinstance(value, str) else None


def _day(value: Any) -> date | None:
    return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None
