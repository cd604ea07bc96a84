"""`mianshi report`: one stored report, on the terminal, as JSON, or on paper."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.console.report_document import ReportDocument, read_report_document
from bot.services import opened_services
from core.content import Language
from core.settings import Settings
from core.tables import Candidate, Interview


def read_stored(
    settings: Settings, interview_id: str, language: Language, version: int | None, pdf: Path | None
) -> ReportDocument:
    """Read the report, and write it to `pdf` if given. Raises InterviewUnknown, ReportMissing or CandidateErased."""
    return asyncio.run(_read(settings, interview_id, language, version, pdf))


async def _read(
    settings: Settings, interview_id: str, language: Language, version: int | None, pdf: Path | None
) -> ReportDocument:
    with opened_services(settings) as services:
        document = read_report_document(services, interview_id, language, version)
        if pdf is not None:
            from bot.console.report_pdf import render_pdf

            with services.database.reading() as session:
                interview = session.get_one(Interview, interview_id)
                name = services.key_of(session, interview).open(
                    session.get_one(Candidate, interview.candidate_id).name_sealed
                )
            pdf.write_bytes(render_pdf(document, name))
    return document
