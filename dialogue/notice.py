"""What the notice says about this position: how long it takes, what it pays, who else reads the answers."""

from __future__ import annotations

from core.content import Language
from core.tables import Interview
from hr_bridge.position import LanguageModelUse, PositionProfile


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
        "pay": (
            f"岗位薪资范围：税前月薪{pay.low * 1000:.0f}至{pay.high * 1000:.0f}元"
            if language == "zh"
            else f"The advertised pay is ¥{pay.low * 1000:,.0f} to ¥{pay.high * 1000:,.0f} a month before tax"
        ),
        "language_model": _language_model_line(profile.llm, language),
    }


def _language_model_line(use: LanguageModelUse, language: Language) -> str:
    """One more line of the notice where a language model is on for the position, nothing where it is off."""
    if use.names_vendor is None or not use.is_on:
        return ""
    vendor = use.names_vendor.text(language)
    if language == "zh":
        sent = "您的回答" if use.second_rater else "评分依据中引用的原话"
        does = {
            "再评一次，供招聘人员对照，不改变得分": use.second_rater,
            "起草报告文字，并标明由AI撰写": use.report_prose,
        }
        return f"\n· {sent}会发给{vendor}的大语言模型，由它{'；还会'.join(what for what, on in does.items() if on)}。"
    sent = "Your answers" if use.second_rater else "Passages of your answers that the report quotes"
    does = {
        "rates them once more for the recruiter to compare, without changing your score": use.second_rater,
        "drafts the wording of the report, marked as written by AI": use.report_prose,
    }
    return f"\n· {sent} also go to a language model run by {vendor}. It {', and '.join(w for w, on in does.items() if on)}."
