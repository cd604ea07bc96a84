"""What the notice says about this position: how long it takes, what it pays, how long answers are kept."""

from __future__ import annotations

from core.content import Language
from core.tables import Interview
from hr_bridge.policy import load_policy
from hr_bridge.position import PositionProfile


def language_of(interview: Interview) -> Language:
    return "en" if interview.language == "en" else "zh"


def notice_parameters(interview: Interview, profile: PositionProfile) -> dict[str, str | int]:
    """The parameters of `utter_notice` in the interview's language."""
    language = language_of(interview)
    pay = profile.advertised_range
    return {
        "position": profile.title.text(language),
        "minutes": profile.time_budget_minutes,
        "count": profile.scored_questions,
        "days": load_policy(profile.policy).recordings_kept_days,
        "pay": (
            f"岗位薪资范围：税前月薪{pay.low * 1000:.0f}至{pay.high * 1000:.0f}元"
            if language == "zh"
            else f"The advertised pay is ¥{pay.low * 1000:,.0f} to ¥{pay.high * 1000:,.0f} a month before tax"
        ),
    }
