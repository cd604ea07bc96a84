"""Odoo 19 as a Connector.

Odoo has no transaction over several calls, so an effect is a row of steps, each safe to repeat by our own id:
applicant → fields, report, event → note → stage. The note carries a marker with the effect's id, the digest of its
content and the stage move that was decided. It comes after all else but the stage, so the note, together with a stage
that no longer stands where it did, proves that the whole effect landed. We never hire and never refuse.
"""

from __future__ import annotations

import asyncio
from typing import Final, cast
from weakref import WeakValueDictionary

from core.database import Database
from hr_bridge.connectors.base import DeliveryUnknown, Effect, HrmsRejected, HrmsUnavailable, Receipt
from hr_bridge.connectors.odoo.applicant import Applicants
from hr_bridge.connectors.odoo.client import Json, OdooClient, Unanswered
from hr_bridge.connectors.odoo.enclosures import Enclosures, ReportFile
from hr_bridge.connectors.odoo.erasure import EFFECT, Eraser
from hr_bridge.connectors.odoo.fields import Change, FieldWriter
from hr_bridge.connectors.odoo.links import Links
from hr_bridge.connectors.odoo.mapping import Mapping
from hr_bridge.connectors.odoo.notes import Note, Notes
from hr_bridge.connectors.odoo.payload import Marker, StageMove, content_digest, note_html
from hr_bridge.connectors.odoo.stages import Stages
from hr_bridge.connectors.odoo.together import together

STANDING_ALONE: Final = ("decision", "withdrawn")
"""Kinds of which the note and the stage tell all: no field, report or event comes with them."""


class OdooConnector:
    """Delivers to one Odoo through `client`, as `mapping` says; without `report_file` no report is attached."""

    name: Final = "odoo"

    def __init__(
        self, client: OdooClient, database: Database, mapping: Mapping, report_file: ReportFile | None = None
    ) -> None:
        self._mapping = mapping
        self._links = Links(database, self.name)
        self._applicants = Applicants(client, self._links, mapping)
        self._fields = FieldWriter(client, self._links, mapping)
        self._enclosures = Enclosures(client, self._links, mapping, report_file)
        self._notes = Notes(client, mapping)
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
        note = await self._notes.find(effect_id)
        if note is None:
            return None
        move = note.marker.move
        waits = move is not None and await self._stages.stands_where_it_was(note.applicant_id, move)
        return None if waits else note.receipt()

    async def preview(self, effect: Effect) -> list[Change]:
        """What `deliver` would change, and nothing is: the fields of the applicant, and what is added to it."""
        assessment = effect.assessment
        await self._stages.check_targets(effect)
        applicant_id = await self._applicants.linked(assessment)
        if applicant_id is None and (given := self._applicants.given(assessment)) is not None:
            await self._applicants.check_given(given, assessment)
            applicant_id = given
        changes = []
        if applicant_id is None:
            new = self._applicants.new_values(assessment)
            changes += [Change(field.removesuffix("/.id"), None, value) for field, value in new.items()]
            changes += self._fields.values_for_new(effect)
        else:
            row = await self._fields.look(applicant_id)
            if effect.kind not in STANDING_ALONE:
                changes += await self._fields.changes(applicant_id, effect, row)
            if move := self._stages.plan(effect, row):
                changes.append(Change("stage_id", move.from_stage, move.to_stage))
        changes += [Change(kind, None, name) for kind, name in self._enclosures.names(effect).items()]
        return [*changes, Change("note", None, note_html(effect, self._mapping, Marker(effect.id, "", None)))]

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
        link, known = await self._links.begin(EFFECT, effect.id, digest)
        if link.content_hash != digest:
            raise HrmsRejected(f"The effect {effect.id} went to Odoo with another content before.")
        note = await self._notes.find(effect.id) if known else None
        if note is None:
            applicant_id, move = await self._prepare(effect)
            marker = Marker(effect.id, digest, move)
            written = await self._notes.write(applicant_id, effect, marker)
            if written is not None:
                note, _ = await together(
                    self._notes.read(written, applicant_id, marker), self._move(applicant_id, move)
                )
                return cast(Note, note).receipt()
            note = await self._notes.get(marker)
        if note.marker.digest != digest:
            raise HrmsRejected(f"The effect {effect.id} stands in Odoo with another content.")
        await self._move(note.applicant_id, note.marker.move)
        return note.receipt()

    async def _prepare(self, effect: Effect) -> tuple[int, StageMove | None]:
        """Everything before the note: the applicant, and the move that is to follow."""
        await self._stages.check_targets(effect)
        applicant_id = await self._applicants.find_or_make(effect.assessment)
        if effect.kind in STANDING_ALONE:
            row = await self._fields.look(applicant_id, standing_alone=True)
        else:
            # Each of the three is safe to repeat and needs none of the others; the note waits for them all.
            row, _, _ = await together(
                self._bring_fields(applicant_id, effect),
                self._enclosures.attach_report(applicant_id, effect),
                self._enclosures.enter_event(applicant_id, effect),
            )
        return applicant_id, self._stages.plan(effect, row)

    async def _bring_fields(self, applicant_id: int, effect: Effect) -> Json:
        """Our values onto the applicant; how it stood before."""
        row = await self._fields.look(applicant_id)
        await self._fields.write(applicant_id, effect, row)
        return row

    async def _move(self, applicant_id: int, move: StageMove | None) -> None:
        if move is not None:
            await self._stages.make(applicant_id, move)
