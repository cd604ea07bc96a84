"""How the answers were spoken: what each recording contributes, and what it amounts to for the report.

Delivery is the mean of fluency and prosody. It counts only where the position's profile has spoken communication, with
its weight, and in English interviews; elsewhere it is shown as not scored: it was validated on read English alone.
Intelligibility is shown and never counts: it is how sure the recogniser was, which goes with the accent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Final, Literal

from sqlmodel import Session, col, select

from core.encryption import DataKey
from core.tables import Answer, EnvironmentRecord, Interview, Question, Recording
from hr_bridge.position import PositionProfile
from scoring.heard import Heard

KEY: Final = "spoken_communication"
"""Its place among the weights of a match."""
COUNTED: Final = ("fluency", "prosody")
SHOWN: Final = (*COUNTED, "intelligibility", "pace_wpm", "pause_ratio")
SPOKEN_STAGES: Final = ("opening", "structured", "situational", "resume")
DROPPED_PACKETS: Final = 20
"""From so many on, or with one lost connection, a recording may have gaps."""

Unscored = Literal["not_asked", "nothing_spoken", "environment", "language"]
"""Why delivery has no score: the position does not ask for it, nobody spoke, every recording suffered from device, room
or network, or the interview is held in a language in which delivery was not validated."""


@dataclass(frozen=True, slots=True)
class SpokenDelivery:
    """Means over the recordings that count, weighted by their length. `score`, `fluency`, `prosody` and
    `intelligibility` are 0-100; `weight` is the share of the match, 0 where the position does not ask for it."""

    weight: float
    score: float | None
    unscored: Unscored | None
    fluency: float | None = None
    prosody: float | None = None
    intelligibility: float | None = None
    pace_wpm: float | None = None
    pause_ratio: float | None = None
    recordings: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, repr=False)
class SpokenAnswer:
    """A recording that became an answer, or a part of one, and what impaired it: network, noise, clipping or sound."""

    question: Question
    answer: Answer
    recording: Recording
    impaired_by: Literal["network", "noise", "clipping", "sound"] | None


def spoken_answers(session: Session, interview_id: str) -> list[SpokenAnswer]:
    """Every recording that answers a timed question, in the order asked."""
    rows = session.exec(
        select(Question, Answer, Recording)
        .join(Answer, col(Answer.question_id) == Question.id)
        .join(Recording, col(Recording.id) == Answer.recording_id)
        .where(Question.interview_id == interview_id, col(Question.stage).in_(SPOKEN_STAGES))
        .order_by(col(Question.position), col(Answer.id))
    )
    network = _network_trouble(session, interview_id)
    return [SpokenAnswer(q, a, r, _impairment(r, r.id in network)) for q, a, r in rows]


def spoken_delivery(
    session: Session, interview_id: str, profile: PositionProfile, key: DataKey
) -> SpokenDelivery | None:
    """Delivery over a whole interview, or None where nothing was spoken and nobody asks for it."""
    asked = profile.spoken_communication
    spoken = spoken_answers(session, interview_id)
    if not spoken and asked is None:
        return None
    weight = asked.weight if asked else 0.0
    sound = [s for s in spoken if s.impaired_by is None]
    heard = [
        Heard.from_json(json.loads(key.open(s.recording.heard_sealed, "heard")))
        for s in sound
        if s.recording.heard_sealed is not None
    ]
    means = {name: _mean(heard, name) for name in SHOWN}
    rated = [mean for name in COUNTED if (mean := means[name]) is not None]
    validated = session.get_one(Interview, interview_id).language == "en"
    reason: Unscored | None = None
    if asked is None:
        reason = "not_asked"
    elif not spoken:
        reason = "nothing_spoken"
    elif not sound:
        reason = "environment"
    elif not validated or len(rated) < len(COUNTED):
        reason = "language"
    score = round(fmean(rated), 1) if reason is None else None
    return SpokenDelivery(weight, score, reason, recordings=len(spoken), **means)


def _mean(heard: Sequence[Heard], name: str) -> float | None:
    pairs: list[tuple[float | None, float]] = [(getattr(one.delivery, name), one.duration_s) for one in heard]
    known = [(value, seconds) for value, seconds in pairs if value is not None and seconds > 0]
    if not known:
        return None
    return round(sum(value * seconds for value, seconds in known) / sum(seconds for _, seconds in known), 3)


def _network_trouble(session: Session, interview_id: str) -> set[str]:
    """Recordings during which the connection was lost or sound was dropped."""
    noted: Iterable[EnvironmentRecord] = session.exec(
        select(EnvironmentRecord).where(
            EnvironmentRecord.interview_id == interview_id, EnvironmentRecord.kind == "network"
        )
    )
    return {
        record.recording_id
        for record in noted
        if record.recording_id is not None
        and (record.figures.get("disconnects", 0) > 0 or record.figures.get("dropped_packets", 0) >= DROPPED_PACKETS)
    }


def _impairment(recording: Recording, network: bool) -> Literal["network", "noise", "clipping", "sound"] | None:
    if network:
        return "network"
    if recording.verdict != "poor":
        return None
    if recording.reason == "noise":
        return "noise"
    return "clipping" if recording.reason == "clipping" else "sound"
