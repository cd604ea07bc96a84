"""Up to five candidates of one position side by side: match, competencies, and a quote for each. No pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from bot.accounts import Account, record
from bot.console.review_screen import rates_blind
from bot.scope import sees_interview
from bot.services import Services
from core.content import Language
from core.errors import CandidateErased, Refused
from core.tables import Candidate, Interview, Position, Report
from scoring.report import evidence_of, newest_decision, newest_report
from scoring.rubric import load_competency

FEWEST: Final = 2
MOST: Final = 5
LONGEST_QUOTE: Final = 160


class NotComparable(Refused):
    """`problem` names the sentence: too few or too many, different positions, or one still to be rated blind."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"these interviews cannot be compared: {problem}")
        self.problem = problem


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """One competency of one candidate, with the first quote of its evidence."""

    score: float | None
    level: float | None
    quote: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Compared:
    id: str
    name: str
    language: str
    match: float | None
    level: str | None
    decision: str | None
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """`rows` are the candidates, the best match first; `titles` the competencies in the order of their cells."""

    position_title: str
    pass_line: float
    titles: Sequence[str]
    rows: Sequence[Compared]


def compare(services: Services, interview_ids: Sequence[str], language: Language, by: Account) -> Comparison:
    """Read the newest reports of these interviews; the log keeps who compared whom. Raises NotComparable."""
    chosen = list(dict.fromkeys(interview_ids))
    if not FEWEST <= len(chosen) <= MOST:
        raise NotComparable("problem.compare_count")
    with services.database.unit_of_work() as session:
        found = [_found(session, interview_id, by) for interview_id in chosen]
        positions = [session.get_one(Position, interview.position_id) for interview, _ in found]
        if len({position.key for position in positions}) > 1:
            raise NotComparable("problem.compare_positions")
        if any(rates_blind(session, interview, by) for interview, _ in found):
            raise NotComparable("problem.compare_blind")
        newest = max(positions, key=lambda position: position.version)
        keys = [each["key"] for each in newest.profile["competencies"]]
        rows = [_compared(services, session, interview, report, keys) for interview, report in found]
        for interview, _ in found:
            # One quote each is not the evidence: it has to be opened before a rejection.
            record(session, by, "compared", interview.id)
    rows.sort(key=lambda row: -1.0 if row.match is None else row.match, reverse=True)
    titles = [load_competency(key).title.text(language) for key in keys]
    return Comparison(newest.profile["title"][language], float(newest.profile["pass_line"]), titles, rows)


def _found(session: Session, interview_id: str, by: Account) -> tuple[Interview, Report]:
    interview, report = session.get(Interview, interview_id), newest_report(session, interview_id)
    if interview is None or report is None or not sees_interview(session, by, interview_id):
        raise NotComparable("problem.compare_missing")
    return interview, report


def _compared(
    services: Services, session: Session, interview: Interview, report: Report, keys: Sequence[str]
) -> Compared:
    try:
        key = services.key_of(session, interview)
    except CandidateErased as error:
        raise NotComparable("problem.compare_missing") from error
    results = {each["key"]: each for each in report.competencies}
    quotes = {competency: items[0]["quote"] for competency, items in evidence_of(session, report, key).items()}
    decision = newest_decision(session, interview.id)
    return Compared(
        id=interview.id,
        name=key.open(session.get_one(Candidate, interview.candidate_id).name_sealed),
        language=interview.language,
        match=report.match,
        level=report.level,
        decision=decision.value if decision else None,
        cells=[
            Cell(results[each]["score"], results[each]["level"], _short(quotes.get(each)))
            if each in results
            else Cell(None, None, None)
            for each in keys
        ],
    )


def _short(quote: str | None) -> str | None:
    return quote if quote is None or len(quote) <= LONGEST_QUOTE else f"{quote[:LONGEST_QUOTE]}…"
