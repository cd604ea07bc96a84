"""Which applicant in Odoo an effect belongs to: the one linked, the one Odoo gave us, or one that we make."""

from __future__ import annotations

from typing import Final

from hr_bridge.assessment import CandidateAssessment
from hr_bridge.connectors.base import HrmsRejected
from hr_bridge.connectors.odoo.client import FieldForbidden, Json, OdooClient
from hr_bridge.connectors.odoo.links import Links, LinkTaken
from hr_bridge.connectors.odoo.mapping import Job, Mapping
from hr_bridge.connectors.odoo.payload import applicant_key, external_id, field_value

MODEL: Final = "hr.applicant"
MADE, GIVEN = "applicant", "given applicant"
"""Kinds of links: an applicant that we made, and one that was in Odoo before us."""
QUIET: Final = {"mail_create_nolog": True, "mail_create_nosubscribe": True, "no_mail_to_attendees": True}
"""Nobody follows a record because of us."""
SILENT: Final = QUIET | {"mail_notrack": True, "tracking_disable": True}
"""Nor is anybody mailed: Odoo sends the template of a stage to the candidate from its tracking, which is off here."""


class Applicants:
    """Finds or makes the applicant of an effect. It never matches people by name, phone or e-mail."""

    def __init__(self, client: OdooClient, links: Links, mapping: Mapping) -> None:
        self._client = client
        self._links = links
        self._mapping = mapping

    def job_of(self, assessment: CandidateAssessment) -> Job:
        """The job of the interview's position. HrmsRejected where the mapping names none."""
        job = self._mapping.jobs.get(assessment.position_key)
        if job is None:
            raise HrmsRejected(
                f"The position {assessment.position_key} has no job in Odoo: name it under `jobs` in ODOO_MAPPING "
                "(`mianshi hrms check` lists the jobs)."
            )
        return job

    async def linked(self, assessment: CandidateAssessment) -> int | None:
        """The applicant that we know already."""
        key = applicant_key(assessment)
        for kind in (MADE, GIVEN):
            link = await self._links.get(kind, key)
            if link is not None and link.remote_id is not None:
                return int(link.remote_id)
        return None

    def given(self, assessment: CandidateAssessment) -> int | None:
        """The applicant that the candidate's external id names, not looked at yet."""
        theirs = assessment.candidate.external_id or ""
        named = self._mapping.external_id == "applicant" and theirs.isascii() and theirs.isdecimal()
        return int(theirs) or None if named else None

    async def find_or_make(self, assessment: CandidateAssessment) -> int:
        """The applicant's id in Odoo."""
        linked = await self.linked(assessment)
        if linked is not None:
            return linked
        key, given = applicant_key(assessment), self.given(assessment)
        if given is not None:
            await self.check_given(given, assessment)
            await self._link(GIVEN, key, given)
            return given
        values = self.new_values(assessment)
        _, was_begun = await self._links.begin(MADE, key)
        made = await self._made_before(key) if was_begun else None
        if made is None:
            made = await self._make(key, values)
        await self._link(MADE, key, made)
        return made

    async def _make(self, key: str, values: dict[str, str]) -> int:
        """A new applicant. A field that may be left out is, where our user may not write it."""
        required = {rule.target for rule in self._mapping.rules("theirs") if rule.required}
        while True:
            try:
                return await self._client.load(MODEL, external_id("applicant", key), values, SILENT)
            except FieldForbidden as forbidden:
                if forbidden.field not in values or forbidden.field in required:
                    raise
                values = {field: value for field, value in values.items() if field != forbidden.field}

    async def _made_before(self, key: str) -> int | None:
        """The applicant that an attempt made whose answer was lost: what it was made with is people's by now."""
        # Loading no values says which record it is; where there was none it makes an empty one, to be filled.
        made = await self._client.load(MODEL, external_id("applicant", key), {}, SILENT)
        row = await self._client.read(MODEL, made, ["job_id", "partner_name"])
        return made if row is not None and (row["job_id"] or row["partner_name"]) else None

    def new_values(self, assessment: CandidateAssessment) -> dict[str, str]:
        """What a new applicant is made with."""
        values = {"job_id/.id": str(self.job_of(assessment).job)}
        for rule in self._mapping.rules("theirs"):
            value = field_value(rule, assessment, self._mapping.pay)
            if value is not None:
                values[rule.target] = str(value)
        return values

    async def check_given(self, applicant_id: int, assessment: CandidateAssessment) -> None:
        """HrmsRejected unless the applicant is there, of the right job, and has something of this person's: a number
        may come from another system, and a result on a stranger's record cannot be taken back."""
        row = await self._client.read(MODEL, applicant_id, ["job_id", "partner_name", "email_from", "partner_phone"])
        if row is None:
            raise HrmsRejected(
                f"Odoo has no applicant {applicant_id}, which the candidate's external id names; correct the id, or set "
                "external_id: ignore in ODOO_MAPPING where such ids are another system's."
            )
        if not row["job_id"] or row["job_id"][0] != self.job_of(assessment).job:
            raise HrmsRejected(
                f"The applicant {applicant_id} applies for another job in Odoo than the position "
                f"{assessment.position_key} is mapped to; a person has to look."
            )
        if not _have_something_in_common(row, assessment):
            raise HrmsRejected(
                f"The applicant {applicant_id} in Odoo has another name, phone and e-mail than this candidate; a person "
                "has to look."
            )
        if await self._links.standing_for(MADE, str(applicant_id)) is not None:
            raise _belongs_to_another(applicant_id)

    async def _link(self, kind: str, key: str, applicant_id: int) -> None:
        try:
            await self._links.put(kind, key, str(applicant_id))
        except LinkTaken as taken:
            raise _belongs_to_another(applicant_id) from taken


def _belongs_to_another(applicant_id: int) -> HrmsRejected:
    return HrmsRejected(
        f"The applicant {applicant_id} in Odoo already belongs to another candidate of ours; a person has to merge the two."
    )


def _have_something_in_common(row: Json, assessment: CandidateAssessment) -> bool:
    person = assessment.candidate
    same_name = _plain(row["partner_name"]) == _plain(person.name) != ""
    same_mail = _plain(row["email_from"]) == _plain(person.email) != ""
    theirs, ours = _digits(row["partner_phone"]), _digits(person.phone)
    return same_name or same_mail or (len(ours) >= 7 and theirs[-10:] == ours[-10:])


def _plain(text: object) -> str:
    return "".join(text.split()).casefold() if isinstance(text, str) else ""


def _digits(text: object) -> str:
    return "".join(c for c in text if c.isdigit()) if isinstance(text, str) else ""
