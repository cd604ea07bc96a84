from __future__ import annotations

import io
import time
import zipfile
from contextlib import suppress
from datetime import date, datetime

import pytest

from hr_bridge import sandbox
from hr_bridge.imports import table_file
from hr_bridge.imports.sandboxed_table import decoded
from hr_bridge.imports.table_file import ReadersBusy, TableRefused, read_table
from hr_bridge.sandbox import SANDBOXES
from tests.hr_bridge.imports.tables import as_csv, as_xlsx, repacked

HEAD = ("姓名", "手机")
PERSON = ("欧阳晓梅", "13812341234")


def rows(data: bytes) -> list[tuple[int, list[str]]]:
    return list(read_table(data).rows())


def reason(data: bytes) -> str:
    with pytest.raises(TableRefused) as caught:
        read_table(data)
    why = caught.value.why
    return next(key for key, advice in table_file._ADVICE.items() if advice == why)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_chinese_table_is_read_in_every_usual_encoding(encoding: str, delimiter: str) -> None:
    data = as_csv(HEAD, PERSON, encoding=encoding, delimiter=delimiter)
    assert rows(data) == [(1, list(HEAD)), (2, list(PERSON))]


def test_chinese_that_comes_late_in_a_file_is_read() -> None:
    plain = [("name", "13812341234")] * 5000
    text = decoded(as_csv(*plain, PERSON, encoding="gb18030"))
    assert text is not None
    assert text.splitlines()[-1] == ",".join(PERSON)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    data = b'a,b\r\n\r\n"two\r\nlines",x\r\n\r\nlast,y\r\n'
    assert [line for line, _ in rows(data)] == [1, 3, 6]


def test_a_workbook_gives_numbers_and_days_as_text() -> None:
    data = as_xlsx(
        ("a", "b", "c", "d", "e"),
        (13812341234, 13812341234.0, 2024.3, date(2024, 3, 5), datetime.fromisoformat("2024-03-05T09:30")),
        (True, "=1+1", "#N/A", None, "'=1"),
    )
    assert rows(data)[1:] == [
        (2, ["13812341234", "13812341234", "2024.3", "2024-03-05", "2024-03-05T09:30:00"]),
        (3, ["TRUE", "", "", "", "=1"]),
    ]


def test_a_workbook_that_lies_about_its_size_is_read_whole() -> None:
    data = as_xlsx(HEAD, PERSON)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b'ref="A1:B2"' in sheet
    assert len(rows(repacked(data, sheet1=sheet.replace(b'ref="A1:B2"', b'ref="A1"')))) == 2


def test_a_bomb_is_not_unpacked() -> None:
    began = time.monotonic()
    bomb = repacked(as_xlsx(HEAD, PERSON), sheet1=b"<worksheet>" + b" " * (150 * 1024 * 1024))
    assert len(bomb) < 400_000
    assert reason(bomb) == "too_large"
    assert time.monotonic() - began < 20


def test_a_billion_laughs_do_no_harm() -> None:
    entities = "".join(f'<!ENTITY l{n} "{"".join(f"&l{n - 1};" * 10)}">' for n in range(1, 12))
    laughs = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><worksheet><sheetData><row><c t="str"><v>&l11;</v></c></row></sheetData></worksheet>'
    found: list[tuple[int, list[str]]] = []
    with suppress(TableRefused):
        found = rows(repacked(as_xlsx(HEAD), sheet1=laughs.encode()))
    assert sum(len(cell) for _, cells in found for cell in cells) < 1000


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04" * 50, "not_a_table"),
        (b"\x7fELF\x02\x01\x01\x00" * 50, "not_a_table"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "legacy_xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"PK\x03\x04" + b"x" * 300, "damaged"),
    ],
)
def test_what_is_no_table_is_refused_by_its_bytes_whatever_its_name(data: bytes, why: str) -> None:
    assert reason(data) == why


def test_a_word_document_is_no_table_and_half_a_workbook_is_damaged() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
        archive.writestr("[Content_Types].xml", "<Types/>")
    assert reason(out.getvalue()) == "not_a_table"
    assert reason(as_xlsx(HEAD, PERSON)[:-200]) == "damaged"


def test_more_rows_than_may_be_are_refused_and_not_cut() -> None:
    assert reason(b"a,b\n" * 300_001) == "too_large"
    assert reason(b"a" * (table_file.MAX_BYTES + 1)) == "too_large"


def test_a_file_that_takes_too_long_is_given_up_and_one_that_finds_no_sandbox_waits() -> None:
    with pytest.raises(TableRefused, match="too long"):
        read_table(as_csv(HEAD), wall_seconds=0.01)
    for _ in range(SANDBOXES):
        assert sandbox._sandboxes.acquire(timeout=1)
    try:
        with pytest.raises(ReadersBusy):
            read_table(as_csv(HEAD), patience_s=0.05)
    finally:
        sandbox._sandboxes.release(SANDBOXES)
