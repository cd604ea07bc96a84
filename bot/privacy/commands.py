"""`mianshi erase`, `retention`, `backup` and `restore`."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.terminal import fail, one_clear_line, show
from core.settings import load_settings

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]


def erase(
    candidate: Annotated[str, typer.Argument(help="The candidate's id, as the console shows it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase one candidate for good, and print the certificate. A legal hold refuses it."""
    from bot.privacy.carrying_out import carry_out
    from bot.privacy.certificate import read_certificate
    from bot.privacy.erasure import ask_for_erasure, request_standing
    from bot.services import opened_services

    settings = load_settings()
    settings.require_secrets()
    if not yes and not as_json:
        typer.confirm(f"Erase candidate {candidate} for good? Nobody can bring anything back", abort=True)

    async def run() -> dict[str, Any]:
        with opened_services(settings) as services:
            with services.database.unit_of_work() as session:
                request_id = ask_for_erasure(session, candidate, "operator")
            done = await asyncio.to_thread(carry_out, services, request_id)
            with services.database.reading() as session:
                standing = request_standing(session, request_id)
                if not done:
                    return {"request": request_id, "standing": standing}
                certificate = read_certificate(session, request_id)
            document = certificate.document.model_dump(mode="json")
            return {"request": request_id, "standing": standing, "certificate": {"id": certificate.id, **document}}

    with one_clear_line():
        told = asyncio.run(run())
    if told["standing"] == "held":
        fail("A legal hold stands: nothing is erased until it is released (/console/privacy).")
    show(told, as_json)


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and delete nothing.")] = False,
    days: Annotated[int, typer.Option(help="With --dry-run: what goes within so many days from now.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Delete what the policies' times are over for; the worker does the same once a day."""
    from bot.privacy.retention import keep_to_policy, read_coming
    from bot.services import opened_services

    settings = load_settings()
    settings.require_secrets()

    async def run() -> dict[str, Any]:
        with opened_services(settings) as services:
            if not dry_run:
                removed = await asyncio.to_thread(keep_to_policy, services)
                return {"dry_run": False, "done_today": removed is None, "removed": dict(removed or {})}
            with services.database.reading() as session:
                due = read_coming(session, timedelta(days=days))
            counts = Counter(f"{each.what}s" for each in due if not each.held)
            return {
                "dry_run": True,
                "would_go": dict(counts),
                "held": sum(each.held for each in due),
                "items": [
                    {
                        "what": each.what,
                        "interview": each.interview_id,
                        "position": each.position_key,
                        "policy": each.policy,
                        "rule": each.rule,
                        "since": each.since.isoformat(),
                        "held": each.held,
                    }
                    for each in due
                ],
            }

    with one_clear_line():
        told = asyncio.run(run())
    show(told, as_json)


def backup(
    target: Annotated[Path, typer.Argument(help="A folder that is not there yet.")], as_json: AsJson = False
) -> None:
    """Copy all data, without their keys, while everything runs. The keys go to the file BACKUP_KEYS."""
    from bot.privacy.backup import make_backup
    from bot.services import opened_services

    settings = load_settings()
    settings.require_secrets()

    async def run() -> dict[str, Any]:
        with opened_services(settings) as services:
            made = await asyncio.to_thread(make_backup, services, target)
            return {
                "folder": str(made.folder),
                "made_at": made.made_at.isoformat(),
                "files": made.files,
                "keys": str(settings.privacy.backup_keys),
                "keys_of_candidates": made.keys,
            }

    with one_clear_line():
        told = asyncio.run(run())
    show(told, as_json)


def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `mianshi backup` made.", exists=True, file_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Replace the data that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back. Whoever was erased since stays erased."""
    from bot.privacy.backup import restore as bring_back

    settings = load_settings()
    settings.require_secrets()

    async def run() -> dict[str, Any]:
        back = bring_back(settings, source, replace=replace)
        return {
            "made_at": back.made_at.isoformat(),
            "candidates": back.candidates,
            "erased_again": back.erased_again,
            "without_key": back.without_key,
        }

    with one_clear_line():
        told = asyncio.run(run())
    show(told, as_json)
