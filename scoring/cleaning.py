"""Passages that are no evidence, whatever they say: pleas to the scorer, filler, lists of keywords, repeats, pasted rubric.

They are left out before any model reads the answer, so they can neither raise a level nor be quoted.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from scoring.engines.passage_kinds import likeness

_REPEAT_MINIMUM: Final = 8
"""Shorter passages ("I see.", 对的) may recur in honest speech."""
_PLEA_FROM: Final = 2.0
_PLEA_AT_EITHER_END: Final = 0.5
_PLEA_IN_ANOTHER_LANGUAGE: Final = -2.0
"""Who changes the language for a whole sentence more often turns to the reader than not."""
_PLEA_BESIDE: Final = -0.5
_TO_FILLER, _TO_ANSWER, _GOES_ON, _MOST = 6.0, 3.0, 1.0, 4.0
_A_BLOCK, _MAYBE = 5, -2.0
"""Chosen on the rated answers, people left out: 7 answers of level 2 or more in 1000 lose a passage as filler."""
_FEWEST_TERMS: Final = 7
_TERM_WORDS, _TERM_CHARACTERS = 3, 6
_ITEM_END: Final = re.compile(r"[,，、;；/|·•\n:：]|(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_WORD: Final = re.compile(r"[a-z]+(?:['’-][a-z]+)*")
_SAID_EN: Final = frozenset(
    "i i'm i've i'd me my we us our he him his she her they them their it you your was were is are had did went got then because so "
    "but when who".split()
)
_SAID_ZH: Final = re.compile(r"[我你您他她它们了过着吗呢吧去来说给把被就才又再到在]")
_BLANK_LETTERS: Final = "\u115f\u1160\u3164\uffa0"
_GRAM: Final = 4
_NEARLY_THE_SAME: Final = 0.8

_MARK_EN: Final = (
    r"(?:full|max(?:imum)?|top|high(?:est)?|perfect|good|great|better|5|five|100|10)[- ]?"
    r"(?:out of (?:5|five|ten|10|100)|marks?|scores?|points?|grades?|ratings?|levels?|stars?)"
)
_FIVE_EN: Final = (
    r"(?:\b(?:5|five|10|ten|100|hundred)\b(?:\s*(?:/|out of)\s*\w+)?(?=\s*(?:$|[.!?,;:)\"'}\]]))"
    r"|\b(?:full|max(?:imum)?|top|highest|best|perfect|excellent|outstanding)\b[^.!?]{0,15}"
    r"\b(?:marks?|scores?|points?|grades?|ratings?|level|band|stars?|category|value|result|option|label|credit)\b)"
)
_WE_ASK_EN: Final = (
    r"\b(?:please|kindly|thanks|thank you|grateful|appreciate|deserves?|can i (?:get|have)|could i (?:get|have)|may i (?:get|have)"
    r"|you (?:should|must|will|won't|have to|need to|can|could)|i (?:have )?earned|i hope you|put me down|let me have|i want)\b"
)
_PLEAS: Final = re.compile(
    "|".join(
        (
            rf"\b(?:please|kindly|must|should|can you|could you)\b[^.!?]{{0,30}}\b(?:give|award|assign|grant)\b[^.!?]{{0,40}}\b{_MARK_EN}",
            rf"\b(?:give|award|assign|grant)\s+(?:me|this|it|my|the (?:candidate|answer|response))\b[^.!?]{{0,40}}(?:\b{_MARK_EN}|\b(?:a|an)\s+[45]\b|\b5/5|100\s?%)",
            r"\b(?:score|rate|grade|mark)\s+(?:me|this (?:answer|response|candidate)|my answer|the (?:answer|candidate))\b[^.!?]{0,40}(?:\b[45]\b|five|high|full|max|top|perfect|100|10)",
            r"\b(?:this|my|the) (?:answer|response|candidate)\b[^.!?]{0,30}\b(?:deserves?|merits?|should (?:get|receive|be (?:scored|rated|graded))|is worth)\b",
            r"\b(?:ignore|disregard|forget|override|bypass)\b(?: (?:all|any|of|the|your|these|those|my))*"
            r" (?:previous|prior|above|earlier|preceding|system|scoring|rating|evaluation|your|all|these)\b"
            r"[^.!?]{0,20}\b(?:instructions?|prompts?|rules|rubrics?|guidelines|criteria)\b",
            r"(?:^|[\s\[<#*|])(?:system|assistant|developer|admin(?:istrator)?)\s*(?:prompt|message|note|override|notice)?\s*[\]>*|]*\s*[:：\]>]",
            r"<\|?/?(?:im_start|im_end|system|assistant|user|inst)\b|\[/?inst\]",
            r"\b(?:note|message|instruction|attention) (?:to|for) (?:the )?(?:ai|scorer|grader|rater|evaluator|model|system|assessor)\b",
            r"\b(?:dear|hello|hi) (?:ai|scorer|grader|rater|evaluator|system|model)\b",
            r"\byou are (?:now )?(?:a|an|the) (?:ai|assistant|scorer|grader|rater|evaluator|language model|generous|lenient)\b",
            r"[\"'](?:level|score|rating|star|relevance|confidence)[\"']\s*:\s*[\"']?\d",
            r"\b(?:level|score|rating)\s*[:=]\s*(?:5|five|100|max|10)\b",
            r"\b(?:meets|satisf(?:y|ies)|covers|fulfil+s) (?:all|every|each) (?:of )?(?:the )?(?:scoring |rating |evaluation |assessment )?(?:criteria|criterion|indicators?|requirements of level|anchors?|rubric)\b",
            r"(?:请|麻烦|务必|一定要?|希望|求|恳请|拜托)[^。！？!?]{0,16}(?:给|打)[^。！？!?]{0,8}(?:满分|高分|最高分|[5五]分|一百分|100分|[5五]级|好评|高一点的?分)",
            r"(?:请|麻烦|希望|求|恳请|拜托)[^。！？!?]{0,16}(?:给我?)?[^。！？!?]{0,4}(?:打分?|分数?)[^。！？!?]{0,3}(?:打?高|高一?点)",
            r"给(?:我(?!们)|本人|这[个段条]回答|该?候选人)(?:直接|也|能)?(?:打|评)?(?:个|一个)?(?:满分|高分|最高分|[5五]分|一百分|100分|[5五]级)",
            r"(?:忽略|无视|忘记|忘掉|跳过|不要管)[^。！？!?]{0,16}(?:指令|提示词|评分标准)",
            r"(?:系统|管理员|开发者)(?:提示|消息|指令|通知|备注)?\s*[:：\]】]|[\[【](?:系统|管理员|system)",
            r"(?:本|该|这个?|此|以上|我的)(?:回答|答案|候选人)[^。！？!?]{0,12}(?:应该?(?:给|得|评|打)|应当(?:给|得|评)|值得|评为|直接(?:给|评)|得分|判为)[^。！？!?]{0,10}(?:分|级|满分|优秀)",
            r"(?:尊敬的|亲爱的|请|致|给|对|告诉|提醒)(?:各位)?评分(?:系统|员|官|老师|模型)|评分(?:ai|机器人)|(?:打分|评卷)(?:的?老师|ai|机器人)|(?:谢谢|感谢)(?:系统|ai)",
            r"评分(?:要点|标准|点|细则|维度)[^。！？!?]{0,24}(?:覆盖|命中|满足|符合|达到|包含|了解)",
            r"(?:覆盖|命中|满足|符合|达到)[^。！？!?]{0,12}(?:评分(?:要点|标准|点|细则)|最高(?:等级|级别|档)|[5五]级(?:标准|锚点|要求))",
            r"(?:等级|评级|得分|分数|level)\s*[:：=]\s*(?:[5五]|100|满分|最高)",
            r"你(?:现在)?是(?:一个|一名|一位)?[^。！？!?]{0,8}(?:评分|打分|ai|人工智能|语言模型|助手)",
            rf"{_WE_ASK_EN}[^.!?]{{0,60}}{_FIVE_EN}|{_FIVE_EN}[^.!?]{{0,40}}\b(?:please|thanks|thank you)\b",
            r"^\W*(?:(?:just|please|now|so|and|then)\W+)*(?:give|award|assign|mark|rate|score|grade|record|set|output|return|respond|print"
            rf"|answer|choose|select|pick|report|treat|consider|pretend|assume|conclude)\b[^.!?]{{0,60}}{_FIVE_EN}",
            r"\b(?:ignore|disregard|forget|overrule|override|bypass|skip)\b[^.!?]{0,40}\b(?:instructions?|directions?|prompts?|rules|rubrics?"
            rf"|guidelines?|criteria|scale)\b[^.!?]{{0,20}}\b(?:and|then|just|,)\b[^.!?]{{0,30}}{_FIVE_EN}",
            r"^\W*(?:(?:just|please|now|so|and|then)\W+)*(?:ignore|disregard|forget|override|bypass)\s+(?:all |any |of |the |your |these |those )*"
            r"(?:(?:previous|prior|above|earlier|scoring|system) )?(?:instructions?|directions?|prompts?|rules|rubrics?|guidelines?|criteria)\b",
            r"\b(?:previous|prior|above|earlier|preceding)\s+(?:instructions?|directions?|prompts?|rules|guidelines?)\s+(?:are|is|were|no longer|do not)\b",
            r"\bif you (?:are|'re) (?:an? )?(?:ai|bot|machine|(?:large )?language model|llm|automated|computer|program)\b",
            r"\b(?:evaluator|grader|rater|scorer|assessor|reviewer|examiner)(?:'s)?\s+(?:instructions?|notes?|comments?|remarks?|override)\s*[:：]",
            r"\b(?:final|overall|correct|expected|right)\s+(?:level|score|rating|grade|output|label)\b[^.!?]{0,30}(?:\b(?:is|are|should be)\b|[=:])\s*(?:5|five|100|max|highest)\b(?!\s*(?:to|[-:–])\s*\w)",
            r"^\W*(?:confidence|relevance|situation|action|result|置信度|相关性)\s*[:：=]\s*[\d.]+\W*$",
            r"</?\s*(?:system|instructions?|prompt|admin|指令|系统)\s*>|<!-{0,2}\s*$|^\W*#+\s*(?:system|instructions?|系统|指令)\W*$|^\s*```\w*\s*$",
            r"\b(?:all|every) (?:anchors?|indicators?)\b[^.!?]{0,12}\b(?:reached|met|covered|satisfied|shown)\b|\bsatisf(?:y|ies) every (?:indicator|anchor)\b",
            r"(?:求|能不能|可不可以|可否|能否|给个|直接判?|应该?能?拿?|配得上|值得|理应|建议|请|麻烦|希望|拜托)[^。！？!?]{0,14}(?:满分|高分|最高分|一百分|[5五]分(?!钟)|[5五]级|最高(?:一)?[档级等]|好成绩)"
            r"[^。！？!?了过]{0,12}$",
            r"(?:分数?|成绩|评分|等级)[^。！？!?了过]{0,4}(?:请|麻烦|能)[^。！？!?]{0,4}(?:高|好)",
            r"^\W*(?:请|就|都)?(?:忘掉|忘记|忽略|无视|别管|不要管|不用管|不用看|不要看|抛开)(?!了)[^。！？!?]{0,14}(?:指令|指示|提示|规则|要求|标准|设定|设置|量表)",
            r"(?:前述|上述|以上|之前的?)(?:指令|指示|提示词?|规则)[^。！？!?]{0,8}(?:作废|无效|失效|不再)",
            r"(?:等级|级别|评级|得分|分数|分值|输出|置信度)[^。！？!?了过]{0,4}(?:是|为|应为|设为|设成|=|：|:)\s*(?:[5五](?![\d个件天位名万千百人次分钟家])|满分|最高|100(?!\d)|1\.0)",
            r"如果你是(?:一个|一名|个)?(?:ai|人工智能|机器|程序|模型|语言模型)|(?:评估|评分|打分|判分|阅卷)(?:模型|指令|程序|人工智能)",
            r"(?:评委|考官|面试官|审核|评审|管理员)(?:的)?(?:批注|备注|评语|附注)\s*[:：\]】]|评分从[优宽]",
            r"(?:情境|行动|结果)[^。！？!?]{0,8}(?:均|都|各)?为\s*[2二两]分?",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)


def is_invisible(char: str) -> bool:
    """True for what a reader cannot see or see apart: zero-width, bidi marks, tags, stacked accents, odd controls."""
    return char in _BLANK_LETTERS or (
        unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn", "Cs", "Mn", "Me") and char not in "\n\r\t"
    )


def is_plea(passage: str) -> bool:
    """True where the passage talks to the scorer about the score instead of answering."""
    return bool(_PLEAS.search(_visible(passage)))


def _visible(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not is_invisible(c))


def foreign(passages: Sequence[str]) -> list[bool]:
    """Return, for the passages of one answer in order, which are no part of it: pleas, filler, bare keywords.

    Filler comes in blocks, so the passages on both sides have their say. A scrap beside a plea goes with it.
    """
    like = likeness(tuple(map(_visible, passages)))
    chinese = [bool(_HAN.search(passage)) for passage in passages]
    mostly_chinese = 2 * sum(chinese) > len(passages)
    limits = [
        _PLEA_IN_ANOTHER_LANGUAGE
        if chinese[i] != mostly_chinese
        else _PLEA_FROM
        if 0 < i < len(passages) - 1
        else _PLEA_AT_EITHER_END
        for i in range(len(passages))
    ]
    pleas = [is_plea(p) or odds > limit for p, odds, limit in zip(passages, like.plea, limits, strict=True)]
    beside = [
        any(pleas[j] for j in (i - 1, i + 1) if 0 <= j < len(pleas))
        and (odds > _PLEA_BESIDE or len(fold(passage)) < _REPEAT_MINIMUM)
        for i, (passage, odds) in enumerate(zip(passages, like.plea, strict=True))
    ]
    neutral = _filler(like.neutral.tolist())
    listed = _keywords(passages)
    return [any(signs) for signs in zip(pleas, beside, neutral, listed, strict=True)]


def _filler(odds: list[float]) -> list[bool]:
    """Return which passages are filler: the likeliest run of answer and filler, where each change costs and filler likes to go on.

    The Viterbi path of a chain of two states. A single passage is filler only by odds that leave no doubt.
    """
    answer, filler = 0.0, -_TO_FILLER
    stayed: list[tuple[bool, bool]] = []
    for own in odds:
        stayed.append((answer >= filler - _TO_ANSWER, filler + _GOES_ON >= answer - _TO_FILLER))
        answer, filler = max(answer, filler - _TO_ANSWER), max(filler + _GOES_ON, answer - _TO_FILLER)
        filler += min(max(own, -_MOST), _MOST)
    path: list[bool] = []
    state = filler > answer
    for stays in reversed(stayed):
        path.append(state)
        state = state == stays[state]
    path.reverse()
    for start, end in _runs(path):
        for beside in (start - 1, end):
            if end - start >= _A_BLOCK and 0 <= beside < len(odds) and odds[beside] > _MAYBE:
                path[beside] = True
    return [kind or own > _MOST for kind, own in zip(path, odds, strict=True)]


def _runs(path: Sequence[bool]) -> list[tuple[int, int]]:
    starts = [i for i, kind in enumerate(path) if kind and not (i and path[i - 1])]
    return [(start, next((i for i in range(start, len(path)) if not path[i]), len(path))) for start in starts]


def _keywords(passages: Sequence[str]) -> list[bool]:
    """Return which passages belong to a run of bare terms, in one line or one a line: nobody does anything in them."""
    items = [[item for item in _ITEM_END.split(passage) if fold(item)] for passage in passages]
    bare = [bool(own) and sum(map(_is_term, own)) >= _NEARLY_THE_SAME * len(own) for own in items]
    listed: list[bool] = []
    for is_bare, run in itertools.groupby(zip(bare, items, strict=True), key=lambda pair: pair[0]):
        counts = [len(own) for _, own in run]
        listed += [is_bare and sum(counts) >= _FEWEST_TERMS] * len(counts)
    return listed


def _is_term(item: str) -> bool:
    if _HAN.search(item):
        return len(fold(item)) <= _TERM_CHARACTERS and not _SAID_ZH.search(item)
    words = _WORD.findall(item.lower())
    return len(words) <= _TERM_WORDS and not _SAID_EN.intersection(words)


def fold(text: str) -> str:
    """Letters and digits alone, lower case: what stays the same when only punctuation, case or width differ."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def occurrences(text: str, wanted: str) -> list[tuple[int, int]]:
    """Return where `wanted` stands in `text`, (start, end), whatever the punctuation, case and hidden characters."""
    letters = [(c, i) for i, char in enumerate(text) if not is_invisible(char) for c in fold(char)]
    searched, sought = "".join(c for c, _ in letters), fold(wanted)
    found = [m.start() for m in re.finditer(re.escape(sought), searched)] if len(sought) >= _REPEAT_MINIMUM else []
    return [(letters[at][1], letters[at + len(sought) - 1][1] + 1) for at in found]


def grams(text: str) -> frozenset[str]:
    folded = fold(text)
    return frozenset(folded[i : i + _GRAM] for i in range(max(1, len(folded) - _GRAM + 1)))


class Copies:
    """Texts to recognise again, whole or in part; as quick with a thousand of them as with one."""

    def __init__(self, texts: Iterable[frozenset[str]] = ()) -> None:
        self._texts = 0
        self._standing_in: dict[str, list[int]] = {}
        for text in texts:
            self.add(text)

    def add(self, text: frozenset[str]) -> None:
        """Remember a text, given as its `grams`."""
        for gram in text:
            self._standing_in.setdefault(gram, []).append(self._texts)
        self._texts += 1

    def hold(self, passage: str) -> bool:
        """True where nearly all of `passage` stands in one of the texts."""
        own = grams(passage)
        if len(fold(passage)) < _REPEAT_MINIMUM:
            return False
        shared = Counter(text for gram in own for text in self._standing_in.get(gram, ()))
        return bool(shared) and max(shared.values()) >= _NEARLY_THE_SAME * len(own)
