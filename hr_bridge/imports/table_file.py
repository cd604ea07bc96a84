"""A spreadsheet file becomes rows of text, in a limited child process; every way to fail has its own sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from core.content import Phrase
from core.errors import Refused, Unavailable
from hr_bridge.sandbox import ChildDied, ChildTooSlow, NoSandboxFree, ask_child

MAX_BYTES: Final = 50 * 1024 * 1024
WALL_SECONDS: Final = 180.0
PATIENCE_S: Final = 30.0

Reason = Literal["too_large", "empty", "not_a_table", "legacy_xls", "encrypted", "damaged", "timeout"]

_ADVICE: Final = MappingProxyType(
    {
        "too_large": Phrase(
            zh="文件超过 50 MB、30 万行，或压缩内容过大；请分成几个文件。",
            en="The file is larger than 50 MB or 300,000 rows, or too much is packed in it; split it into several.",
        ),
        "empty": Phrase(zh="文件里没有内容。", en="The file is empty."),
        "not_a_table": Phrase(
            zh="这不是 CSV 或 XLSX 表格；请从原系统重新导出。",
            en="This is no CSV or XLSX table; export it again from the system that it comes from.",
        ),
        "legacy_xls": Phrase(
            zh="这是旧版 Excel（.xls）文件；请另存为 .xlsx 或 CSV UTF-8。",
            en="This is an old Excel file (.xls); save it as .xlsx or CSV UTF-8.",
        ),
        "encrypted": Phrase(zh="文件有密码；请去掉密码后再保存。", en="The file has a password; save it without one."),
        "damaged": Phrase(
            zh="文件已损坏或不完整；请重新导出。", en="The file is damaged or incomplete; export it again."
        ),
        "timeout": Phrase(
            zh="读取文件用时过长；请分成几个文件。", en="Reading the file took too long; split it into several."
        ),
    }
)


class TableRefused(Refused):
    """The file cannot be used as a table; `why` says it in both languages."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.en)
        self.why = why


class ReadersBusy(Unavailable):
    """Too many files are being read at the moment."""


@dataclass(frozen=True, slots=True, repr=False)
class TableText:
    """What stands in a table, row by row; empty rows are left out."""

    lines: tuple[bytes, ...]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number in the file, counted from 1, and the cells."""
        for line in self.lines:
            number, cells = json.loads(line)
            yield number, cells


def read_table(data: bytes, *, wall_seconds: float = WALL_SECONDS, patience_s: float = PATIENCE_S) -> TableText:
    """The first visible sheet of an XLSX, or a CSV, of at most 50 MB. Blocks up to `patience_s` for a free sandbox and
    `wall_seconds` in it. Raises TableRefused, and ReadersBusy when no sandbox became free."""
    if len(data) > MAX_BYTES:
        raise refused("too_large")
    try:
        printed = ask_child("hr_bridge.imports.sandboxed_table", data, wall_seconds=wall_seconds, patience_s=patience_s)
    except NoSandboxFree as error:
        raise ReadersBusy("Too many files are being read at the moment; it is tried again.") from error
    except ChildTooSlow as error:
        raise refused("timeout") from error
    except ChildDied as error:
        raise refused("damaged") from error
    *lines, last = printed.splitlines()
    ending = json.loads(last)
    if "refused" in ending:
        raise refused(ending["refused"])
    if ending["rows"] != len(lines):
        raise refused("damaged")
    return TableText(tuple(lines))


def refused(reason: Reason) -> TableRefused:
    return TableRefused(_ADVICE[reason])
