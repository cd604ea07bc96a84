"""The tables of an audit pack as CSV: names of columns in English, as programs read them; no cell can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.audit_pack.content import AuditContent
from bot.console.fairness_words import dimension_title, group_title
from hr_bridge.csv_text import Cell, csv_file
from hr_bridge.insights.course import STAGES

FAIRNESS = (
    "step", "dimension", "group", "people", "selected", "rate", "impact_ratio", "fisher_p", "verdict",
)  # fmt: skip
CHANNELS = ("channel", "stage", "count", "of", "rate", "low", "high")
DECISIONS = (
    "case", "version", "decision", "decided_at", "by", "match", "pass_line", "position_version", "report_version",
    "scorer", "evidence_opened_before",
)  # fmt: skip
OVERRIDES = ("case", "competency", "level_before", "level", "by", "made_at", "reason")
NOTICES = ("case", "language", "position_version", "invited_at", "acknowledged_at", "working_days_between")


def audit_tables(content: AuditContent) -> Mapping[str, bytes]:
    """Name of the file → its content."""
    single = list(_fairness(content, 1))
    crossed = list(_fairness(content, 2))
    return {
        "selection-rates.csv": csv_file(FAIRNESS, single),
        "selection-rates-intersections.csv": csv_file(FAIRNESS, crossed),
        "stages-by-channel.csv": csv_file(CHANNELS, _channels(content)),
        "decisions.csv": csv_file(DECISIONS, _decisions(content)),
        "overrides.csv": csv_file(OVERRIDES, _overrides(content)),
        "notices.csv": csv_file(NOTICES, _notices(content)),
    }


def _fairness(content: AuditContent, questions: int) -> Iterator[Sequence[Cell]]:
    language = content.language
    for table in content.fairness.tables:
        if len(table.dimension) != questions:
            continue
        where: tuple[Cell, Cell] = (table.step, dimension_title(table.dimension, language))
        if table.refused:
            yield [*where, None, None, None, None, None, None, f"refused_{table.refused}"]
            continue
        for line in table.lines:
            group = group_title(table.dimension, line.group, language)
            if line.share is None:
                yield [*where, group, None, None, None, None, None, line.verdict]
                continue
            numbers: list[Cell] = [line.share.of, line.share.count, _six(line.share.rate), _six(line.ratio)]
            yield [*where, group, *numbers, line.p, line.verdict]
        yield [
            *where,
            "not known, or not shown",
            table.rest.of,
            table.rest.count,
            _six(table.rest.rate),
            None,
            None,
            "",
        ]


def _channels(content: AuditContent) -> Iterator[Sequence[Cell]]:
    for line in content.channels.lines:
        for stage in STAGES:
            share = line.stages[stage]
            low, high = (share.interval.low, share.interval.high) if share.interval else (None, None)
            yield [line.channel, stage, share.count, share.of, _six(share.rate), _six(low), _six(high)]


def _decisions(content: AuditContent) -> Iterator[Sequence[Cell]]:
    for row in content.decisions:
        report: list[Cell] = [row.match, row.pass_line, row.position_version, row.report_version, row.scorer]
        opened = "yes" if row.evidence_opened else "no"
        yield [row.case, row.version, row.value, _at(row.decided_at), row.by, *report, opened]


def _overrides(content: AuditContent) -> Iterator[Sequence[Cell]]:
    for row in content.overrides:
        reason = "(the candidate was erased)" if row.reason is None else row.reason
        yield [row.case, row.competency, row.level_before, row.level, row.by, _at(row.made_at), reason]


def _notices(content: AuditContent) -> Iterator[Sequence[Cell]]:
    for row in content.notices:
        acknowledged = _at(row.acknowledged_at) if row.acknowledged_at else None
        yield [row.case, row.language, row.position_version, _at(row.invited_at), acknowledged, row.working_days]


def _six(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
