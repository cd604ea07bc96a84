"""`mianshi hrms`: exchange with an HR system by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.terminal import one_clear_line, only_json, show
from core.settings import Settings, load_settings

hrms_app = typer.Typer(help="Exchange with an HR system: templates and imports of spreadsheets.", no_args_is_help=True)

KINDS_HELP = (
    "positions, candidates, pay_bands, market, performance, competency_ratings, exits, hires, pay_changes or checks."
)
SHOWN_REMARKS = 20


@hrms_app.command()
def template(
    kind: Annotated[str, typer.Argument(help=KINDS_HELP)],
    out: Annotated[Path, typer.Option(help="Where the template goes: .xlsx or .csv.", dir_okay=False)],
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """Write an empty table with the headings that `mianshi hrms import` knows, and an example line."""
    from hr_bridge.imports.template import csv_template, xlsx_template

    if language not in ("zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise typer.BadParameter("a name that ends in .xlsx or .csv", param_hint="--out")
    asked = _kind(kind)
    with one_clear_line():
        make = xlsx_template if out.suffix.lower() == ".xlsx" else csv_template
        out.write_bytes(make(asked, "en" if language == "en" else "zh"))
    typer.echo(str(out))


@hrms_app.command("import")
def import_table(
    kind: Annotated[str, typer.Argument(help=KINDS_HELP)],
    file: Annotated[Path, typer.Argument(help="CSV or XLSX.", exists=True, dir_okay=False)],
    preset: Annotated[str | None, typer.Option(help="beisen, moka, boss, yonyou or kingdee; else what fits.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be taken, and take nothing.")] = False,
    links: Annotated[
        Path | None, typer.Option(help="Where candidates' links go; beside FILE when left out.", dir_okay=False)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> None:
    """Take a spreadsheet in. Bad rows are named with line and reason, good ones are taken."""
    asked = _kind(kind)
    with one_clear_line(), only_json():
        from hr_bridge.imports.kinds import presets

        if preset is not None and preset not in presets():
            raise typer.BadParameter(f"one of {', '.join(presets())}", param_hint="--preset")
        settings = load_settings()
        settings.require_secrets()
        document = _imported(settings, asked, file, preset, dry_run, links)
    if as_json:
        show(document, as_json)
    else:
        _show_as_table(document)
    if document["refused"]:
        raise typer.Exit(1)


def _show_as_table(document: Mapping[str, Any]) -> None:
    remarks = document["remarks"]
    rest = {name: value for name, value in document.items() if name != "remarks"}
    shown = [
        f"line {one['line']}, {one['column'] or 'row'}: {one['zh']} {one['en']}" for one in remarks[:SHOWN_REMARKS]
    ]
    if len(remarks) > SHOWN_REMARKS:
        shown.append(f"and {len(remarks) - SHOWN_REMARKS} more; --json names them all")
    show(rest | ({"remarks": shown} if shown else {}), as_json=False)


def _imported(
    settings: Settings, kind: Any, file: Path, preset: str | None, dry_run: bool, links: Path | None
) -> dict[str, Any]:
    from bot.exchange import LINKS, LinkList, take_in
    from bot.services import opened_services
    from hr_bridge.imports.table_file import MAX_BYTES, refused

    if file.stat().st_size > MAX_BYTES:
        raise refused("too_large")
    listed = LinkList(links or file.with_name(file.name + LINKS))

    async def run() -> dict[str, Any]:
        with opened_services(settings) as services:
            report = take_in(services, file.read_bytes(), file.name, listed, kind=kind, preset=preset, dry_run=dry_run)
        return report.to_json()

    document = asyncio.run(run())
    return document | {"links": str(listed.path) if kind == "candidates" and document["new"] and not dry_run else None}


def _kind(name: str) -> Any:
    from hr_bridge.imports.kinds import KindUnknown, kind_named

    try:
        return kind_named(name)
    except KindUnknown as error:
        raise typer.BadParameter(str(error), param_hint="KIND") from None
