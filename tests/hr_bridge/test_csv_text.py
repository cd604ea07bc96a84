from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_bridge.csv_text import as_text, csv_file, from_text, phone_as_text

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


@pytest.mark.parametrize("cell", ["=1+1", "+8613812341234", "-1", "@SUM(A1)", "\t=1", "\rx", "  =1", "＝1", "\n-"])
def test_a_cell_that_a_spreadsheet_would_run_becomes_text(cell: str) -> None:
    assert as_text(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "张伟", "138 1234 1234", "85", "a=b", "it's", "'quoted'"])
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert as_text(cell) == cell == from_text(cell)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_whatever_is_written_is_one_line_that_runs_nothing(cells: list[str]) -> None:
    content = csv_file(["h"] * len(cells), [cells])

    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    assert content.count(b"\n") == 2
    assert all(not cell.lstrip().startswith(DANGEROUS) for cell in rows[1])


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Zl", "Zp", "Cs"])))
def test_what_was_made_text_comes_back_as_it_was(cell: str) -> None:
    if not cell.startswith("'"):
        assert from_text(as_text(cell)) == cell


@pytest.mark.parametrize(
    ("number", "shown"),
    [(None, ""), ("+8613812341234", "138 1234 1234"), ("+14155552671", "+1 415-555-2671"), ("no number", "no number")],
)
def test_a_phone_is_shown_so_that_no_digit_of_it_gets_lost(number: str | None, shown: str) -> None:
    assert phone_as_text(number) == shown
