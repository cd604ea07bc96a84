"""The note on an applicant: written once, found again by its marker, and proof of all that came before it."""

from __future__ import annotations

from dataclasses import dataclass

from hr_bridge.connectors.base import Effect, HrmsRejected, Receipt
from hr_bridge.connectors.odoo.applicant import MODEL, SILENT
from hr_bridge.connectors.odoo.client import MessageStands, OdooClient
from hr_bridge.connectors.odoo.mapping import Mapping
from hr_bridge.connectors.odoo.payload import Marker, aware, external_id, note_html, read_marker

MESSAGES = "mail.message"


@dataclass(frozen=True, slots=True)
class Note:
    """A note of ours as it stands in Odoo; `received` is Odoo's own time."""

    applicant_id: int
    received: str
    marker: Marker

    def receipt(self) -> Receipt:
        return Receipt(self.marker.effect_id, str(self.applicant_id), aware(self.received))


class Notes:
    """Writes and finds them."""

    def __init__(self, client: OdooClient, mapping: Mapping) -> None:
        self._client = client
        self._mapping = mapping

    async def write(self, applicant_id: int, effect: Effect, marker: Marker) -> int | None:
        """Write the note; its id, or None where an earlier attempt or another worker wrote it."""
        values = {
            "model": MODEL,
            "res_id": str(applicant_id),
            "body": note_html(effect, self._mapping, marker),
            "message_type": "comment",
            "subtype_id/id": "mail.mt_note",
        }
        try:
            return await self._client.load(MESSAGES, external_id("note", effect.id), values, SILENT)
        except MessageStands:
            return None

    async def read(self, message_id: int, applicant_id: int, marker: Marker) -> Note:
        """The note that was written just now."""
        row = await self._client.read(MESSAGES, message_id, ["date"])
        if row is None:
            raise HrmsRejected(f"The note of the effect {marker.effect_id} was deleted in Odoo as soon as it stood.")
        return Note(applicant_id, str(row["date"]), marker)

    async def find(self, effect_id: str) -> Note | None:
        """The note of an effect, wherever it stands."""
        domain = [["model", "=", MODEL], ["body", "ilike", f"mianshi:{effect_id}:"]]
        rows = await self._client.search(MESSAGES, domain, ["res_id", "date", "body"], order="id asc", limit=1)
        marker = read_marker(rows[0]["body"]) if rows else None
        if marker is None or marker.effect_id != effect_id:
            return None
        return Note(int(rows[0]["res_id"]), str(rows[0]["date"]), marker)

    async def get(self, marker: Marker) -> Note:
        """The note of which Odoo says that it stands. HrmsRejected where its last line was taken out."""
        note = await self.find(marker.effect_id)
        if note is None:
            raise HrmsRejected(
                f"The note of the effect {marker.effect_id} stands in Odoo, but somebody took the last line out of it; "
                f"put “{marker}” back."
            )
        return note
