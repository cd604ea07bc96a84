"""What a reviewer is asked to check about an answer, as one neutral sentence each. Nothing else reads these rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from bot.console.texts import say
from core.content import Language
from core.tables import IntegritySignal


@dataclass(frozen=True, slots=True)
class SignalLine:
    """`other` is the interview to compare with, if any."""

    text: str
    other: str | None


def read_signals(session: Session, interview_id: str, language: Language) -> Mapping[str, Sequence[SignalLine]]:
    """By question: what was noticed here, and what a later candidate's answer turned out to resemble."""
    lines: dict[str, list[SignalLine]] = defaultdict(list)
    rows = select(IntegritySignal).where(
        or_(
            IntegritySignal.interview_id == interview_id,
            (col(IntegritySignal.other_interview_id) == interview_id) & (IntegritySignal.kind == "similar_answer"),
        )
    )
    for row in session.exec(rows.order_by(col(IntegritySignal.id))):
        if row.interview_id == interview_id:
            text = say(language, f"report.signal_{row.kind}", **_figure(row))
            lines[row.question_id].append(SignalLine(text, row.other_interview_id))
        elif row.other_question_id is not None:
            text = say(language, "report.signal_similar_to", **_figure(row))
            lines[row.other_question_id].append(SignalLine(text, row.interview_id))
    return lines


def _figure(row: IntegritySignal) -> dict[str, str]:
    return {"rate": f"{row.value:.0f}"} if row.kind == "fast_typing" else {"percent": f"{row.value:.0%}".rstrip("%")}
