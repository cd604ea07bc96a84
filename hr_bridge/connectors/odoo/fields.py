"""Our values on the applicant: read, merge, write, read again.

Writing `applicant_properties` replaces all of them, and one unknown key clears them all, so the whole list goes back as
it was read with our values in it, and is read again: somebody else may have written between.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from hr_bridge.connectors.base import Effect, HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.odoo.applicant import MODEL
from hr_bridge.connectors.odoo.client import FieldForbidden, Json, OdooClient
from hr_bridge.connectors.odoo.links import Links
from hr_bridge.connectors.odoo.mapping import PROPERTIES, FieldRule, Mapping
from hr_bridge.connectors.odoo.payload import field_value

STANDING: Final = ("active", "job_id", "stage_id", "date_last_stage_update")
WRITES: Final = 3
"""Times that values are written again after somebody else's writing took them away meanwhile."""
SHARED: Final = "field"
"""Kind of links that remember, as a digest, what we wrote into a field that people write too."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value on the applicant before and after; `field` is as the mapping names it."""

    field: str
    before: Any
    after: Any


class FieldWriter:
    """Brings what the mapping names as ours or shared onto an applicant."""

    def __init__(self, client: OdooClient, links: Links, mapping: Mapping) -> None:
        self._client = client
        self._links = links
        self._mapping = mapping

    async def look(self, applicant_id: int, *, standing_alone: bool = False) -> Json:
        """The applicant as it stands, with our fields unless only its standing counts. A field that may be left out is,
        where our user may not read it."""
        rules = () if standing_alone else self._mapping.rules("ours", "shared")
        wanted = list(dict.fromkeys([*STANDING, *(_column(rule) for rule in rules)]))
        while True:
            try:
                row = await self._client.read(MODEL, applicant_id, wanted)
            except FieldForbidden as forbidden:
                if forbidden.field not in wanted or self._is_required(forbidden.field):
                    raise
                wanted.remove(forbidden.field)
                continue
            if row is None:
                raise HrmsRejected(
                    f"The applicant {applicant_id} was deleted in Odoo; nothing of this candidate is sent there any more."
                )
            return row

    async def write(self, applicant_id: int, effect: Effect, row: Json) -> None:
        """Write what differs from `row`, and see that it stands.

        Raises:
            HrmsRejected: a required field is missing there or forbidden.
            HrmsUnavailable: others kept writing over it.
        """
        left_out: set[str] = set()
        for _ in range(WRITES):
            changes = [
                change for change in await self.changes(applicant_id, effect, row) if change.field not in left_out
            ]
            if not changes:
                return
            await self._remember(applicant_id, changes, is_sure=False)
            try:
                await self._client.write(MODEL, applicant_id, _values(changes, row))
            except FieldForbidden as forbidden:
                if self._is_required(forbidden.field) or forbidden.field in left_out:
                    raise
                left_out.add(forbidden.field)
                continue
            await self._remember(applicant_id, changes, is_sure=True)
            row = await self.look(applicant_id)
        if await self.changes(applicant_id, effect, row):
            raise HrmsUnavailable("Somebody else keeps writing over the applicant's fields in Odoo.")

    async def changes(self, applicant_id: int, effect: Effect, row: Json) -> list[Change]:
        """What would be written onto an applicant that stands as `row` says."""
        links = await self._links.starting_with(SHARED, f"{applicant_id}.")
        written = {link.our_id.partition(".")[2]: link.content_hash for link in links}
        wanted = []
        for rule in self._mapping.rules("ours", "shared"):
            after = field_value(rule, effect.assessment, self._mapping.pay)
            if rule.property_name is not None:
                before = self._property(rule, row)
                wanted.append(Change(rule.target, before, False if after is None else after))
            elif rule.target in row and self._may_write(rule, row, written):
                wanted.append(Change(rule.target, row[rule.target], empty_of(rule) if after is None else after))
        return [change for change in wanted if not _same(change.before, change.after)]

    def values_for_new(self, effect: Effect) -> list[Change]:
        """What would be written onto an applicant that we are about to make."""
        rules = self._mapping.rules("ours", "shared")
        values = [(rule.target, field_value(rule, effect.assessment, self._mapping.pay)) for rule in rules]
        return [Change(target, None, value) for target, value in values if value is not None]

    def _property(self, rule: FieldRule, row: Json) -> Any:
        for one in row.get(PROPERTIES) or []:
            if one["name"] == rule.property_name:
                return one.get("value", False)
        raise HrmsRejected(
            f"The job in Odoo has no property {rule.property_name} for its applicants; `mianshi hrms check --prepare` adds it."
        )

    def _may_write(self, rule: FieldRule, row: Json, written: dict[str, str | None]) -> bool:
        if rule.owner == "ours":
            return True
        # Pay is a figure and its terms: they are written together or, where a person wrote one of them, not at all.
        together = [one for one in self._mapping.rules("shared") if one.is_pay] if rule.is_pay else [rule]
        return all(
            is_empty(row.get(one.target)) or is_ours(row.get(one.target), written.get(one.target)) for one in together
        )

    async def _remember(self, applicant_id: int, changes: list[Change], *, is_sure: bool) -> None:
        """Until it is sure which stands there, what we wrote before and what we write now are both ours."""
        shared = {rule.target for rule in self._mapping.rules("shared")}
        written = {}
        for change in changes:
            if change.field in shared:
                before = [] if is_sure or is_empty(change.before) else [digest_of(change.before)]
                written[f"{applicant_id}.{change.field}"] = " ".join([*before, digest_of(change.after)])
        if written:
            await self._links.note_contents(SHARED, written)

    def _is_required(self, field: str) -> bool:
        rules = [rule for rule in self._mapping.rules("ours", "shared") if _column(rule) == field]
        return field in STANDING or any(rule.required for rule in rules)


def is_empty(value: Any) -> bool:
    """Whether nobody filled a field in."""
    return not value or value == "0"


def is_ours(value: Any, written: str | None) -> bool:
    """Whether a value is what we wrote last, as the link table remembers it."""
    return written is not None and digest_of(value) in written.split()


def empty_of(rule: FieldRule) -> Any:
    """What a field holds that nobody filled in."""
    return "0" if rule.type == "selection" else False


def digest_of(value: Any) -> str:
    """The same for the same value, however Odoo writes its numbers."""
    text = repr(float(value)) if isinstance(value, int | float) else str(value)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _column(rule: FieldRule) -> str:
    return PROPERTIES if rule.property_name else rule.target


def _values(changes: list[Change], row: Json) -> Json:
    ours = {c.field.partition(".")[2]: c.after for c in changes if c.field.startswith(f"{PROPERTIES}.")}
    values = {c.field: c.after for c in changes if not c.field.startswith(f"{PROPERTIES}.")}
    if ours:
        values[PROPERTIES] = [
            one | {"value": ours[one["name"]]} if one["name"] in ours else one for one in row[PROPERTIES]
        ]
    return values


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, int | float) and isinstance(after, int | float) and not isinstance(before, bool):
        return abs(before - after) < 1e-6
    return bool(before == after) or (not before and not after and not isinstance(after, int | float))
