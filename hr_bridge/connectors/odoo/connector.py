"""Odoo 19 as a Connector.

Odoo has no transaction over several calls, so an effect is a row of steps, each safe to repeat by our own id:
applicant → fields → report → event → note → stage. The note carries a marker with the effect's id, the digest of its
content and the stage move that was decided. It comes after all else but the stage, so the note, together with a stage
that no longer stands where it did, proves that the whole effect landed. We never hire and never refuse.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from core.database import Database
from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsRejected, HrmsUnavailable, Receipt
from hr_bridge.connectors.odoo.applicant import MODEL, SILENT, Applicants
from hr_bridge.connectors.odoo.client import Json, MessageStands, OdooClient, Unanswered
from hr_bridge.connectors.odoo.erasure import Eraser
from hr_bridge.connectors.odoo.fields import FieldWriter
from hr_bridge.connectors.odoo.links import Links
from hr_bridge.connectors.odoo.mapping import Mapping
from hr_bridge.connectors.odoo.payload import (
    Marker,
    aware,
    content_digest,
    event_name,
    external_id,
    naive_utc,
    note_html,
    read_marker,
    report_name,
)
from hr_bridge.connectors.odoo.stages import Stages
from hr_bridge.connectors.odoo.together import together

ReportFile = Callable[[str, int], bytes]
"""(interview id, version) → the report as a PDF."""


@dataclass(frozen=True, slots=True)
class _Note:
    """A note of ours in Odoo."""

    applicant_id: int
    received: str
    marker: Marker

    def receipt(self) -> Receipt:
        return Receipt(self.marker.effect_id, str(self.applicant_id), aware(self.received))


class OdooConnector:
    """Delivers to one Odoo through `client`, as `mapping` says; without `report_file` no report is attached."""

    name: Final = "odoo"

    def __init__(
        self, client: OdooClient, database: Database, mapping: Mapping, report_file: ReportFile | None = None
    ) -> None:
        self._client = client
        self._mapping = mapping
        self._report_file = report_file
        self._links = Links(database, self.name)
        self._applicants = Applicants(client, self._links, mapping)
        self._fields = FieldWriter(client, self._links, mapping)
        self._stages = Stages(client, mapping)
        self._eraser = Eraser(client, self._links, mapping)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def deliver(self, effect: Effect) -> Receipt:
        """See `Connector.deliver`."""
        async with self._lock(effect.assessment.candidate.id):
            try:
                return await self._deliver(effect)
            except Unanswered as error:
                raise DeliveryUnknown(effect.id, error.reason) from error

    async def find(self, effect_id: str) -> Receipt | None:
        """See `Connector.find`."""
        note = await self._find_note(effect_id)
        if note is None:
            return None
        move = note.marker.move
        waits = move is not None and await self._stages.stands_where_it_was(note.applicant_id, move)
        return None if waits else note.receipt()

    async def erase(self, candidate_id: str) -> None:
        """See `Connector.erase`."""
        async with self._lock(candidate_id):
            try:
                await self._eraser.erase(candidate_id)
            except Unanswered as error:
                raise HrmsUnavailable(error.reason) from error  # erasing again is the same as once

    def _lock(self, candidate_id: str) -> asyncio.Lock:
        # Within this process one candidate is served in order; between processes Odoo's unique external ids decide.
        return self._locks.setdefault(candidate_id, asyncio.Lock())

    async def _deliver(self, effect: Effect) -> Receipt:
        digest = content_digest(effect)
        if await self._eraser.is_erased(effect.assessment.candidate.id):
            raise HrmsRejected("The candidate was erased; Odoo is not told about them any more.")
        link, known = await self._links.begin("effect", effect.id, digest)
        if link.content_hash != digest:
            raise HrmsRejected(f"The effect {effect.id} went to Odoo with another content before.")
        note = await self._find_note(effect.id) if known else None
        if note is None:
            applicant_id, targets = await together(
                self._applicants.find_or_make(effect.assessment), self._stages.targets(effect)
            )
            row = await self._fields.look(applicant_id)
            move = self._stages.plan(effect, row, targets)
            if effect.kind != "decision":
                # Each of the three is safe to repeat and needs none of the others; the note waits for them all.
                await together(
                    self._fields.write(applicant_id, effect, row),
                    self._attach_report(applicant_id, effect),
                    self._enter_event(applicant_id, effect),
                )
            note = await self._write_note(applicant_id, effect, Marker(effect.id, digest, move))
        if note.marker.digest != digest:
            raise HrmsRejected(f"The effect {effect.id} stands in Odoo with another content.")
        if note.marker.move is not None:
            await self._stages.make(note.applicant_id, note.marker.move)
        return note.receipt()

    async def _attach_report(self, applicant_id: int, effect: Effect) -> None:
        if not self._mapping.report or self._report_file is None:
            return
        interview, version = effect.assessment.interview_id, effect.assessment.version
        link, _ = await self._links.begin("report", f"{applicant_id}.{interview}.{version}")
        if link.remote_id is not None:
            return  # where a person deleted it, it stays deleted
        pdf = await asyncio.to_thread(self._report_file, interview, version)
        values = {
            "name": report_name(effect),
            "res_model": MODEL,
            "res_id": str(applicant_id),
            "datas": base64.b64encode(pdf).decode(),
        }
        made = await self._client.load("ir.attachment", external_id("report", interview, version), values, SILENT)
        await self._links.put("report", link.our_id, str(made))

    async def _enter_event(self, applicant_id: int, effect: Effect) -> None:
        if not self._mapping.event or effect.kind != "result":
            return
        ended = naive_utc(effect.assessment.finished_at)
        values = {
            "name": event_name(effect.assessment),
            "start": ended,
            "stop": ended,
            "applicant_id/.id": str(applicant_id),
        }
        interview = effect.assessment.interview_id
        made = await self._client.load("calendar.event", external_id("interview", interview), values, SILENT)
        await self._links.put("event", f"{applicant_id}.{interview}", str(made))

    async def _write_note(self, applicant_id: int, effect: Effect, marker: Marker) -> _Note:
        values = {
            "model": MODEL,
            "res_id": str(applicant_id),
            "body": note_html(effect, self._mapping, marker),
            "message_type": "comment",
            "subtype_id/id": "mail.mt_note",
        }
        try:
            await self._client.load("mail.message", external_id("note", effect.id), values, SILENT)
        except MessageStands:
            pass  # an earlier attempt or another worker wrote it
        note = await self._find_note(effect.id)
        if note is None:
            raise HrmsRejected(
                f"The note of the effect {effect.id} stands in Odoo, but somebody took the last line out of it; put "
                f"“{marker}” back."
            )
        return note

    async def _find_note(self, effect_id: str) -> _Note | None:
        domain = [["model", "=", MODEL], ["body", "ilike", f"mianshi:{effect_id}:"]]
        rows: list[Json] = await self._client.search(
            "mail.message", domain, ["res_id", "date", "body"], order="id asc", limit=1
        )
        if not rows:
            return None
        marker = read_marker(rows[0]["body"])
        if marker is None or marker.effect_id != effect_id:
            return None
        return _Note(int(rows[0]["res_id"]), str(rows[0]["date"]), marker)
