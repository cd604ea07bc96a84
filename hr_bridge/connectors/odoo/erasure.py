"""Removing what Odoo holds from us about a candidate. The tombstone in the link table stays, so that nothing comes back."""

from __future__ import annotations

from typing import Final

from hr_bridge.connectors.base import HrmsRejected
from hr_bridge.connectors.odoo.applicant import GIVEN, MADE, MODEL, SILENT
from hr_bridge.connectors.odoo.client import Json, OdooClient
from hr_bridge.connectors.odoo.enclosures import EVENT, REPORT
from hr_bridge.connectors.odoo.fields import SHARED, empty_of, is_ours
from hr_bridge.connectors.odoo.links import Links
from hr_bridge.connectors.odoo.mapping import PROPERTIES, Mapping
from hr_bridge.connectors.odoo.payload import external_id

ERASED: Final = "erased"
EFFECT: Final = "effect"
"""Kind of links: what was brought over, by the id of the delivery."""
CONTACT: Final = "contact"
"""Kind of links: contacts that are still to go after their applicants."""


class Eraser:
    """An applicant that we made goes as a whole; of one that was there before us, or was hired, what we put there."""

    def __init__(self, client: OdooClient, links: Links, mapping: Mapping) -> None:
        self._client = client
        self._links = links
        self._mapping = mapping

    async def erase(self, candidate_id: str) -> None:
        """Remove everything; again nothing more happens. HrmsRejected where a person has to finish it."""
        await self._links.begin(ERASED, candidate_id)
        for kind in (MADE, GIVEN):
            for link in await self._links.starting_with(kind, f"{candidate_id}."):
                if link.remote_id is None:
                    # A load was cut off: loading again says which record it made, if any, and else makes an empty one.
                    name = external_id("applicant", link.our_id)
                    applicant_id = await self._client.load(MODEL, name, {"partner_name": "-"}, SILENT)
                else:
                    applicant_id = int(link.remote_id)
                await self._remove(applicant_id, link.our_id, whole=kind == MADE)
                for about in (REPORT, EVENT, SHARED):
                    await self._links.forget_starting_with(about, f"{applicant_id}.")
                await self._links.forget(kind, link.our_id)
        left = await self._remove_contacts(candidate_id)
        if left:
            raise HrmsRejected(f"In Odoo a person has to delete what we may not: {'; '.join(left)}.")

    async def is_erased(self, candidate_id: str) -> bool:
        return await self._links.get(ERASED, candidate_id) is not None

    async def _remove(self, applicant_id: int, our_id: str, *, whole: bool) -> None:
        row = await self._client.read(MODEL, applicant_id, ["application_status", "partner_id"])
        if row is None:
            return
        about = [["applicant_id", "=", applicant_id], ["create_uid", "=", await self._our_user()]]
        events = await self._client.search("calendar.event", about, ["id"])
        await self._client.unlink("calendar.event", [event["id"] for event in events])
        if not whole or row["application_status"] == "hired":
            await self._remove_ours(applicant_id)
            return
        if row["partner_id"]:  # once the applicant is gone nothing over there leads to it
            await self._links.begin(CONTACT, f"{our_id}.{row['partner_id'][0]}")
        await self._client.unlink(MODEL, [applicant_id])  # its notes and files go with it

    async def _remove_contacts(self, candidate_id: str) -> list[str]:
        """The contacts that Odoo made with the applicants; those that we may not delete."""
        left = []
        for link in await self._links.starting_with(CONTACT, f"{candidate_id}."):
            contact = int(link.our_id.rpartition(".")[2])
            if await self._is_ours_alone(contact):
                try:
                    await self._client.unlink("res.partner", [contact])
                except HrmsRejected:
                    left.append(f"contact {contact}")
                    continue
            await self._links.forget(CONTACT, link.our_id)
        return left

    async def _is_ours_alone(self, contact: int) -> bool:
        """False where somebody else made or uses it."""
        ours = [["id", "=", contact], ["create_uid", "=", await self._our_user()]]
        if not await self._client.search("res.partner", ours, ["id"]):
            return False
        return not await self._client.search(MODEL, [["partner_id", "=", contact]], ["id"], limit=1)

    async def _remove_ours(self, applicant_id: int) -> None:
        on_it = [["model", "=", MODEL], ["res_id", "=", applicant_id], ["body", "ilike", "mianshi:"]]
        notes = await self._client.search("mail.message", on_it, ["id"])
        await self._client.unlink("mail.message", [note["id"] for note in notes])
        # One whose loading was cut off has no link: files on the applicant that our user made are ours too.
        made = [["res_model", "=", MODEL], ["res_id", "=", applicant_id], ["create_uid", "=", await self._our_user()]]
        files = {row["id"] for row in await self._client.search("ir.attachment", made, ["id"])}
        files |= {
            int(link.remote_id)
            for link in await self._links.starting_with(REPORT, f"{applicant_id}.")
            if link.remote_id
        }
        await self._client.unlink("ir.attachment", sorted(files))
        shared = {rule.target: rule for rule in self._mapping.fields if rule.owner == "shared"}
        row = await self._client.read(MODEL, applicant_id, [PROPERTIES, *shared])
        if row is None:
            return
        ours = {rule.property_name for rule in self._mapping.fields if rule.property_name}
        values: Json = {}
        if any(one["name"] in ours for one in row[PROPERTIES] or []):
            values[PROPERTIES] = [one | {"value": False} if one["name"] in ours else one for one in row[PROPERTIES]]
        for link in await self._links.starting_with(SHARED, f"{applicant_id}."):
            field = link.our_id.partition(".")[2]
            if field in row and is_ours(row[field], link.content_hash):
                values[field] = empty_of(shared[field])
        if values:
            await self._client.write(MODEL, applicant_id, values, SILENT)

    async def _our_user(self) -> int:
        return int((await self._client.call("res.users", "context_get"))["uid"])
