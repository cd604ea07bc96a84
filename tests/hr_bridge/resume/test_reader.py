"""A stranger's file, read in a real child process: what it says, or one reason why not."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import Refused
from hr_bridge import sandbox
from hr_bridge.resume.document import ReadersBusy, ResumeRefused, read_document
from hr_bridge.resume.reader import parse_file, resume_command
from hr_bridge.resume.resume import Resume
from hr_bridge.sandbox import SANDBOXES
from tests.builders_resume import (
    as_docx,
    as_empty_pdf,
    as_locked_pdf,
    as_pdf,
    as_side_bar_docx,
    as_side_bar_pdf,
    as_text_box_docx,
    packed,
)

TODAY = date(2026, 11, 1)
ROOT = Path(__file__).resolve().parents[3]
TEXT = "张三\n电话：13812345678\n工作经历\n2019.03-至今\t上海启明有限公司\t销售经理\n专业技能\n谈判、Excel"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


def reason_of(data: bytes, **limits: float) -> str:
    with pytest.raises(ResumeRefused) as refused:
        read_document(data, **limits)
    return refused.value.reason


@pytest.mark.parametrize(
    "data",
    [
        as_docx(TEXT),
        as_pdf(TEXT),
        as_text_box_docx(TEXT.replace("\t", " ")),
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-be"),
    ],
    ids=["docx", "pdf", "text box", "utf-8", "utf-8 with mark", "gb18030", "utf-16", "utf-16-be without mark"],
)
def test_the_same_resume_is_read_from_every_format(data: bytes) -> None:
    resume = parse_file(data, "whatever.exe", today=TODAY)
    assert [(job.employer, job.title, job.start, job.end) for job in resume.work] == [
        ("上海启明有限公司", "销售经理", "2019-03", None)
    ]
    assert resume.contact.phone == "+8613812345678"
    assert resume.skills == ("谈判", "Excel")


def test_western_letters_of_an_old_text_editor_are_read() -> None:
    assert "Café Zürich" in read_document("Résumé of René\nWork: Café Zürich, waiter".encode("cp1252")).text


def test_a_side_bar_is_read_apart_from_the_main_column() -> None:
    left = "Contact\nreach me at home\nSkills\nNegotiation\nExcel\nCertificates\nDriving licence\nforklift"
    right = (
        "Work Experience\nNorthstone Ltd\nSales Manager\nMar 2019 - Present\nLed nine people in two regions\n"
        "and opened forty accounts\nKerrigan Tools Ltd\nSales Representative\nJan 2015 - Feb 2019\nCovered the north"
    )
    text = read_document(as_side_bar_pdf("Jane Miller", left, right)).text.splitlines()
    assert text == ["Jane Miller", *left.splitlines(), *right.splitlines()]
    assert read_document(as_side_bar_docx(left, right)).text.split() == [*left.split(), *right.split()]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n \n", "empty"),
        (b"x" * (10 * 1024 * 1024 + 1), "too_large"),
        (b"MZ\x90\x00" + bytes(range(256)) * 40, "not_a_resume_file"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "not_a_resume_file"),
        (bytes(range(256)) * 40, "not_a_resume_file"),
        (packed({"word.txt": b"hello"}), "not_a_resume_file"),
        (packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<a/>"}), "not_a_resume_file"),
        (PNG, "photo"),
        (b"\xff\xd8\xff\xe0" + bytes(5000), "photo"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), "legacy_doc"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + bytes(99), "encrypted"),
        (b"{\\rtf1\\ansi Jane Doe, sales}", "legacy_doc"),
        (as_empty_pdf(), "scan"),
        (as_empty_pdf(pages=41), "too_large"),
        (as_locked_pdf("Jane Doe, sales manager"), "encrypted"),
        (as_pdf(TEXT)[:300], "damaged"),
        (as_docx(TEXT)[:9000], "damaged"),
        (packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document"}), "damaged"),
    ],
)
def test_a_file_that_cannot_be_used_has_its_own_reason(data: bytes, reason: str) -> None:
    assert reason_of(data) == reason


def test_a_zip_bomb_in_a_word_document_is_refused_before_it_expands() -> None:
    bomb = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b" " * (120 * 1024 * 1024)})
    assert len(bomb) < 200_000
    assert reason_of(bomb) == "too_large"


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_expands() -> None:
    honest = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b" " * (60 * 1024 * 1024)})
    size = (60 * 1024 * 1024).to_bytes(4, "little")
    assert honest.count(size) == 2
    assert reason_of(honest.replace(size, (1000).to_bytes(4, "little"))) in ("damaged", "too_large")


def test_entities_of_a_document_type_are_not_expanded() -> None:
    body = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    assert reason_of(packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": body})) == "damaged"


def test_a_file_that_takes_too_long_is_given_up() -> None:
    assert reason_of(as_pdf(TEXT), wall_seconds=0.02) == "timeout"


def test_of_twenty_files_at_once_two_are_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()
    run = subprocess.run

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        try:
            return run([sys.executable, "-S", "-c", """print('{"text": "Jane", "pictures": false}')"""], **options)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(subprocess, "run", counted)
    with ThreadPoolExecutor(20) as pool:
        texts = list(pool.map(lambda _: read_document(b"Jane").text, range(20)))
    assert texts == ["Jane"] * 20
    assert most == SANDBOXES == 2


def test_a_file_that_finds_no_free_sandbox_is_asked_for_again_and_the_sandboxes_come_back() -> None:
    for _ in range(SANDBOXES):
        assert sandbox._sandboxes.acquire(timeout=1)
    try:
        with pytest.raises(ReadersBusy, match="send it again"):
            read_document(b"Jane", patience_s=0.05)
    finally:
        sandbox._sandboxes.release(SANDBOXES)
    for _ in range(SANDBOXES + 1):
        assert reason_of(b"", patience_s=10) == "empty"
    assert reason_of(as_pdf(TEXT), wall_seconds=0.02) == "timeout"
    assert read_document(TEXT.encode(), patience_s=0.05).text


def test_the_child_can_open_no_file_and_no_socket() -> None:
    attempt = (
        "import socket; from hr_bridge.sandbox import limit_this_process\n"
        "limit_this_process()\n"
        "for deed in (lambda: socket.socket(), lambda: open('/etc/hostname')):\n"
        "    try: deed()\n"
        "    except OSError as error: print(error.errno)\n"
        "try: bytearray(3 << 30)\n"
        "except MemoryError: print('memory')"
    )
    child = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, cwd=ROOT, check=True)
    assert child.stdout.split() == ["24", "24", "memory"]


def test_a_refusal_is_one_sentence_for_the_candidate_and_never_a_traceback() -> None:
    with pytest.raises(Refused) as refused:
        parse_file(PNG, "简历.pdf")
    assert refused.value.phrase == "utter_resume_photo"
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


def test_the_command_prints_a_resume_that_can_be_read_back(tmp_path: Path) -> None:
    file = tmp_path / "resume.docx"
    file.write_bytes(as_docx(TEXT))
    printed = json.loads(json.dumps(resume_command(file)))
    assert printed["work"][0]["employer"] == "上海启明有限公司"
    assert Resume.from_json(printed).to_json() == printed


def test_the_command_refuses_200_mb_without_reading_them(tmp_path: Path) -> None:
    file = tmp_path / "huge.pdf"
    with file.open("wb") as target:
        target.truncate(200 * 1024 * 1024)
    with pytest.raises(ResumeRefused) as refused:
        resume_command(file)
    assert refused.value.reason == "too_large"
