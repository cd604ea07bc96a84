"""`mianshi demo`: a past that never was, to look at what the product says of one."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from bot.terminal import one_clear_line, only_json, show
from core.settings import load_settings

demo_app = typer.Typer(help="Simulated data to look at; nobody in them exists.", no_args_is_help=True)


@demo_app.command()
def outcomes(
    effects: Annotated[
        bool, typer.Option(help="Off, nothing depends on any score, and no finding should appear.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Another number, another chance.")] = 7,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> None:
    """People for the pages of figures and deletions, made from a truth that is told. With COST_CHANNELS set as printed,
    the board shows what a hire costs by channel."""
    from bot.demo_outcomes import make_outcomes
    from bot.services import opened_services

    async def made() -> dict[str, object]:
        settings = load_settings()
        settings.require_secrets()
        with opened_services(settings) as services:
            people = make_outcomes(services, seed, with_effects=effects)
        truths = {
            position: {
                "performance": list(truth.performance or ()),
                "pay_growth": list(truth.pay_growth or ()),
            }
            for position, truth in people.truths.items()
        }
        return {
            "applicants": people.applicants,
            "hires": people.hires,
            "erased": people.erased,
            "truth": truths,
            "channels": {
                name: {key: value for key, value in asdict(truth).items() if key != "price"}
                for name, truth in people.channels.items()
            },
            "groups": [asdict(truth) for truth in people.groups],
            "COST_CHANNELS": ", ".join(f"{name}={truth.price}" for name, truth in people.channels.items()),
        }

    with one_clear_line(), only_json():
        document = asyncio.run(made())
    show(document, as_json)
