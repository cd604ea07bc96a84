"""`mianshi competency exposure`: how often each question was asked, and how the two forms compare."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.database import Database
from core.settings import Settings
from scoring.equating import compare_forms
from scoring.forms import exposure_of
from scoring.rubric import load_competency


def exposure_document(settings: Settings, key: str) -> dict[str, Any]:
    """Return `{"competency", "questions": […], "forms": […]}`. Raises RubricMissing."""
    competency = load_competency(key)
    database = Database(settings.database.url)
    try:
        with database.reading() as session:
            exposed, compared = exposure_of(session, competency), compare_forms(session, key)
    finally:
        database.close()
    return {
        "competency": key,
        "questions": [asdict(each) for each in exposed],
        "forms": [each.to_json() for each in compared],
    }


def exposure_lines(document: dict[str, Any]) -> list[str]:
    """Return the same for a person to read."""
    lines = ["question, form, in plans, asked"]
    lines += [f"{q['question']}  {q['form']}  {q['planned']}  {q['asked']}" for q in document["questions"]]
    for compared in document["forms"]:
        where = f"{compared['position']}, {compared['language']}, {compared['model']}"
        equating = compared["equating"]
        if equating is None:
            lines.append(f"{where}: forms not compared, {compared['refused']}.")
            continue
        low, high = equating["shift_interval"]
        lines.append(
            f"{where}: form a is {equating['shift']:+.2f} levels from form b (95 % interval {low:+.2f} to {high:+.2f},"
            f" n = {equating['a']['n']} and {equating['b']['n']}); on the scale of form a, level x of form b is"
            f" {equating['intercept']:.2f} + {equating['slope']:.2f} x. Scores stay as they are."
        )
    return lines
