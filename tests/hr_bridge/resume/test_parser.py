"""How much of a résumé is read rightly, on résumés of different trades; and single layouts that once went wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from hr_bridge.resume.parser import parse_text
from hr_bridge.resume.reader import parse_file
from tests.builders_resume import as_docx, as_pdf
from tests.hr_bridge.resume.agreement import Agreement, compare, load

TODAY = date(2026, 11, 1)


def agreement_on(name: str) -> Agreement:
    agreement = Agreement()
    for resume in load(name):
        compare(parse_text(resume["text"], today=TODAY), resume["expected"], agreement)
    return agreement
