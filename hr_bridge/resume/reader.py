"""A résumé file becomes a Resume: the front door of this room."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from core import clock
from hr_bridge.resume.document import MAX_BYTES, ResumeRefused, read_document
from hr_bridge.resume.parser import parse_text
from hr_bridge.resume.resume import Resume


def parse_file(data: bytes, filename: str = "", *, today: date | None = None, mask_pay: bool = True) -> Resume:
    """The résumé in a PDF, DOCX or TXT of at most 10 MB; blocks up to 50 s, so call it off the event loop.

    `filename` is the candidate's word and is not believed: the bytes tell what the file is. `mask_pay` is False only
    where the policy allows prior pay. Raises ResumeRefused or ReadersBusy, whose `phrase` names the sentence for the
    candidate.
    """
    document = read_document(data)
    return parse_text(document.text, today=today or clock.now().date(), mask_pay=mask_pay, pictures=document.pictures)


def resume_command(path: Path) -> dict[str, Any]:
    """What `mianshi resume FILE --json` prints. Raises ResumeRefused, ReadersBusy or OSError."""
    if path.stat().st_size > MAX_BYTES:
        raise ResumeRefused("too_large")
    return parse_file(path.read_bytes(), path.name).to_json()
