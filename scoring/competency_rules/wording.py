"""What the words of a rubric give away: two asks in one, leading, hypothetical, forbidden topics, empty praise, mirrors.

Every function looks at words alone and is cautious: it names what it found, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from core.content import Language

Pattern = re.Pattern[str]

_ASKED_ZH: Final = r"(?:怎么(?!回事)|怎样|如何|什么|哪|为什么|多少|几|谁|有没有|是否|是不是)"
_ASK_ZH: Final = re.compile(
    r"请(?:您)?(?:再|也|先)?(?:讲|说|谈|描述|介绍|举|分享|分析|说明|解释|回忆)"
    rf"|您(?:会|打算|准备(?![了好])|该|觉得|认为)|您.{{0,12}}{_ASKED_ZH}"
)
_OPENING_ZH: Final = re.compile(r"请(?:您)?(?:讲|说|谈|描述|举|分享)|您(?:会|打算|准备(?![了好]))")
_SENTENCE_EN: Final = re.compile(r"\S[^.?!]*[.?!]*")
_IMPERATIVE_EN: Final = re.compile(r"(?:please )?(?:tell|describe|give|explain|say|talk|take|think)\b", re.IGNORECASE)
_SECOND_ASK_ZH: Final = re.compile(rf"{_ASKED_ZH}|说说|讲讲|谈谈|请(?:您)?(?:再|也)?(?:讲|说|谈|介绍|说明|解释|分析)")
_SECOND_ASK_EN: Final = re.compile(
    r"(?:\band|&|;)\s+(?:also\s+|then\s+|please\s+)*"
    r"(?:how|what|why|when|who|whom|which|where|would you|did you|do you|tell|describe|explain|say)\b",
    re.IGNORECASE,
)
_TWO_IN_A_CLAUSE_ZH: Final = re.compile(rf"{_ASKED_ZH}.{{0,12}}(?:和|以及|并且|还有|、|又|并).{{0,4}}{_ASKED_ZH}")
_STILL_THE_FIRST_ZH: Final = re.compile(r"的(?:经历|例子|事|事情|情况|时候|做法|[^，。？]{0,6}经历)$")
_CLAUSE_END: Final = re.compile(r"[，。；？！,;?!]+")

_LEADING: Final[Mapping[Language, Pattern]] = {
    "zh": re.compile(
        r"难道|您不觉得|您不认为|应不应该|是不是应该|是不是更|您(?:也)?同意|当然|显然|毫无疑问|众所周知|大家都知道"
        r"|肯定会|一定会|您应该会|想必|[，,](?:对不对|是不是)|对吧|是吧|不是吗"
    ),
    "en": re.compile(
        r"\b(?:don't|wouldn't|isn't|aren't|shouldn't|won't|didn't|haven't) (?:you|it|that|they|we)\b"
        r"|\b(?:surely|obviously|of course|needless to say|no doubt|presumably|as we all know|everyone knows)\b"
        r"|\b(?:do|would) you (?:not )?agree\b|, right\?|\bhow (?:important|essential) (?:is|was) it\b|\bI assume\b",
        re.IGNORECASE,
    ),
}
_HYPOTHETICAL: Final[Mapping[Language, Pattern]] = {
    "zh": re.compile(r"如果|假如|假设|假使|要是|倘若|万一|设想|想象|您会(?:怎么|怎样|如何)"),
    "en": re.compile(
        r"\b(?:imagine|suppose|assume that|what if|(?:what|how|where|when) would you|would you"
        r"|if (?:you|your|a|an|the|someone|somebody) (?:\w+ )?(?:were|had|could|saw|asked|refused|got))\b",
        re.IGNORECASE,
    ),
}
_ASKS_FOR_THE_PAST: Final[Mapping[Language, Pattern]] = {
    "zh": re.compile(r"请(?:您)?(?:讲|说|谈|描述|举|分享|回忆).{0,6}(?:一次|一个|一件|一段).*(?:经历|例子|事)"),
    "en": re.compile(
        r"\b(?:tell me about a time|describe (?:a|an) (?:time|occasion|situation)|give (?:me |us )?an example"
        r"|have you ever)\b",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class Topic:
    """Something an interview may not ask about; `zh` and `en` are its names."""

    zh: str
    en: str
    asked: Pattern


def _topic(zh: str, en: str, pattern: str) -> Topic:
    return Topic(zh, en, re.compile(pattern, re.IGNORECASE))


FORBIDDEN_TOPICS: Final = (
    _topic(
        "婚恋",
        "marriage",
        r"婚|恋爱|[男女]朋友|[找谈有]对象|配偶|老公|老婆|丈夫|妻子"
        r"|\b(?:marri\w+|weddings?|spouse|husband|wife|boyfriend|girlfriend|fianc[eé]e?)\b",
    ),
    _topic(
        "生育和家庭",
        "children and family",
        r"生育|[二三]胎|怀孕|备孕|产假|孩子|小孩|子女|家庭|家人|父母"
        r"|\b(?:pregnan\w*|maternity|child(?:ren|care)?|kids|famil(?:y|ies)|parents)\b",
    ),
    _topic(
        "年龄",
        "age",
        r"年龄|年纪|您(?:今年)?多大|几岁|岁数|属相|出生年|哪年出生|\bhow old (?:are|is) you|\byour age\b|\bage\b|\bdate of birth\b"
        r"|\bhow old\b|\bborn in\b",
    ),
    _topic(
        "籍贯和民族",
        "native place and origin",
        r"籍贯|户口|哪里人|哪儿人|老家|民族"
        r"|\b(?:native place|home ?town|ethnic\w*|nationality|race|where (?:are|do) you (?:originally )?(?:come )?from)\b",
    ),
    _topic(
        "宗教和政治",
        "religion and politics",
        r"宗教|信仰|信教|党员|政治面貌|\b(?:religio\w+|church|mosque|temple|faith)\b",
    ),
    _topic(
        "健康",
        "health",
        r"健康|疾病|病史|慢性病|残疾|传染病|身高|体重"
        r"|\b(?:health\w*|illness(?:es)?|disab\w+|medical (?:history|condition)|your (?:height|weight))\b",
    ),
    _topic("性别", "gender", r"性别|\bgender\b"),
)

_PRAISE: Final[Mapping[Language, Pattern]] = {
    "zh": re.compile(
        r"非常|特别|十分|比较|相当|极其|极为|完全|完美|不太|不够|一般|基本上?|稍微?|略微?|有些|有点|几乎|能够|可以|优秀|良好"
        r"|出色|突出|卓越|优异|合格|熟练|总是|经常|通常|常常|有时候?|偶尔|很少|从不|较强|水平|能力|表现|方面|程度"
        r"|[很最极太更还较强弱好差高低不的地得了能会也]|[，。、；！]"
    ),
    "en": re.compile(
        r"\b(?:very|really|quite|extremely|highly|exceptionally|fairly|rather|somewhat|moderately|slightly|hardly|not|poor(?:ly)?"
        r"|weak(?:ly)?|bad(?:ly)?|average|adequate(?:ly)?|satisfactor(?:y|ily)|acceptabl[ey]|ok|okay|good|well|great|strong(?:ly)?"
        r"|excellent(?:ly)?|outstanding(?:ly)?|superb(?:ly)?|perfect(?:ly)?|better|best|always|usually|often|frequently|sometimes"
        r"|occasionally|rarely|seldom|never|consistently|limited|basic|some|full(?:y)?|complete(?:ly)?|high|low|levels?|skills?"
        r"|abilit(?:y|ies)|performance|a|an|the|is|are|at|in|of|to|can|has|have|shows?|does|do|most|more|less)\b|[^\w\s]",
        re.IGNORECASE,
    ),
}
_LEAST_BEHAVIOUR: Final[Mapping[Language, int]] = {"zh": 5, "en": 3}
_ALIKE_ANCHORS: Final = 0.6
_ALIKE: Final[Mapping[Language, int]] = {"zh": 2, "en": 3}
"""How many characters of a text are compared at a time."""
_MARKS: Final = str.maketrans("，、。？；：！（）“”", ',,.?;:!()""')
_MARK: Final = re.compile(r"[,.?;:!()\"]")
_PROPORTION: Final = 0.45


def second_ask(text: str, language: Language) -> bool:
    """Tell whether `text` asks two things, so that an answer to one of them looks like half an answer."""
    if len(re.findall(r"[?？]", text)) > 1:
        return True
    return _second_ask_zh(text) if language == "zh" else _second_ask_en(text)


def _second_ask_en(text: str) -> bool:
    asks = [ask for ask in _SENTENCE_EN.findall(text) if ask.endswith("?") or _IMPERATIVE_EN.match(ask)]
    return len(asks) > 1 or any(_SECOND_ASK_EN.search(ask) for ask in asks)


def _second_ask_zh(text: str) -> bool:
    clauses = [clause for clause in _CLAUSE_END.split(text) if clause]
    asks = [n for n, clause in enumerate(clauses) if _ASK_ZH.search(clause)]
    # A premise may hold question words (还不知道哪里不对); the ask itself begins with 请讲 or 您会.
    first = next((n for n in asks if _OPENING_ZH.search(clauses[n])), asks[0] if asks else None)
    if first is None:
        return False
    later = clauses[first + 1 :]
    return bool(_TWO_IN_A_CLAUSE_ZH.search(clauses[first])) or any(
        _SECOND_ASK_ZH.search(clause) and not _STILL_THE_FIRST_ZH.search(clause) for clause in later
    )


def leading_words(text: str, language: Language) -> str | None:
    """Return the words that tell the candidate which answer is wanted."""
    return _found(_LEADING[language], text)


def hypothetical_words(text: str, language: Language) -> str | None:
    """Return the words that ask what one would do, rather than what one did."""
    return _found(_HYPOTHETICAL[language], text)


def words_about_the_past(text: str, language: Language) -> str | None:
    """Return the words that ask for an experience, rather than a plan."""
    return _found(_ASKS_FOR_THE_PAST[language], text)


def forbidden_topics(text: str) -> Iterator[tuple[Topic, str]]:
    """Yield each topic that no interview may ask about, with the word that touches it."""
    for topic in FORBIDDEN_TOPICS:
        word = _found(topic.asked, text)
        if word:
            yield topic, word


def behaviour(anchor: str, language: Language) -> str:
    """Return what is left of an anchor without words of degree and praise; empty where that is too little to observe."""
    left = _PRAISE[language].sub("" if language == "zh" else " ", anchor)
    size = len(left.strip()) if language == "zh" else len(left.split())
    return " ".join(left.split()) if size >= _LEAST_BEHAVIOUR[language] else ""


def same_behaviour(one: str, other: str, language: Language) -> bool:
    """Tell whether two anchors differ in words of degree alone."""
    left, right = behaviour(one, language), behaviour(other, language)
    return bool(left and right) and likeness(shingles(left, language), shingles(right, language)) >= _ALIKE_ANCHORS


def shingles(text: str, language: Language) -> frozenset[str]:
    """Return the overlapping pieces of a text by which two texts are compared; punctuation and case do not count."""
    size = _ALIKE[language]
    plain = re.sub(r"[\W_]+", "" if language == "zh" else " ", text.lower())
    return frozenset(plain[start : start + size] for start in range(len(plain) - size + 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of pieces that two texts have in common, 0 to 1 (Jaccard)."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0


def mirrors(zh: str, en: str) -> bool:
    """Tell whether two texts have the same marks and digits in the same places and clauses of like proportions.

    Of fewer than three marks nothing can be told.
    """
    left, right = zh.translate(_MARKS), en
    marks = _MARK.findall(left)
    if len(marks) < 3 or marks != _MARK.findall(right) or re.findall(r"\d+", left) != re.findall(r"\d+", right):
        return False
    lengths = [len(clause.strip()) for clause in _MARK.split(left)], [len(c.split()) for c in _MARK.split(right)]
    ratios = [zh_size / en_size for zh_size, en_size in zip(*lengths, strict=True) if zh_size and en_size]
    mean = sum(ratios) / len(ratios) if ratios else 1.0
    return all(abs(ratio / mean - 1) <= _PROPORTION for ratio in ratios)


def _found(pattern: Pattern, text: str) -> str | None:
    found = pattern.search(text)
    return found[0] if found else None
