"""Passages that are no evidence, whatever they say: pleas to the scorer, the question read back, repeats, pasted rubric.

They are left out before any model reads the answer, so they can neither raise a level nor be quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_REPEAT_MINIMUM: Final = 8
"""Shorter passages ("I see.", 对的) may recur in honest speech."""
_GRAM: Final = 4
_NEARLY_THE_SAME: Final = 0.8

_MARK_EN: Final = (
    r"(?:full|max(?:imum)?|top|high(?:est)?|perfect|good|great|better|5|five|100|10)[- ]?"
    r"(?:out of (?:5|five|ten|10|100)|marks?|scores?|points?|grades?|ratings?|levels?|stars?)"
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
            r"(?:忽略|无视|忘记|忘掉|跳过|不要管)[^。！？!?]{0,16}(?:指令|提示词?|规则|要求|评分标准|设定|设置)",
            r"(?:系统|管理员|开发者)(?:提示|消息|指令|通知|备注)?\s*[:：\]】]|[\[【](?:系统|管理员|system)",
            r"(?:本|该|这个?|此|以上|我的)(?:回答|答案|候选人)[^。！？!?]{0,12}(?:应该?(?:给|得|评|打)|应当(?:给|得|评)|值得|评为|直接(?:给|评)|得分|判为)[^。！？!?]{0,10}(?:分|级|满分|优秀)",
            r"评分(?:系统|员|官|老师|模型|ai|机器人)|(?:打分|评卷)(?:系统|的?老师|ai|机器人)|(?:谢谢|感谢)(?:系统|ai)",
            r"评分(?:要点|标准|点|细则|维度)[^。！？!?]{0,24}(?:覆盖|命中|满足|符合|达到|包含|了解)",
            r"(?:覆盖|命中|满足|符合|达到)[^。！？!?]{0,12}(?:评分(?:要点|标准|点|细则)|最高(?:等级|级别|档)|[5五]级(?:标准|锚点|要求))",
            r"(?:等级|评级|得分|分数|level)\s*[:：=]\s*(?:[5五]|100|满分|最高)",
            r"你(?:现在)?是(?:一个|一名|一位)?[^。！？!?]{0,8}(?:评分|打分|ai|人工智能|语言模型|助手)",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)


def is_invisible(char: str) -> bool:
    """True for characters that a reader cannot see: zero-width, bidi marks, tags, controls other than line breaks."""
    return unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn") and char not in "\n\r\t"


def is_plea(passage: str) -> bool:
    """True where the passage talks to the scorer about the score instead of answering."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", passage) if not is_invisible(c))
    return bool(_PLEAS.search(visible))


def fold(text: str) -> str:
    """Letters and digits alone, lower case: what stays the same when only punctuation, case or width differ."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def grams(text: str) -> frozenset[str]:
    folded = fold(text)
    return frozenset(folded[i : i + _GRAM] for i in range(max(1, len(folded) - _GRAM + 1)))


def copies(passage: str, texts: Iterable[frozenset[str]]) -> bool:
    """True where nearly all of `passage` stands in one of `texts` (given as their `grams`)."""
    own = grams(passage)
    return len(fold(passage)) >= _REPEAT_MINIMUM and any(
        len(own & other) >= _NEARLY_THE_SAME * len(own) for other in texts
    )
