"""Whether an Odoo is ready for what the mapping wants, in plain words. Looking changes nothing; `prepare` says what it adds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Literal

from hr_bridge.connectors.base import HrmsRejected, HrmsUnavailable
from hr_bridge.connectors.odoo.applicant import MODEL, QUIET
from hr_bridge.connectors.odoo.applications import ASKED, FILES
from hr_bridge.connectors.odoo.client import Json, OdooClient
from hr_bridge.connectors.odoo.mapping import PROPERTIES, FieldRule, Mapping
from hr_bridge.connectors.odoo.stages import STAGE_FIELDS, STAGES, stage_obstacle

DEFINITION: Final = "applicant_properties_definition"
ROLE: Final = "give our user the role Recruitment / Officer: Manage all applicants"
PREPARE: Final = "mianshi hrms check --prepare"
NEEDED: Final = {
    MODEL: ("read", "write", "create"),
    "hr.job": ("read",),
    STAGES: ("read",),
    "mail.message": ("create",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do where it is not ok."""

    name: str
    verdict: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str | None = None


class OdooCheck:
    """Looks at one Odoo with the recruiting key, and with the pay key where there is one."""

    def __init__(self, client: OdooClient, mapping: Mapping, pay_client: OdooClient | None = None) -> None:
        self._client = client
        self._mapping = mapping
        self._pay_client = pay_client

    async def examine(self) -> list[Finding]:
        """Every finding, in the order in which they are best mended. Never raises."""
        found: list[Finding] = []
        for name, part in (
            ("server", self._server()),
            ("rights", self._rights()),
            ("fields", self._fields()),
            ("jobs", self._jobs()),
            ("applicants", self._applicants()),
            ("pay", self._pay()),
        ):
            try:
                found += [finding async for finding in part]
            except HrmsUnavailable as error:
                return [*found, Finding(name, "fail", error.reason, None)]  # nor would the rest be answered
            except HrmsRejected as error:
                found.append(Finding(name, "fail", error.reason, ROLE))
        return found

    async def prepare(self) -> list[str]:
        """Add our properties to the mapped jobs that lack them; one sentence for each that was added."""
        added = []
        for key, job in self._mapping.jobs.items():
            lacking = await self._lacking(job.job)
            if not lacking:
                continue
            there = await self._client.read("hr.job", job.job, [DEFINITION])
            definition = [*((there or {}).get(DEFINITION) or []), *(property_of(rule) for rule in lacking)]
            await self._client.write("hr.job", job.job, {DEFINITION: definition}, QUIET)
            names = ", ".join(str(rule.property_name) for rule in lacking)
            added.append(f"Job {job.job} ({key}): applicants have {names} now.")
        return added

    async def _server(self) -> AsyncIterator[Finding]:
        version = await self._client.version()
        right = version.startswith("19.")
        yield Finding(
            "server",
            "ok" if right else "warn",
            f"Odoo {version}",
            None if right else "only 19.0 was tried with Mianshi",
        )
        who = await self._client.call("res.users", "context_get")
        yield Finding("key", "ok", f"accepted, of user {who['uid']}")

    async def _rights(self) -> AsyncIterator[Finding]:
        needed = dict(NEEDED)
        if self._mapping.takes_applicants:
            needed[FILES] = ("read",)
        if self._mapping.report:
            needed[FILES] = (*needed.get(FILES, ()), "create")
        if self._mapping.event:
            needed["calendar.event"] = ("create",)
        lacking = [
            f"{operation} {model}"
            for model, operations in needed.items()
            for operation in operations
            if not await self._client.call(model, "has_access", operation=operation)
        ]
        if lacking:
            yield Finding("rights", "fail", f"our user may not {', '.join(lacking)}", ROLE)
        else:
            yield Finding("rights", "ok", "our user may do what is needed")
        if not await self._client.call(MODEL, "has_access", operation="unlink"):
            detail = "our user may not delete applicants: an erased candidate has to be deleted by a person"
            yield Finding("erasure", "warn", detail, ROLE)

    async def _fields(self) -> AsyncIterator[Finding]:
        rules = self._mapping.rules("ours", "shared", "theirs")
        names = list(dict.fromkeys(PROPERTIES if rule.property_name else rule.target for rule in rules))
        there = await self._client.call(MODEL, "fields_get", allfields=names, attributes=["type", "readonly"])
        wrong = 0
        for rule in rules:
            obstacle = _field_obstacle(rule, there)
            if obstacle:
                wrong += 1
                detail = obstacle + ("" if rule.required else "; it is left out")
                remedy = f"make it or correct the rule, or {ROLE}"
                yield Finding(f"field {rule.target}", "fail" if rule.required else "warn", detail, remedy)
        if not wrong:
            yield Finding("fields", "ok", f"{len(rules)} fields are there and ours to write")

    async def _jobs(self) -> AsyncIterator[Finding]:
        if not self._mapping.jobs:
            jobs = await self._client.search("hr.job", [], ["name"], order="id asc")
            stages = await self._client.search(STAGES, [], ["name"], order="sequence asc, id asc")
            detail = f"no position is mapped. Jobs there: {_listed(jobs)}. Stages: {_listed(stages)}"
            yield Finding("jobs", "fail", detail, "name them under `jobs` in ODOO_MAPPING (docs/odoo.md)")
        for key, job in self._mapping.jobs.items():
            name = f"job of {key}"
            row = await self._client.read("hr.job", job.job, ["name"])
            if row is None:
                jobs = await self._client.search("hr.job", [], ["name"], order="id asc")
                yield Finding(
                    name, "fail", f"there is no job {job.job}. Jobs there: {_listed(jobs)}", "correct ODOO_MAPPING"
                )
                continue
            lacking = await self._lacking(job.job)
            if lacking:
                missing = ", ".join(str(rule.property_name) for rule in lacking)
                yield Finding(name, "fail", f"its applicants have no property {missing}", PREPARE)
            stages = await self._client.search(STAGES, [["id", "in", [m.to for m in job.moves]]], STAGE_FIELDS)
            by_id = {stage["id"]: stage for stage in stages}
            wrong = [o for move in job.moves if (o := stage_obstacle(move.to, by_id.get(move.to), job.job))]
            for obstacle in wrong:
                yield Finding(name, "fail", obstacle, "correct ODOO_MAPPING")
            for stage in by_id.values():
                if stage["template_id"]:
                    detail = (
                        f"stage {stage['id']} mails the candidate when people move there; when we do, nobody is mailed"
                    )
                    yield Finding(name, "warn", detail, None)
            if not lacking and not wrong:
                moves = f"{len(job.moves)} moves allowed" if job.moves else "nobody is moved"
                yield Finding(name, "ok", f"{row['name']} ({job.job}), {moves}")

    async def _applicants(self) -> AsyncIterator[Finding]:
        if not self._mapping.takes_applicants:
            yield Finding("applicants", "ok", "nobody is taken in from Odoo (`jobs` and `invite` in ODOO_MAPPING)")
            return
        asked = list(ASKED)
        there = await self._client.call(
            MODEL, "fields_get", allfields=[*asked, "partner_name", "application_status"], attributes=["type"]
        )
        if lacking := [field for field in ("partner_name", "application_status") if field not in there]:
            yield Finding("applicants", "fail", f"our user may not read {', '.join(lacking)}", ROLE)
            return
        if not {"email_from", "partner_phone"} & there.keys():
            detail = "our user may read neither phone nor e-mail of applicants: nobody could be invited"
            yield Finding("applicants", "fail", detail, ROLE)
            return
        if lacking := [field for field in asked if field not in there]:
            yield Finding("applicants", "warn", f"{', '.join(lacking)} cannot be read and is left out", ROLE)
        rules = [f"{key}: {self._mapping.invite_for(key)}" for key in self._mapping.jobs]
        yield Finding("applicants", "ok", f"taken in, {', '.join(rules)} (docs/odoo.md says how to have Odoo wake us)")

    async def _pay(self) -> AsyncIterator[Finding]:
        if await self._may_read_wages(self._client):
            detail = "ODOO_KEY may read what people earn, which recruiting does not need"
            yield Finding("least privilege", "warn", detail, "take Employees / Administrator from that user")
        written = "is written" if self._mapping.pay.enabled else "is not written (pay.enabled in ODOO_MAPPING)"
        yield Finding("pay", "ok", f"suggested pay {written}")
        if self._pay_client is not None and not await self._may_read_wages(self._pay_client):
            remedy = "give its user Employees / Administrator, or take the key out"
            yield Finding("ODOO_PAY_KEY", "warn", "may not read pay", remedy)

    async def _may_read_wages(self, client: OdooClient) -> bool:
        try:
            await client.search("hr.version", [["id", "=", 0]], ["wage"], limit=1)
        except HrmsRejected:
            return False
        return True

    async def _lacking(self, job_id: int) -> list[FieldRule]:
        row = await self._client.read("hr.job", job_id, [DEFINITION])
        there = {one["name"] for one in (row or {}).get(DEFINITION) or []}
        return [rule for rule in self._mapping.fields if rule.property_name and rule.property_name not in there]


def property_of(rule: FieldRule) -> Json:
    """The definition of a property that a rule writes."""
    return {"name": rule.property_name, "type": rule.type, "string": rule.label or rule.property_name}


def _field_obstacle(rule: FieldRule, there: Json) -> str | None:
    field = there.get(PROPERTIES if rule.property_name else rule.target)
    if field is None:
        return f"{MODEL} has no field {rule.target} that our user may see"
    if rule.property_name is None and field["type"] != rule.type:
        return f"it is {field['type']} there and {rule.type} in the mapping"
    return "it is read-only there" if field["readonly"] else None


def _listed(rows: list[Json]) -> str:
    return ", ".join(f"{row['id']} {row['name']}" for row in rows) or "none"
