"""The few words that need no classifier, because the bot has just asked for them; and how a command is named back."""

from __future__ import annotations

import unicodedata

from core.content import Language

_YES = {"是", "是的", "确定", "确认", "对", "对的", "嗯", "好", "好的", "退出", "确定退出", "yes", "y", "yes please", "sure", "ok", "confirm", "yes withdraw", "withdraw"}  # fmt: skip
_NO = {"不", "不是", "不退出", "不了", "否", "算了", "继续", "取消", "不要", "没有", "no", "n", "no thanks", "cancel", "go on", "continue", "no go on"}  # fmt: skip
_NOTHING_MORE = {
    "没有", "没有了", "没了", "无", "暂时没有", "没什么了", "没有问题", "没问题", "没问题了", "没有其他问题了", "没有别的了", "不用了", "没有谢谢", "没有了谢谢",
    "no", "nope", "none", "nothing", "no thanks", "no thank you", "thats all", "no thats all", "no questions", "nothing else", "not really", "im good", "all good",
}  # fmt: skip

_MORE_TIME = {
    "再给我5分钟", "再给我五分钟", "再给5分钟", "加5分钟", "加五分钟", "再加5分钟", "再加五分钟", "加时", "申请加时", "需要加时", "再给点时间", "再给我点时间", "再给我一点时间", "能再给点时间吗", "时间不够",
    "five more minutes", "5 more minutes", "five more minutes please", "5 more minutes please", "more time", "more time please", "i need more time", "can i have more time", "can i have five more minutes", "can i have 5 more minutes", "extra time please",
}  # fmt: skip

_NAMES: dict[str, dict[Language, tuple[str, str]]] = {
    "repeat": {"zh": ("把题目再发一遍", "再发一遍题目"), "en": ("repeat the question", "Repeat the question")},
    "clarify": {"zh": ("解释一下题目", "解释一下题目"), "en": ("explain the question", "Explain the question")},
    "skip": {"zh": ("跳过这题", "跳过这题"), "en": ("skip this question", "Skip this question")},
    "time_left": {"zh": ("看看还剩多少时间", "还剩多少时间"), "en": ("tell you the time left", "How much time is left?")},
    "progress": {"zh": ("看看还有几题", "还有几题"), "en": ("tell you how far we are", "How far are we?")},
    "pause": {"zh": ("暂停面试", "暂停面试"), "en": ("pause the interview", "Pause")},
    "resume": {"zh": ("继续面试", "继续面试"), "en": ("go on with the interview", "Go on")},
    "withdraw": {"zh": ("结束这次面试", "退出面试"), "en": ("end the interview", "Withdraw")},
    "human": {"zh": ("转人工", "转人工"), "en": ("call a person", "Talk to a person")},
    "company_question": {"zh": ("把这个问题转给招聘负责人", "转给招聘负责人"), "en": ("pass your question on to the recruiter", "Pass my question on")},
    "help": {"zh": ("介绍一下怎么用", "怎么用"), "en": ("explain what you can say", "What can I say?")},
}  # fmt: skip


def asked_to(intent: str, language: Language) -> str:
    """A command as the end of "… or shall I …?"."""
    return _NAMES[intent][language][0]


def named(intent: str, language: Language) -> str:
    """A command as the candidate would put it on a button."""
    return _NAMES[intent][language][1]


def wants_more_time(text: str) -> bool:
    """The one request that only has a meaning when the time is up."""
    return _bare(text) in _MORE_TIME


def is_yes(text: str) -> bool:
    return _bare(text) in _YES


def is_no(text: str) -> bool:
    return _bare(text) in _NO


def is_nothing_more(text: str) -> bool:
    """ "No, that's all", when the bot asked whether there is anything else."""
    return _bare(text) in _NOTHING_MORE


def _bare(text: str) -> str:
    """Lower case, without punctuation, spaces at single width: what is left to compare."""
    kept = [char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char)[0] not in "PS"]
    return " ".join("".join(kept).casefold().split())
