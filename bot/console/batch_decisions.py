"""Advance or hold for many at once. Each is a decision of its own, with its own report and its own entry in the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bot.accounts import Account
from bot.console.decisions import (
    DecidedMeanwhile,
    InterviewUnknown,
    ReasonMissing,
    ReportChanged,
    ReportMissing,
    decide,
)
from bot.services import Services
from core.errors import CandidateErased

BATCH_VALUES: Final[tuple[Literal["advance", "hold"], ...]] = ("advance", "hold")
"""A rejection is made singly, with that person's evidence opened."""
MOST_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """How many were decided, whose decision somebody else had made meanwhile, whose report had changed, and what was
    wrong with the whole."""

    value: str
    done: int = 0
    meanwhile: int = 0
    gone: int = 0
    changed: int = 0
    problem: str | None = None

    @property
    def status(self) -> int:
        """Of the answer to the form."""
        return 422 if self.problem else 200


def decide_batch(services: Services, ticked: list[str], value: str, reason: str, by: Account) -> BatchOutcome:
    """Decide on each of `ticked`, given as `interview:report:version of the newest decision that was seen`."""
    chosen = next((each for each in BATCH_VALUES if each == value), None)
    if chosen is None:
        return BatchOutcome(value, problem="problem.value_missing")
    if not ticked:
        return BatchOutcome(value, problem="problem.nobody_ticked")
    if not reason:
        return BatchOutcome(value, problem="problem.reason_missing")
    done = meanwhile = gone = changed = 0
    for each in ticked[:MOST_AT_ONCE]:
        interview_id, _, rest = each.partition(":")
        report_id, _, seen = rest.partition(":")
        try:
            decide(services, interview_id, chosen, reason, by, report_id, int(seen) if seen.isdecimal() else 0)
            done += 1
        except DecidedMeanwhile:
            meanwhile += 1
        except ReportChanged:
            changed += 1
        except (CandidateErased, InterviewUnknown, ReportMissing):
            gone += 1
        except ReasonMissing:
            return BatchOutcome(value, problem="problem.reason_missing")
    return BatchOutcome(value, done, meanwhile, gone, changed)
