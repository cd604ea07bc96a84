"""What lies beside the note: the report as a file, and the interview in the calendar."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

from hr_bridge.connectors.base import Effect
from hr_bridge.connectors.odoo.applicant import MODEL, SILENT
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.links import Links
from hr_bridge.connectors.odoo.mapping import Mapping
from hr_bridge.connectors.odoo.payload import event_name, external_id, naive_utc, report_name

REPORT, EVENT = "report", "event"
"""Kinds of links: the attachments and the calendar entries that we made."""
ReportFile = Callable[[str, int], bytes]
"""(interview id, version) → the report as a PDF."""


class Enclosures:
    """Attaches the report and enters the event, each once under an external id of ours."""

    def __init__(self, client: OdooClient, links: Links, mapping: Mapping, report_file: ReportFile | None) -> None:
        self._client = client
        self._links = links
        self._mapping = mapping
        self._report_file = report_file

    def names(self, effect: Effect) -> dict[str, str]:
        """What would be added for an effect, by kind."""
        names = {REPORT: report_name(effect)} if self._report_of(effect) else {}
        return names | ({EVENT: event_name(effect.assessment)} if self._has_event(effect) else {})

    async def attach_report(self, applicant_id: int, effect: Effect) -> None:
        report_file = self._report_of(effect)
        if report_file is None:
            return
        interview, version = effect.assessment.interview_id, effect.assessment.version
        key = f"{applicant_id}.{interview}.{version}"
        if await self._links.get(REPORT, key) is not None:
            return  # where a person deleted it, it stays deleted
        pdf = await asyncio.to_thread(report_file, interview, version)
        values = {
            "name": report_name(effect),
            "res_model": MODEL,
            "res_id": str(applicant_id),
            "datas": base64.b64encode(pdf).decode(),
        }
        made = await self._client.load("ir.attachment", external_id(REPORT, interview, version), values, SILENT)
        await self._links.put(REPORT, key, str(made))

    async def enter_event(self, applicant_id: int, effect: Effect) -> None:
        """Enter the interview at the moment it ended; nobody is invited."""
        if not self._has_event(effect):
            return
        interview = effect.assessment.interview_id
        key = f"{applicant_id}.{interview}"
        if await self._links.get(EVENT, key) is not None:
            return  # where a person deleted it, it stays deleted, and where one changed it, it stays changed
        ended = naive_utc(effect.assessment.finished_at)
        values = {
            "name": event_name(effect.assessment),
            "start": ended,
            "stop": ended,
            "applicant_id/.id": str(applicant_id),
        }
        made = await self._client.load("calendar.event", external_id("interview", interview), values, SILENT)
        await self._links.put(EVENT, key, str(made))

    def _report_of(self, effect: Effect) -> ReportFile | None:
        return self._report_file if self._mapping.report and effect.kind not in ("decision", "withdrawn") else None

    def _has_event(self, effect: Effect) -> bool:
        return self._mapping.event and effect.kind == "result"
