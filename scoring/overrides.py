"""Which levels of an interview are a reviewer's, and what a report makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from core.tables import Override
from hr_bridge.match import score_from_level


def standing_overrides(session: Session, interview_id: str) -> Mapping[str, Override]:
    """The newest override of each competency."""
    rows = select(Override).where(Override.interview_id == interview_id).order_by(col(Override.report_version))
    return {row.competency: row for row in session.exec(rows)}


def corrected(result: Mapping[str, Any], override: Override | None) -> dict[str, Any]:
    """One competency of a report under its override; the scorer's level stays beside it as `corrected_from`.

    A person's level is taken as it is, so its confidence is 1.
    """
    if override is None:
        return dict(result)
    return {
        **result,
        "level": override.level,
        "score": round(score_from_level(override.level), 1),
        "confidence": 1.0,
        "unscored_reason": None,
        "corrected_from": result["level"],
    }
