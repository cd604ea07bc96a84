"""`mianshi audit`: what an auditor needs, in one folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.terminal import one_clear_line, only_json, show
from core.content import Language
from core.settings import Settings, load_settings

audit_app = typer.Typer(
    help="For auditors: selection rates, decisions and notices; drafts for a lawyer.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]
Out = Annotated[Path | None, typer.Option(help="The folder; it must be empty or new.", file_okay=False)]
Tongue = Annotated[str, typer.Option(help="zh or en.")]


@audit_app.command()
def pack(
    position: Annotated[str, typer.Option(help="Key of the position, for instance sales.")],
    policy: Annotated[str, typer.Option(help="Whose groups and rules: cn, eu, strict, us, us-ny …")],
    year: Annotated[int | None, typer.Option(help="Year of invitation; else this one.", min=2000, max=2200)] = None,
    language: Tongue = "en",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write tables, a readable report, decisions, notices, overrides, scorer and model card for one position and year."""
    told = tongue(language)
    with one_clear_line(), only_json():
        from bot.audit_pack.pack import write_pack
        from bot.services import opened_services
        from core.clock import now

        async def write(settings: Settings) -> Path:
            with opened_services(settings) as services:
                today = now().astimezone().date()
                return write_pack(services, position, policy, year, told, out, today)

        folder = asyncio.run(write(_ready()))
    show({"folder": str(folder), "files": sorted(file.name for file in folder.iterdir())}, as_json)


@audit_app.command()
def drafts(language: Tongue = "en", out: Out = None, as_json: AsJson = False) -> None:
    """Write drafts for a lawyer: impact assessment, AI Act technical file and instructions, Local Law 144 notice."""
    told = tongue(language)
    with one_clear_line(), only_json():
        from bot.audit_pack.drafts import write_drafts
        from bot.services import opened_services

        async def write(settings: Settings) -> Path:
            with opened_services(settings) as services:
                return write_drafts(services, told, out)

        folder = asyncio.run(write(_ready()))
    show({"folder": str(folder), "files": sorted(file.name for file in folder.iterdir())}, as_json)


def tongue(language: str) -> Language:
    if language not in ("zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    return "en" if language == "en" else "zh"


def _ready() -> Settings:
    settings = load_settings()
    settings.require_secrets()
    return settings
