"""The report as a file, for HR systems that keep files."""

from __future__ import annotations

from collections.abc import Callable

from bot.console.report_document import read_report_document
from bot.services import Services
from core.tables import Candidate, Interview


def report_file_of(services: Services) -> Callable[[str, int], bytes]:
    """What renders a version of an interview's report as PDF, in the language of the interview. It raises
    InterviewUnknown, ReportMissing or CandidateErased.

    Suggested pay is left out: whoever sees the record there sees its files, and pay goes over only where it is turned on.
    """

    def render(interview_id: str, version: int) -> bytes:
        from bot.console.report_pdf import render_pdf  # its fonts take a second to load

        with services.database.reading() as session:
            interview = session.get_one(Interview, interview_id)
            sealed = session.get_one(Candidate, interview.candidate_id).name_sealed
            name = services.key_of(session, interview).open(sealed)
        document = read_report_document(services, interview_id, "en" if interview.language == "en" else "zh", version)
        return render_pdf(document.model_copy(update={"salary": None}), name)

    return render
