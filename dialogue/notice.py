"""What the notice says about this position: how long it takes, what it pays, who else reads the answers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.content import Language, Phrase
from core.tables import Interview
from hr_bridge.policy import load_policy
from hr_bridge.position import LanguageModelUse, PositionProfile

WHO_DECIDES: Final = {
    False: Phrase(zh="是否进入下一轮由招聘负责人决定", en="the recruiter decides whether you move on"),
    True: Phrase(
        zh="达到及格线自动进入下一轮，其余由招聘负责人决定",
        en="from the pass line on you move on automatically, and in all other cases the recruiter decides",
    ),
}

PAY_LEAD: Final = Phrase(zh="岗位薪资范围：", en="The advertised pay is")
COINS: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "CNY": Phrase(zh="元", en="¥"),
        "EUR": Phrase(zh="欧元", en="€"),
        "GBP": Phrase(zh="英镑", en="£"),
        "HKD": Phrase(zh="港元", en="HK$"),
        "USD": Phrase(zh="美元", en="US$"),
    }
)
"""How an amount is written: after it in Chinese, before it in English."""


def advances_by_itself(profile: PositionProfile) -> bool:
    """Whether candidates of this position advance without a person: it asks for it, and its policy profile allows it."""
    return profile.review.automatic_advance and load_policy(profile.policy).automatic_advance == "with_notice_and_log"


def who_decides(profile: PositionProfile, language: Language) -> str:
    """That an AI interviews and who decides, in one sentence without its full stop."""
    decides = WHO_DECIDES[advances_by_itself(profile)].text(language)
    if language == "zh":
        return f"本次由AI提问并初评，{decides}"
    return f"An AI asks the questions and makes a first assessment; {decides}"


def advertised_pay(profile: PositionProfile, language: Language) -> str:
    """税前月薪9000至12000元; ¥9,000 to ¥12,000 a month before tax. Of the advertised range, never of the band."""
    low, high = profile.advertised_range.low * 1000, profile.advertised_range.high * 1000
    coin = COINS.get(profile.currency)
    if language == "zh":
        return f"税前月薪{low:.0f}至{high:.0f}{coin.zh if coin else profile.currency}"
    sign = coin.en if coin else f"{profile.currency} "
    return f"{sign}{low:,.0f} to {sign}{high:,.0f} a month before tax"


def language_of(interview: Interview) -> Language:
    return "en" if interview.language == "en" else "zh"


def notice_parameters(interview: Interview, profile: PositionProfile, voice: bool = False) -> dict[str, str | int]:
    """The parameters of `utter_notice` in the interview's language; `voice` where answers may be spoken."""
    language = language_of(interview)
    return {
        "position": profile.title.text(language),
        "minutes": profile.time_budget_minutes,
        "count": profile.scored_questions,
        "pay": f"{PAY_LEAD.text(language)}{'' if language == 'zh' else ' '}{advertised_pay(profile, language)}",
        "who_decides": who_decides(profile, language),
        "what_counts": _what_counts(language, voice and profile.spoken_communication is not None),
        "language_model": _language_model_line(profile.llm, language),
        "voice": "".join(f"\n· {line}" for line in _voice_lines(profile, language)) if voice else "",
    }


def _what_counts(language: Language, delivery: bool) -> str:
    """The beginning of the sentence; in Chinese interviews delivery never counts (scoring/spoken.py)."""
    if language == "zh":
        return "评分只看您说了什么"
    return f"{'Apart from the spoken delivery named below, what' if delivery else 'What'} counts is what you say"


def _voice_lines(profile: PositionProfile, language: Language) -> list[str]:
    """What becomes of a recording, and how far the way it is spoken counts."""
    zh, asked = language == "zh", profile.spoken_communication
    lines = [
        "可以打字，也可以录音，两种方式同等对待。发送录音即表示同意我们加密保存并转成文字，供招聘人员收听；不做声纹识别。"
        if zh
        else f"You can type or speak; {'both are welcome' if asked else 'both count the same'}. By sending a recording "
        "you agree that it is stored encrypted, turned into text, and may be heard by the recruiter. It is never used "
        "to recognise your voice."
    ]
    if asked is not None:
        lines.append(
            "该岗位看重口头表达，但中文录音目前不对表达方式评分，只按内容评分。"
            if zh
            else "Speaking is part of this job. Where you answer by voice, how fluently you speak and your intonation count "
            f"with up to {asked.weight:.0%} of the match; typed answers lose nothing."
        )
    return lines


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
