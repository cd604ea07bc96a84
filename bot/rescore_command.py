"""`mianshi rescore`: the batch with its progress, and the table of before and after."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from core.database import Database
from core.encryption import KeyRing
from core.settings import Settings
from scoring.assess import AnswerScorer
from scoring.rescoring import Change, Outcome, reported_interviews, rescore
from scoring.workflow import AssessmentSteps


def rescore_stored(
    settings: Settings, position: str | None, interview: str | None, weights: int | None = None
) -> list[Change]:
    """Score what is asked for again, with a bar on stderr. Raises NothingToRescore."""
    database = Database(settings.database.url)
    try:
        interviews = reported_interviews(database, position, interview)
        keys = KeyRing(settings.secrets.master_key.get_secret_value())
        steps = AssessmentSteps(database, keys, AnswerScorer.load(settings.models), settings.connectors)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("scoring again", total=len(interviews))
            return rescore(database, steps, interviews, lambda: progress.advance(bar), weights)
    finally:
        database.close()


def as_document(changes: list[Change]) -> dict[str, Any]:
    done = [change for change in changes if change.after is not None]
    return {
        "rescored": len(done),
        "failed": len(changes) - len(done),
        "interviews": [change.to_json() for change in changes],
    }


def as_table(changes: list[Change]) -> Table:
    table = Table("interview", "match", "→", "level", "→", "scorer", "→", "report")
    for change in changes:
        before, after = _cells(change.before), _cells(change.after)
        report = change.problem or (f"version {change.after.version}" if change.after else "")
        table.add_row(
            change.interview_id, before[0], after[0], before[1], after[1], change.before.model, after[2], report
        )
    return table


def _cells(outcome: Outcome | None) -> tuple[str, str, str]:
    if outcome is None:
        return "–", "–", "–"
    match = "–" if outcome.match is None else f"{outcome.match:.1f}"
    return match, outcome.level or "–", outcome.model
