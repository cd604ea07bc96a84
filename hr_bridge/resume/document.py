"""A stranger's file becomes text, in a limited child process; every way to fail has its own sentence."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import Refused

MAX_BYTES = 10 * 1024 * 1024
WALL_SECONDS = 20.0

Reason = Literal[
    "too_large",
    "empty",
    "not_a_resume_file",
    "photo",
    "scan",
    "legacy_doc",
    "encrypted",
    "damaged",
    "timeout",
]

_ROOT = Path(__file__).resolve().parents[2]


_ADVICE: dict[Reason, str] = {
    "too_large": "The résumé is larger than 10 MB, 40 pages, or what may be packed in it; send a smaller file.",
    "empty": "The file is empty; send one with text in it.",
    "not_a_resume_file": "This is no PDF, Word or text file; save the résumé as PDF, DOCX or TXT.",
    "photo": "This is a picture, and its text cannot be read; send the résumé as PDF, DOCX or TXT.",
    "scan": "The document holds no text, only pictures of pages; send the file that it was printed from.",
    "legacy_doc": "This is an old Word or RTF file; save it as DOCX or PDF.",
    "encrypted": "The file has a password; save it without one.",
    "damaged": "The file is damaged or incomplete; export it again.",
    "timeout": "Reading the file took too long; save it again as a plain PDF or DOCX.",
}


class ResumeRefused(Refused):
    """The file cannot be used as a résumé; `reason` says why and `phrase` names the sentence for the candidate."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_ADVICE[reason])
        self.reason: Reason = reason
        self.phrase = f"utter_resume_{reason}"


@dataclass(frozen=True)
class DocumentText:
    """What a document says, and whether it shows a picture (which nobody here ever sees)."""

    text: str
    pictures: bool


def read_document(data: bytes, *, wall_seconds: float = WALL_SECONDS) -> DocumentText:
    """Text of a PDF, DOCX or TXT of at most 10 MB. Blocks up to `wall_seconds`. Raises ResumeRefused."""
    if len(data) > MAX_BYTES:
        raise ResumeRefused("too_large")
    try:
        child = subprocess.run(
            [sys.executable, "-s", "-E", "-B", "-m", "hr_bridge.resume.sandboxed_reader"],
            input=data,
            capture_output=True,
            cwd=_ROOT,
            env={},
            timeout=wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ResumeRefused("timeout") from error
    if child.returncode == -signal.SIGXCPU:
        raise ResumeRefused("timeout")
    if child.returncode != 0:
        raise ResumeRefused("damaged")
    answer = json.loads(child.stdout)
    if "refused" in answer:
        raise ResumeRefused(answer["refused"])
    return DocumentText(text=answer["text"], pictures=answer["pictures"])
