"""A stranger's file becomes text, in a limited child process; every way to fail has its own sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from core.errors import Refused, Unavailable
from hr_bridge.sandbox import ChildDied, ChildTooSlow, NoSandboxFree, ask_child

MAX_BYTES = 10 * 1024 * 1024
WALL_SECONDS = 20.0
PATIENCE_S = 30.0
"""How long a file waits for its child."""

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


class ReadersBusy(Unavailable):
    """Too many files are being read; the same file can be sent again after `retry_after_s` seconds."""

    phrase = "resume_readers_busy"

    def __init__(self) -> None:
        super().__init__("Too many résumés are being read at the moment; send it again in half a minute.")
        self.retry_after_s = 30


@dataclass(frozen=True)
class DocumentText:
    """What a document says, and whether it shows a picture (which nobody here ever sees)."""

    text: str
    pictures: bool


def read_document(data: bytes, *, wall_seconds: float = WALL_SECONDS, patience_s: float = PATIENCE_S) -> DocumentText:
    """Text of a PDF, DOCX or TXT of at most 10 MB. Blocks up to `patience_s` for a free sandbox and `wall_seconds`
    in it. Raises ResumeRefused, and ReadersBusy when no sandbox became free."""
    if len(data) > MAX_BYTES:
        raise ResumeRefused("too_large")
    try:
        printed = ask_child("hr_bridge.resume.sandboxed_reader", data, wall_seconds=wall_seconds, patience_s=patience_s)
    except NoSandboxFree as error:
        raise ReadersBusy from error
    except ChildTooSlow as error:
        raise ResumeRefused("timeout") from error
    except ChildDied as error:
        raise ResumeRefused("damaged") from error
    answer = json.loads(printed)
    if "refused" in answer:
        raise ResumeRefused(answer["refused"])
    return DocumentText(text=answer["text"], pictures=answer["pictures"])
