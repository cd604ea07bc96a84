"""When an answer cannot be judged, and how to say so to a recruiter."""

from __future__ import annotations

from typing import Final

from core.content import Phrase
from scoring.cleaning import fold
from scoring.score import Language
from scoring.transcript import Transcript, count_words, is_code, language_of

FEWEST_WORDS: Final[dict[Language, int]] = {"en": 3, "zh": 4}
UNHEARD_BELOW: Final = 0.45
"""Mean word confidence of a transcript under which two words in five may be wrong."""

EMPTY: Final = Phrase(zh="没有作答，无内容可评。", en="No answer was given, so there is nothing to score.")
NO_WORDS: Final = Phrase(
    zh="回答里只有表情或符号，没有文字，无法评分。",
    en="The answer has only emoji or symbols and no words, so it cannot be scored.",
)
TOO_SHORT: Final = Phrase(
    zh="回答只有几个字，看不出候选人做了什么，无法评分。",
    en="The answer is only a word or two, too little to tell what the candidate did.",
)
OTHER_LANGUAGE: Final = Phrase(
    zh="回答用的不是中文或英文，系统无法评分，请安排懂该语言的同事阅读。",
    en="The answer is not in Chinese or English and cannot be scored here; ask a colleague who reads it.",
)
CODE: Final = Phrase(
    zh="回答主要是程序代码或符号，不是对问题的叙述，无法评分，请由人工查看。",
    en="The answer is mostly program code or symbols, not an account, so a person should look at it.",
)
UNHEARD: Final = Phrase(
    zh="语音识别把握不足，转写可能有误，未予评分，请听录音后由人工评阅。",
    en="The recording was not understood well enough to score its transcript; please listen to it.",
)
UNCONFIRMED: Final = Phrase(
    zh="录音不够清楚，候选人没有确认文字稿，未予评分，请听录音后由人工评阅。",
    en="The recording was hard to make out and its transcript was not confirmed, so a person should listen to it.",
)
_REASONS: Final = (EMPTY, NO_WORDS, TOO_SHORT, OTHER_LANGUAGE, CODE, UNHEARD, UNCONFIRMED)


def reason_in(language: Language, reason: str) -> str:
    """Return a stored reason in `language`; one that is none of ours as it is."""
    return next((known.text(language) for known in _REASONS if reason in (known.zh, known.en)), reason)


def reason_unscored(
    transcript: Transcript, language: Language, transcript_confidence: float | None = None
) -> str | None:
    """Return why the answer cannot be scored, in the interview's `language`, or None where it can be.

    An answer whose every passage was a plea or a repeat is not unscored: it was given and holds no evidence.
    """
    answer = transcript.answer
    own = transcript.language or language_of(answer) or language
    if not answer.strip():
        return EMPTY.text(language)
    if not any(char.isalpha() for char in fold(answer)):
        return NO_WORDS.text(language)
    if transcript_confidence is not None and transcript_confidence < UNHEARD_BELOW:
        return UNHEARD.text(language)
    if is_code(answer):
        return CODE.text(language)
    if transcript.language is None and language_of(answer) is None:
        return (OTHER_LANGUAGE if len(fold(answer)) > 8 else TOO_SHORT).text(language)
    if transcript.removed and not transcript.plain:
        return None
    if count_words(answer) < FEWEST_WORDS[own]:
        return TOO_SHORT.text(language)
    return None
