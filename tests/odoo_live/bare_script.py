"""What somebody in a hurry would write: the same changes as ours, one after the other, and no look at anything."""

from __future__ import annotations

import base64
from typing import cast

from hr_bridge.connectors.base import Effect
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.payload import naive_utc


class BareScript:
    """Creates, writes, and hopes."""

    def __init__(self, client: OdooClient, job: int, stages: tuple[int, int, int], pdf: bytes) -> None:
        self._client, self._job, self._stages, self._pdf = client, job, stages, pdf

    async def deliver(self, name: str, result: Effect, decision: Effect) -> None:
        applicant = await self.deliver_result(name, result)
        await self._note(applicant, str(decision.kind))
        await self._client.call("hr.applicant", "write", ids=[applicant], vals={"stage_id": self._stages[2]})

    async def deliver_result(self, name: str, result: Effect) -> int:
        """The id of the applicant that it made."""
        call, assessment = self._client.call, result.assessment
        person = {"partner_name": name, "email_from": f"{name.replace(' ', '-')}@example.test", "job_id": self._job}
        applicant = (await call("hr.applicant", "create", vals_list=[person]))[0]
        properties = {
            "mianshi_match": assessment.match,
            "mianshi_level": assessment.level,
            "mianshi_interview": assessment.interview_id,
        }
        values = {"priority": "2", "salary_proposed": 11500, "salary_proposed_extra": "CNY a month"}
        await call("hr.applicant", "write", ids=[applicant], vals=values | {"applicant_properties": properties})
        report = {"name": "report.pdf", "res_model": "hr.applicant", "res_id": applicant}
        await call("ir.attachment", "create", vals_list=[report | {"datas": base64.b64encode(self._pdf).decode()}])
        ended = naive_utc(assessment.finished_at)
        event = {"name": "AI interview", "start": ended, "stop": ended, "applicant_id": applicant}
        quiet = {"no_mail_to_attendees": True, "mail_create_nolog": True}
        await call("calendar.event", "create", vals_list=[event], context=quiet)
        await self._note(applicant, assessment.summary)
        await call("hr.applicant", "write", ids=[applicant], vals={"stage_id": self._stages[1]})
        return cast(int, applicant)

    async def _note(self, applicant: int, body: str) -> None:
        await self._client.call(
            "hr.applicant", "message_post", ids=[applicant], body=body, subtype_xmlid="mail.mt_note"
        )
