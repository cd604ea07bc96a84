"""The child process that opens a stranger's file: bytes on stdin, one JSON object on stdout, nothing else in reach.

`python -m hr_bridge.resume.sandboxed_reader` prints {"text": str, "pictures": bool} or {"refused": reason}.
"""

from __future__ import annotations

import codecs
import json
import sys

from hr_bridge.resume import docx_text, pdf_text
from hr_bridge.resume.file_kind import decode_text, sniff
from hr_bridge.sandbox import limit_this_process

# Twenty dense pages; what reads the text afterwards has no limits of its own on time.
MAX_TEXT = 60_000
# Python loads a codec from a file at its first use, and after limit_this_process() no file opens.
_CODECS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gb2312", "cp1252", "cp437", "latin-1", "ascii")


def read(data: bytes) -> dict[str, object]:
    """The file's text, or why there is none."""
    kind = sniff(data)
    if not data.strip():
        return {"refused": "empty"}
    if kind in ("photo", "legacy_doc", "encrypted"):
        return {"refused": kind}
    if kind == "unknown":
        return {"refused": "not_a_resume_file"}
    try:
        if kind == "text":
            text, pictures = decode_text(data) or "", False
        else:
            text, pictures = pdf_text.read_pdf(data) if kind == "pdf" else docx_text.read_docx(data)
    except docx_text.NotWord:
        return {"refused": "not_a_resume_file"}
    except (docx_text.TooMuchInside, pdf_text.TooManyPages, MemoryError):
        return {"refused": "too_large"}
    except (pdf_text.Encrypted, docx_text.Encrypted):
        return {"refused": "encrypted"}
    if len("".join(text.split())) < 10:
        return {"refused": "scan" if kind != "text" else "empty"}
    return {"text": text[:MAX_TEXT], "pictures": pictures}


def main() -> None:
    data = sys.stdin.buffer.read()
    for codec in _CODECS:
        codecs.lookup(codec)
    if sniff(data) == "pdf":
        pdf_text.load_character_maps()
    limit_this_process()
    try:
        answer = read(data)
    except Exception:  # a stranger's bytes may break a parser in any way; the way is of no use to them
        answer = {"refused": "damaged"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
