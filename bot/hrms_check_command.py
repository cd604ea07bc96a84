"""`mianshi hrms check`: whether the HR system is ready, in plain words, and what the next delivery would change there."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.terminal import one_clear_line, only_json, show
from core.settings import load_settings

if TYPE_CHECKING:  # half a second to import, and `mianshi --help` reads this file
    from bot.hrms_check import Checked
    from hr_bridge.connectors.odoo.fields import Change

MARKS = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]"}


def check(
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Add our properties to the mapped jobs that lack them.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> None:
    """Look at Odoo with our keys and our mapping; what is missing, and what the next delivery would change. Nothing is
    written there without --prepare."""
    with one_clear_line(), only_json():
        from bot.hrms_check import check_hrms

        checked = asyncio.run(check_hrms(load_settings(), prepare=prepare))
    if as_json:
        show(asdict(checked) | {"ok": checked.ok}, as_json)
    else:
        _print(checked, Console())
    raise typer.Exit(0 if checked.ok else 1)


def _print(checked: Checked, console: Console) -> None:
    for sentence in checked.prepared:
        console.print(sentence, highlight=False, markup=False)
    for finding in checked.findings:
        console.print(MARKS[finding.verdict], end=" ")
        remedy = f" → {finding.remedy}" if finding.remedy else ""
        console.print(f"{finding.name}: {finding.detail}{remedy}", highlight=False, markup=False, soft_wrap=True)
    if checked.obstacle:
        console.print(f"The next delivery waits: {checked.obstacle}", highlight=False, markup=False, soft_wrap=True)
    if checked.changes:
        console.print(f"\nThe next delivery ({checked.next_delivery}) would change:", highlight=False, markup=False)
        console.print(_as_table(checked.changes))


def _as_table(changes: list[Change]) -> Table:
    table = Table("field", "now", "then", box=None, pad_edge=False)
    for change in changes:
        table.add_row(change.field, _shown(change.before), _shown(change.after))
    return table


def _shown(value: Any) -> str:
    return "–" if value is None or value is False else str(value).replace("[", r"\[")
