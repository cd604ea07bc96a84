"""What became of a file: what was taken, and every row that was not, with its line, column and reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from core.content import Phrase
from hr_bridge.csv_text import csv_file
from hr_bridge.imports.kinds import Kind

HEADINGS: Final = ("行 line", "列 column", "情况 remark", "原因", "reason")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know about a row. A row that was refused was not taken at all."""

    line: int
    column: str | None
    """The heading in the file; None where it is about the whole row."""
    why: Phrase
    refused: bool = True


@dataclass(slots=True)
class ImportReport:
    """Counts of rows; a row with several faults is refused once."""

    kind: Kind
    source: str
    preset: str
    verified: bool
    dry_run: bool
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    remarks: list[Remark] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """What `mianshi hrms import --json` prints."""
        return {
            "file": self.source,
            "kind": self.kind,
            "preset": self.preset,
            "verified": self.verified,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "remarks": [
                {"line": one.line, "column": one.column, "refused": one.refused, "zh": one.why.zh, "en": one.why.en}
                for one in self.remarks
            ],
        }

    def to_csv(self) -> bytes:
        """For the person who made the file: one line of counts, then one line a remark, in the order of the file."""
        counts = (
            f"共 {self.rows} 行：新增 {self.new}，更新 {self.changed}，未变 {self.unchanged}，未导入 {self.refused}",
            f"{self.rows} rows: {self.new} new, {self.changed} changed, {self.unchanged} as before,"
            f" {self.refused} not taken",
        )
        lines = [
            (
                str(one.line),
                one.column or "",
                "未导入 not taken" if one.refused else "提示 note",
                one.why.zh,
                one.why.en,
            )
            for one in sorted(self.remarks, key=lambda one: one.line)
        ]
        return csv_file(HEADINGS, [("", "", "合计 total", *counts), *lines])
